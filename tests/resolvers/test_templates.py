"""Templates over the API: published with their versions, refused with the place, previewed."""

from typing import Any

import pytest

from auth import Role
from tests.api import Api
from tests.factories import House
from tests.resolvers.reminding_by_api import TEXT, do, fail, template

GERMAN = TEXT | {"locale": "de", "subject": "Ihr Termin", "text": "Am {{ starts_at | datetime('short') }}."}
READ = """query($id: ID!, $version: Int) { node(id: $id) { ... on Template {
  published texts(version: $version) { version channel locale subject text html } } } }"""
PREVIEW = """query($draft: TemplateTextInput!, $context: TemplateContext! = APPOINTMENT, $zone: TimeZone! = "UTC") {
  templatePreview(draft: $draft, context: $context, timeZone: $zone) { subject text html } }"""


@pytest.fixture
def admin(api: Api, house: House) -> Api:
    return api.as_(Role.ADMIN, house.tenant)


async def said(who: Api, template_id: str, version: int | None = None) -> list[tuple[int, str, str]]:
    """Version, language and text of each text."""
    found = (await who.ask(READ, id=template_id, version=version))["node"]
    return [(each["version"], each["locale"], each["text"]) for each in found["texts"]]


async def test_each_publication_is_a_version(admin: Api) -> None:
    made = await template(admin, TEXT, GERMAN)
    first = [(1, "de", GERMAN["text"]), (1, "en", TEXT["text"])]
    assert await said(admin, made) == first
    now = await do(admin, "publishTemplate", id=made, texts=[TEXT | {"text": "Hello."}], expectedVersion=1)
    assert (now["published"], now["version"]) == (2, 2)
    assert await said(admin, made) == [(2, "en", "Hello.")]
    assert await said(admin, made, 1) == first, "what was said stays on record"
    assert await said(admin, made, 3) == []
    stale = await fail(admin, "publishTemplate", id=made, texts=[TEXT], expectedVersion=1)
    assert stale == ("CONFLICT", "STALE_VERSION")
    assert await fail(admin, "createTemplate", name="A template", texts=[TEXT]) == ("CONFLICT", "DUPLICATE")


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"text": "{{ nobody }}"}, "text"),
        ({"text": "{{ patient_name"}, "text"),
        ({"text": "{{ patient_name.__class__ }}"}, "text"),
        ({"text": "{% for x in y %}{% endfor %}"}, "text"),
        ({"text": "{{ starts_at }}"}, "text"),
        ({"text": ""}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"subject": "{{ diagnosis }}"}, "subject"),
        ({"subject": None}, "subject"),
        ({"html": "<script>alert(1)</script>"}, "html"),
        ({"html": "<a href='{{ patient_name }}'>x</a>"}, "html"),
        ({"locale": "xx"}, "locale"),
        ({"locale": "en_GB"}, "locale"),
        ({"channel": "PUSH", "html": "<p>Hello</p>"}, "html"),
    ],
)
async def test_what_could_fail_is_refused_at_publishing_with_its_place(
    admin: Api, change: dict[str, Any], at: str
) -> None:
    texts, place = [TEXT | {"locale": "fr"}, TEXT | change], ["input", "texts", 1, at]
    assert await fail(admin, "createTemplate", name="T", texts=texts) == ("BAD_USER_INPUT", place)
    made = await template(admin)
    assert await fail(admin, "publishTemplate", id=made, texts=texts) == ("BAD_USER_INPUT", place)
    assert await said(admin, made) == [(1, "en", TEXT["text"])]
    refusal = await admin.refused(PREVIEW, draft=TEXT | change)
    assert (refusal["code"], refusal["argument"]) == ("BAD_USER_INPUT", ["draft", at])


async def test_the_line_of_what_is_wrong_is_said(admin: Api) -> None:
    error = await admin.refused(PREVIEW, draft=TEXT | {"text": "Hello\nand {{ diagnosis }}"})
    assert error["message"].startswith("Line 2: There is no variable diagnosis.")


@pytest.mark.parametrize("texts", [[], [TEXT, TEXT]])
async def test_there_is_one_text_for_each_channel_and_language(admin: Api, texts: list[dict[str, Any]]) -> None:
    code, at = await fail(admin, "createTemplate", name="T", texts=texts)
    assert isinstance(at, list)
    assert (code, at[:2]) == ("BAD_USER_INPUT", ["input", "texts"])


async def test_what_is_of_a_patient_cannot_speak_of_an_appointment(admin: Api) -> None:
    place = ("BAD_USER_INPUT", ["input", "texts", 0, "text"])
    assert await fail(admin, "createTemplate", name="T", context="PATIENT", texts=[GERMAN]) == place
    made = await template(admin, context="PATIENT")
    assert await fail(admin, "publishTemplate", id=made, texts=[GERMAN]) == place
    assert (await admin.refused(PREVIEW, draft=GERMAN, context="PATIENT"))["code"] == "BAD_USER_INPUT"


async def test_a_preview_has_made_up_values_by_the_given_clock(admin: Api) -> None:
    shown = await admin.ask(PREVIEW, draft=GERMAN | {"html": "<p>{{ patient_name }} & Co.</p>"}, zone="Asia/Kathmandu")
    assert shown["templatePreview"] == {
        "subject": "Ihr Termin",
        "text": "Am 12.03.26, 09:30.",
        "html": "<p>Alex Morgan & Co.</p>",
    }
    said = TEXT | {
        "text": "{{ days_until | plural({1: 'tomorrow', 'other': 'in # days'}) }} {{ starts_at | time('full') }}"
    }
    shown = await admin.ask(PREVIEW, draft=said, zone="America/New_York")
    assert shown["templatePreview"]["text"].startswith("tomorrow 9:30:00\u202fAM Eastern")


async def test_what_is_published_is_previewed_in_its_own_language(admin: Api) -> None:
    made = await template(admin, TEXT, GERMAN)
    shown = await admin.ask(
        'query($id: ID!) { node(id: $id) { ... on Template { texts { preview(timeZone: "UTC") { text } } } } }', id=made
    )
    texts = [each["preview"]["text"] for each in shown["node"]["texts"]]
    assert texts == ["Am 12.03.26, 09:30.", "See you, Alex Morgan."]
