"""What a query costs, in statements: the same at 5 rows and at 500."""

import pytest

from auth import Role
from tests.api import Api
from tests.factories import House

NESTED = """query ($n: Int!) { notes(first: $n) { edges { node {
  id text patient { id name } author { id name } facility { id name } } } } }"""


@pytest.mark.parametrize("rows", [5, 500])
async def test_notes_with_patient_author_and_facility_take_four_statements(
    api: Api, house: House, statements: list[str], rows: int
) -> None:
    await house.fill(notes=rows, patients=50)
    data = await api.as_(Role.CLINICIAN, house.tenant).ask(NESTED, n=rows)
    edges = data["notes"]["edges"]
    assert len(edges) == rows
    assert {edge["node"]["facility"]["name"] for edge in edges} == {"Ash", "Birch"}
    assert len(statements) == 4
