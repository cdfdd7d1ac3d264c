"""The outbox, each tenant's stream of events, and how a relay moves them from one to the other."""

from db.migrations import sql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql.run(__file__)
