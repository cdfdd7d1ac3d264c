"""Queries that are as bad as the limits allow, each in a way of its own."""

from collections.abc import Mapping
from datetime import timedelta

from bench.queries.data import UNTIL
from config import Settings
from endpoint.engine import create_engine

FROM, THROUGH = (UNTIL - timedelta(days=60)).date(), (UNTIL - timedelta(days=1)).date()
RANGE = f'from: "{FROM}", through: "{THROUGH}"'

_NOTE = "id category shift priority status effectiveAt recordedAt text"
_PEOPLE = "patient { id mrn name birthDate } author { id name role } facility { id name }"

# Each with one part that is repeated under other names, as often as the limit on cost allows.
REPEATED: Mapping[str, str] = {
    "rows": f"notes(first: 500) {{ edges {{ node {{ {_NOTE} }} }} }}",
    "relations": f"notes(first: 500) {{ edges {{ node {{ {_NOTE} {_PEOPLE} }} }} }}",
    "nested": f"patients(first: 100) {{ edges {{ node {{ id notes(first: 20) {{ edges {{ node {{ {_NOTE} }} }} }} }} }} }}",
    "counts": "patients(first: 200) { edges { node { id notes(first: 1) { totalCount edges { node { id } } } } } }",
    "search": 'notes(first: 1, filter: { search: "the" }) { totalCount edges { node { id } } }',
    "statistics": f"dailyStatsRange({RANGE}) {{ date total byCategory {{ category notes }} byShift {{ shift notes }} }}",
    "groups": f"noteStats({RANGE}, groupBy: [CATEGORY, PRIORITY, FACILITY], bucket: DAY, first: 500) "
    "{ totalCount edges { node { notes uniquePatients } } }",
}


def documents(settings: Settings) -> dict[str, str]:
    """By what is bad in them."""
    return {name: _repeated(part, settings) for name, part in REPEATED.items()}


def _repeated(part: str, settings: Settings) -> str:
    engine, best = create_engine(settings), ""
    for times in range(1, settings.root_field_limit + 1):
        document = "{ " + " ".join(f"a{n}: {part}" for n in range(times)) + " }"
        found = engine.documents.get(document)
        if found.errors or engine.cost(found.operation(None), {}).total > settings.cost_limit:
            break
        best = document
    assert best, part
    return best
