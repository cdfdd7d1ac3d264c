"""The schema that CareNotes serves, over made-up data: larger than the others, and not made to be nasty."""

from pathlib import Path

from graphql import build_schema

from tests.executor.documents.inputs import Samples
from tests.executor.world.dressing import by_chance, dress
from tests.executor.world.leaves import NOTHING

SCHEMA = dress(build_schema((Path(__file__).parents[3] / "schema.graphql").read_text()), by_chance)
INPUT_SAMPLES: Samples = {}
LEAVES = NOTHING
