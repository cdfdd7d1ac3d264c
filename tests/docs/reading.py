"""What is in a page of the documentation: blocks of code, links, anchors."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parents[2] / "docs"

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def blocks(page: str, language: str) -> list[str]:
    return [text for kind, text in _BLOCK.findall(page) if kind == language]


def links(page: str) -> list[str]:
    return _LINK.findall(_BLOCK.sub("", page))


def anchors(page: str) -> set[str]:
    """Those that are written out, and those that GitHub makes of headings."""
    made = (re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(page))
    return {*re.findall(r'<a id="([^"]+)"></a>', page), *made}


class Request(NamedTuple):
    """What a line of curl asks for."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    parameters: dict[str, str]


def curl(line: str, token: str) -> Request:
    """Of the options that the documentation uses."""
    words = shlex.split(line.replace("\\\n", " ").replace("$TOKEN", token))
    assert words[0] == "curl"
    options: dict[str, list[str]] = {}
    rest = iter(words[1:])
    url = ""
    for word in rest:
        if word in ("-s", "-G"):
            options[word] = []
        elif word.startswith("-"):
            options.setdefault(word, []).append(next(rest))
        else:
            url = word
    headers = dict(header.split(": ", 1) for header in options.get("-H", []))
    parameters = dict(part.split("=", 1) for part in options.get("--data-urlencode", []))
    body = options["-d"][0] if "-d" in options else None
    method = "GET" if "-G" in options or body is None else "POST"
    path = "/" + url.partition("://")[2].partition("/")[2]
    return Request(method, path, headers, body, parameters)
