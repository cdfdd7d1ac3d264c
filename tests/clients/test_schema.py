"""The schema as tools see it: what their rules say of it, and whether a client of the main branch would still work."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.node import node


async def test_relays_rules() -> None:
    rules = "relay-page-info-spec,relay-connection-types-spec,relay-connection-arguments-spec"
    linter = "node_modules/graphql-schema-linter/lib/cli.js"
    await node(linter, "--rules", rules, "../../schema.graphql")


async def test_recommended_rules() -> None:
    await node("lint.mjs")


async def test_breaking_changes_are_named_in_the_changelog(root: Path, tmp_path: Path) -> None:
    """Against what the main branch has, or had when this one left it, by graphql-inspector."""
    if not (root / ".git").exists() or (git := shutil.which("git")) is None:
        pytest.skip("no repository here")

    def told(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([git, *arguments], cwd=root, capture_output=True, text=True, check=False)

    if (base := told("merge-base", "main", "HEAD")).returncode:
        pytest.skip("no branch named main here")
    (before := tmp_path / "before.graphql").write_text(told("show", f"{base.stdout.strip()}:schema.graphql").stdout)
    changes = json.loads(await node("diff.mjs", str(before), "../../schema.graphql"))
    changelog = (root / "CHANGELOG.md").read_text()
    breaking = [change for change in changes if change["level"] == "BREAKING"]
    assert not [each["message"] for each in breaking if f"`{each.get('path')}`" not in changelog]
