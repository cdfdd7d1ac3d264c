"""The modules at the bottom import nothing above them. import-linter holds the same for the packages."""

import pytest

from tests.guards.sources import PACKAGES, imported, sources

# Module -> what of ours it may import.
BOTTOM = {"errors.py": set[str](), "ids.py": set[str](), "config.py": {"errors"}, "auth.py": {"config", "errors"}}


@pytest.mark.parametrize("module", BOTTOM)
def test_the_bottom_stands_on_nothing(module: str) -> None:
    tree = dict(sources())[module]
    ours = {*PACKAGES, *(name.removesuffix(".py") for name in BOTTOM), "server"}
    assert {name.partition(".")[0] for name in imported(tree)} & ours <= BOTTOM[module]
