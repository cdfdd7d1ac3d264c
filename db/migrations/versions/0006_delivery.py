"""What providers tell later of what they accepted; a reminder that bounced is DEAD for that reason; how much is due, of all."""

from db.migrations import sql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sql.run(__file__)
