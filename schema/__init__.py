"""What comes out: the types that clients see. Nothing here has a body: `resolvers/` does the work."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.scalars import SCALARS
from schema.mutation import Mutation
from schema.query import Query

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    config=StrawberryConfig(scalar_map=SCALARS),
)
