"""Templates, rules, preferences; reminders, their queue and attempts; where dispatchers find what is due."""

from db.migrations import sql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql.run(__file__)
