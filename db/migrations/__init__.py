"""Alembic's environment; `db.migrate` runs it."""
