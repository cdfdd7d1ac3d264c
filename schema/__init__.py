"""What comes out: the types that clients see. Nothing here has a body: `resolvers/` does the work."""

import strawberry
from graphql import GraphQLObjectType
from strawberry.schema.config import StrawberryConfig

from resolvers.scalars import SCALARS
from schema.mutation import Mutation
from schema.query import Query
from schema.subscription import Subscription

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    # Incremental execution: @defer and @stream are directives of the schema.
    config=StrawberryConfig(scalar_map=SCALARS, enable_experimental_incremental_execution=True),
)

# Nobody need ask each row for what `Node.is_type_of` says of all of them.
for _type in schema._schema.type_map.values():
    if isinstance(_type, GraphQLObjectType):
        _type.is_type_of = None
