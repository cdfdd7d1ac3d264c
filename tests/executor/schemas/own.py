"""The schema that CareNotes serves, over made-up data: larger than the others, and not made to be nasty."""

from pathlib import Path

from graphql import GraphQLSchema, build_schema

from tests.executor.documents.inputs import Samples
from tests.executor.world.dressing import by_chance, dress
from tests.executor.world.leaves import NOTHING

_served = build_schema((Path(__file__).parents[3] / "schema.graphql").read_text()).to_kwargs()
# graphql-core's own `execute`, which is compared with, runs no schema that has these.
_served["directives"] = tuple(each for each in _served["directives"] if each.name not in ("defer", "stream"))
SCHEMA = dress(GraphQLSchema(**_served), by_chance)
INPUT_SAMPLES: Samples = {}
LEAVES = NOTHING
