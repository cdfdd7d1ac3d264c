"""The SQL of a revision: a file beside it, of the same name, whose statements are parted by empty lines."""

from pathlib import Path

from alembic import context, op


def run(revision: str) -> None:
    """`revision` is the revision's own file. The first part is a comment; APP_ROLE stands for the role that serves."""
    role = op.get_bind().dialect.identifier_preparer.quote(context.config.attributes["app_role"])
    for statement in Path(revision).with_suffix(".sql").read_text().split("\n\n")[1:]:
        # exec_driver_sql: the text holds colons (casts) that text() would take for parameters.
        op.get_bind().exec_driver_sql(statement.replace("APP_ROLE", role))
