"""What clients do with reminders: one-off ones, replays, rules that change; who recorded a consent; a tenant's language."""

from db.migrations import sql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql.run(__file__)
