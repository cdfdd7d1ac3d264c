"""Counts of notes by facility, day and month, kept in step with the notes; the functions that keep, check and rebuild them."""

from db.migrations import sql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql.run(__file__)
