"""The built pages: what a browser is told about them, and that they come small."""

import re

import httpx
import pytest

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize("path", ["/", "/graphql"])
async def test_a_page_may_run_scripts_of_this_origin_only(http: httpx.AsyncClient, path: str) -> None:
    page = await http.get(path, headers=HTML)
    policy = dict(each.split(" ", 1) for each in page.headers["Content-Security-Policy"].split("; "))
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-cache"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    # GraphiQL's editor places its lines by inline styles; the dashboard needs none.
    assert policy["style-src"] == ("'self'" if path == "/" else "'self' 'unsafe-inline'")


@pytest.mark.parametrize("path", ["/", "/graphql"])
async def test_what_it_loads_comes_compressed_and_is_kept(http: httpx.AsyncClient, path: str) -> None:
    assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', (await http.get(path, headers=HTML)).text)
    assert len(assets) > 3
    for asset in assets:
        packed = await http.get(asset, headers={"Accept-Encoding": "gzip"})
        plain = await http.get(asset, headers={"Accept-Encoding": "identity"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert packed.content == plain.content
        assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
        assert packed.headers["Vary"] == "Accept-Encoding"
        assert "immutable" in packed.headers["Cache-Control"]


async def test_what_is_no_asset_is_not_found(http: httpx.AsyncClient) -> None:
    for path in ("/assets/nothing.js", "/assets/../pages.py", "/assets/"):
        assert (await http.get(path)).status_code == 404
