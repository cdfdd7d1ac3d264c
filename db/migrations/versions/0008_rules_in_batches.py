"""A rule that is new or changed is applied to what is booked in batches, and how far that is, is remembered."""

from db.migrations import sql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql.run(__file__)
