"""The experiment that anybody can run: all ways find the same, and it is for development."""

import httpx

from auth import Role
from config import Settings
from tests.api import Api
from tests.factories import House
from tests.serving import serving

ASKED = """query ($facilities: [ID!]) { performanceTest(date: "2026-03-02", facilityIds: $facilities, rounds: 2) {
    way milliseconds lessTime stats { date total lateEntries uniquePatients uniqueAuthors notesPerPatient
      byCategory { category notes } byPriority { priority notes } byStatus { status notes } byShift { shift notes }
      byFacility { facility { id } notes } } } }"""


async def test_all_ways_find_the_same(api: Api, house: House) -> None:
    await house.fill(notes=400, patients=7)
    for status in ("FINAL", "AMENDED", "ENTERED_IN_ERROR"):
        await house.note(status=status, category="INCIDENT", shift="NIGHT", priority="URGENT")
    admin = api.as_(Role.ADMIN, house.tenant)
    for facilities in (None, [house.gid("Facility", house.facilities[1])]):
        measured = (await admin.ask(ASKED, facilities=facilities))["performanceTest"]
        assert [each["way"] for each in measured] == ["ORIGINAL", "AGGREGATE", "COUNTS", "CACHED"]
        assert measured[0]["lessTime"] == 0
        assert all(each["milliseconds"] > 0 for each in measured)
        assert measured[0]["stats"]["total"] > 0
        assert all(each["stats"] == measured[0]["stats"] for each in measured)


async def test_rounds_are_limited(api: Api, house: House) -> None:
    error = await api.as_(Role.ADMIN, house.tenant).refused(
        '{ performanceTest(date: "2026-03-02", rounds: 21) { way } }'
    )
    assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", ["rounds"])
    assert "20" in error["message"]


async def test_production_refuses(settings: Settings, house: House) -> None:
    production = settings.model_copy(update={"environment": "production"})
    async with serving(production) as address, httpx.AsyncClient(base_url=address) as http:
        admin = Api(http, production).as_(Role.ADMIN, house.tenant)
        error = await admin.refused('{ performanceTest(date: "2026-03-02") { way } }')
    assert error["code"] == "FORBIDDEN"
