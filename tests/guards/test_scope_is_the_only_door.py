"""Scope is the only door to SQL, and every exception is listed here by name."""

import ast

import pytest

from tests.guards.sources import imported, sources

# What opens a way to PostgreSQL -> the files that may use it.
DOORS = {
    "asyncpg": {
        "cli/__init__.py",
        "db/connections.py",
        "db/demo",
        "db/guard.py",
        "db/pool.py",
        "db/scope.py",
        "doctor",
    },
    "psycopg": set[str](),
    "sqlalchemy.create_engine": set[str](),
    "sqlalchemy.ext.asyncio": {"db/migrate.py"},
    "sqlalchemy.orm.Session": set[str](),
    "sqlalchemy.orm.sessionmaker": set[str](),
}
# Who steps out of a tenant: administrators of the platform, readiness, the menu of demo tenants, the operator's commands.
PLATFORM = {
    "cli/environment.py",
    "db/scope.py",
    "endpoint/demo.py",
    "endpoint/health.py",
    "endpoint/live/answers.py",
    "endpoint/view.py",
    "monitoring/state.py",
    "resolvers/context.py",
}
# Who reaches past Scope for what is under it, and who asks whose turn it is, of all tenants.
UNDER = {
    "connections": {"db/scope.py"},
    "pool": {"db/connections.py"},
    "across_tenants": {
        "delivery/lanes.py",
        "delivery/metrics.py",
        "delivery/rules.py",
        "live/history.py",
        "live/relay.py",
    },
}


def may(path: str, allowed: set[str]) -> bool:
    return path in allowed or any(path.startswith(f"{folder}/") for folder in allowed)


@pytest.mark.parametrize("door", DOORS)
def test_only_the_listed_files_open_connections(door: str) -> None:
    users = {
        path for path, tree in sources() if any(name == door or name.startswith(f"{door}.") for name in imported(tree))
    }
    assert {path for path in users if not may(path, DOORS[door])} == set()


def test_only_the_listed_files_step_out_of_a_tenant() -> None:
    users = {path for path, tree in sources() if "db.scope.PLATFORM" in imported(tree)}
    assert users | {"db/scope.py"} == PLATFORM


@pytest.mark.parametrize("name", UNDER)
def test_only_the_listed_files_reach_under_it(name: str) -> None:
    users = {
        path
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == name
    }
    assert users == UNDER[name]


def test_the_guard_sees_a_door_that_is_opened() -> None:
    found = set(imported(ast.parse("import asyncpg\nfrom sqlalchemy.ext.asyncio import AsyncSession")))
    assert found == {"asyncpg", "sqlalchemy.ext.asyncio.AsyncSession"}
