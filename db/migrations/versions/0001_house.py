"""Tenants and their people, notes with versions and addenda, API keys, idempotency keys; policies and functions.

Constraint and index names equal those of `db.tables`; a test compares the two.
"""

from db.migrations import sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql.run(__file__)
