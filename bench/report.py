"""What every benchmark shares: its flags, its table in RESULTS.md, its targets."""

import argparse
import json
import os
import platform
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

HERE = Path(__file__).parent


def parser(description: str) -> argparse.ArgumentParser:
    """--quick: below a minute. --json: figures on the last line. --check: exit 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a short form, below a minute; writes no table")
    parser.add_argument("--json", action="store_true", help="figures as JSON on the last line")
    parser.add_argument("--check", action="store_true", help="exit 1 where a target of bench/targets.toml is missed")
    return parser


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def publish(name: str, text: str) -> None:
    """Replaces the benchmark's section of RESULTS.md."""
    file = HERE / "RESULTS.md"
    written = file.read_text() if file.exists() else "# Results\n"
    section = f"## {name}\n\n{text.strip()}\n"
    found = re.compile(rf"^## {name}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
    written = found.sub(lambda _: section, written) if found.search(written) else written + section
    file.write_text(re.sub(r"\n+(?=## )", "\n\n", written))


def missed(name: str, figures: Mapping[str, float]) -> list[str]:
    """A line for each figure that is more than its target in `[name.most]`, or less than that in `[name.least]`."""
    targets = tomllib.loads((HERE / "targets.toml").read_text()).get(name, {})
    return [
        f"{figure} is {figures[figure]:.3g}; the target is at {bound} {target}"
        for bound, sign in (("most", 1), ("least", -1))
        for figure, target in targets.get(bound, {}).items()
        if figure in figures and sign * figures[figure] > sign * target
    ]


def finish(name: str, figures: Mapping[str, float], arguments: argparse.Namespace) -> None:
    """Compares with the targets, prints what was asked for, and ends the process."""
    lines = missed(name, figures)
    for line in lines:
        print(line, file=sys.stderr)
    if arguments.json:
        print(json.dumps(figures))
    sys.exit(1 if lines and arguments.check else 0)
