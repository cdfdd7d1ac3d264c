"""Appointments, with the exclusion of double bookings and the life cycle guarded by policies and a function."""

from pathlib import Path

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQL = Path(__file__).with_suffix(".sql")


def upgrade() -> None:
    role = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in SQL.read_text().split("\n\n")[1:]:
        # exec_driver_sql: the text holds colons (casts) that text() would take for parameters.
        op.get_bind().exec_driver_sql(statement.replace("APP_ROLE", role))
