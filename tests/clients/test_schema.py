"""The schema as tools see it: what their rules say of it, and whether a client of the main branch would still work."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.node import node

SCHEMA = "schema.graphql"


async def test_relays_rules() -> None:
    rules = "relay-page-info-spec,relay-connection-types-spec,relay-connection-arguments-spec"
    linter = "node_modules/graphql-schema-linter/lib/cli.js"
    await node(linter, "--rules", rules, "../../schema.graphql")


async def test_recommended_rules() -> None:
    await node("lint.mjs")


async def test_breaking_changes_are_named_in_the_changelog(root: Path, tmp_path: Path) -> None:
    """By graphql-inspector."""
    (before := tmp_path / "before.graphql").write_text(_earlier(root))
    changes = json.loads(await node("diff.mjs", str(before), "../../schema.graphql"))
    changelog = (root / "CHANGELOG.md").read_text()
    breaking = [change for change in changes if change["level"] == "BREAKING"]
    assert not [each["message"] for each in breaking if f"`{each.get('path')}`" not in changelog]


def _earlier(root: Path) -> str:
    """The schema that the main branch has, or had when this one left it; where that is the same, the one before it changed.

    So a change is also looked at where it is on the main branch already. Skips where history is not at hand, and says so.
    """
    if not (root / ".git").exists() or (program := shutil.which("git")) is None:
        pytest.skip("no repository here: breaking changes were not looked for")

    def git(*arguments: str) -> str | None:
        told = subprocess.run([program, *arguments], cwd=root, capture_output=True, text=True, check=False)
        return None if told.returncode else told.stdout

    base = git("merge-base", "main", "HEAD") or git("merge-base", "origin/main", "HEAD")
    before = base and git("show", f"{base.strip()}:{SCHEMA}")
    if before == (root / SCHEMA).read_text():
        changed = git("log", "-1", "--format=%H", "--", SCHEMA) or ""
        before = git("show", f"{changed.strip()}^:{SCHEMA}")
    if before is None:
        shallow = (git("rev-parse", "--is-shallow-repository") or "").strip() == "true"
        remedy = "git fetch --unshallow" if shallow else "git fetch origin main"
        pytest.skip(f"the main branch's schema is not here: breaking changes were not looked for (`{remedy}`)")
    return before
