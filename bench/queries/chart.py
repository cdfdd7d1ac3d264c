"""Bars of requests per second at 16 connections, as SVG that is readable on light and on dark."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from bench.queries.contenders import Contender
from bench.queries.measuring import Results
from bench.queries.questions import Question

FILE = Path(__file__).parents[2] / "docs" / "queries.svg"

WIDTH, LABEL, BAR, STEP, GAP = 760, 230, 14, 19, 40
LONGEST = WIDTH - LABEL - 60

# Explicit colours for both, since an <img> does not inherit the page's.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; fill: #1f2328 }
rect { fill: #afb8c1 }
.first { fill: #0969da }
text.first { fill: #0969da; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #9198a1 } .title { fill: #f0f6fc } rect { fill: #3d444d } .first, text.first { fill: #4493f8 }
}"""


def drawn(
    results: Results, contenders: Sequence[Contender], questions: Sequence[Question], connections: int = 16
) -> str:
    """A group of bars for each question; the first contender's stands out. Only those whom policies bind, as they do it."""
    contenders = [each for each in contenders if not each.as_owner]
    shapes, y = list[str](), 14
    for question in questions:
        rates = {each.name: results.rate(each.name, question.name, connections) for each in contenders}
        shapes.append(f'<text class="title" x="0" y="{y}">{escape(question.title)}</text>')
        y += 10
        for each in contenders:
            mark = ' class="first"' if each is contenders[0] else ""
            length = max(1, round(LONGEST * rates[each.name] / max(rates.values())))
            base = y + BAR - 3
            shapes += [
                f'<text{mark} x="{LABEL - 8}" y="{base}" text-anchor="end">{escape(each.title)}</text>',
                f'<rect{mark} x="{LABEL}" y="{y}" width="{length}" height="{BAR}" rx="2"/>',
                f'<text{mark} x="{LABEL + length + 6}" y="{base}">{rates[each.name]:,.0f}</text>',
            ]
            y += STEP
        y += GAP - STEP
    caption = f"Requests per second, {connections} connections, one server process each, with row-level security."
    shapes.append(f'<text x="0" y="{y}">{caption}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 8}" role="img" '
        f'aria-label="Requests per second by server and question">\n<style>{STYLE}\n</style>\n'
        + "\n".join(shapes)
        + "\n</svg>\n"
    )
