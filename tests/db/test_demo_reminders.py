"""The demo's reminders: as booking would have written them, and some to send at once."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from db.demo import Summary
from templates.message import Template, check
from templates.values import OfAppointment
from tests.conftest import TestDatabase
from tests.db.demo_plan import PLAN


@pytest.fixture
async def sql(loaded: tuple[TestDatabase, Summary]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(loaded[0].owner_url)
    yield connection
    await connection.close()


async def test_their_words_could_have_been_published(sql: asyncpg.Connection) -> None:
    rows = await sql.fetch("SELECT DISTINCT locale, subject, text, html FROM template_texts")
    assert {row["locale"] for row in rows} == {"de", "en"}
    for row in rows:
        assert "starts_at" in check(Template(row["subject"], row["text"], row["html"]), OfAppointment, row["locale"])


async def test_some_are_due_and_some_are_to_come(sql: asyncpg.Connection) -> None:
    row = await sql.fetchrow(
        """SELECT count(*) FILTER (WHERE next_attempt_at <= $1) AS due, count(*) FILTER (WHERE next_attempt_at > $1) AS later
           FROM reminder_queue q JOIN reminders r ON r.id = q.reminder_id JOIN contact_preferences p USING (patient_id)
           WHERE p.opted_out_at IS NULL AND r.not_after > $1""",
        PLAN.until,
    )
    assert row is not None
    assert row["due"] > 0 < row["later"]


async def test_they_are_what_booking_writes(sql: asyncpg.Connection) -> None:
    wrong = await sql.fetchval(
        """SELECT count(*) FROM reminders r JOIN appointments a ON a.id = r.appointment_id
           LEFT JOIN reminder_queue q ON q.reminder_id = r.id
           WHERE a.status <> 'BOOKED' OR r.generation <> a.generation OR r.not_after <> a.starts_at
              OR (r.status = 'SCHEDULED') <> (q.reminder_id IS NOT NULL) OR q.next_attempt_at <> r.due_at
              OR (r.status = 'SKIPPED') <> (r.due_at <= r.created_at)"""
    )
    assert wrong == 0
    assert await sql.fetchval("SELECT count(*) FROM reminders") == 2 * await sql.fetchval(
        "SELECT count(*) FROM appointments WHERE status = 'BOOKED' AND starts_at > $1", PLAN.until
    )


async def test_some_patients_want_quiet_nights_and_some_no_mail(sql: asyncpg.Connection) -> None:
    row = await sql.fetchrow(
        """SELECT count(*) AS all, count(opted_out_at) AS out, count(*) FILTER (WHERE quiet_hours <> '[]') AS quiet,
               count(*) FILTER (WHERE email IS NULL) AS unreachable
           FROM contact_preferences JOIN patients p ON p.id = patient_id"""
    )
    assert row is not None
    for few in (row["out"], row["quiet"]):
        assert 0 < few < row["all"] / 2
    assert row["unreachable"] == 0
