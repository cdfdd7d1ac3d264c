"""Appointments, with the exclusion of double bookings and the life cycle guarded by policies and a function."""

from db.migrations import sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql.run(__file__)
