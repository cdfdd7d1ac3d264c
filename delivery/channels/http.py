"""What channels over HTTP have in common: what an answer means, and what it means that there is none."""

from datetime import UTC, datetime

import httpx

from delivery.outcomes import Outcome, failed, rejected, retry_after, unknown

# Ours to mend (401, 403, 407), or a matter of time: not the fault of what was sent, nor of where to.
_LATER = frozenset({401, 403, 407, 408, 425, 429})


async def post(
    client: httpx.AsyncClient, url: str, content: bytes, headers: dict[str, str]
) -> httpx.Response | Outcome:
    """The answer, of any status; or, where there is none, what that means."""
    try:
        return await client.post(url, content=content, headers={"Content-Type": "application/json", **headers})
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        return rejected("ADDRESS")
    except (httpx.ConnectTimeout, httpx.PoolTimeout):
        return failed("TIMEOUT")
    except httpx.ConnectError:
        return failed("NOT_CONNECTED")
    except httpx.TimeoutException:
        return unknown("TIMEOUT")
    except httpx.TransportError:
        return unknown("DISCONNECTED")


def refused(response: httpx.Response, error_code: str | None = None) -> Outcome:
    """What a status that is none of success means."""
    code = error_code or str(response.status_code)
    if response.status_code >= 500 or response.status_code in _LATER:
        return failed(code, retry_after(response.headers.get("Retry-After"), datetime.now(UTC)))
    return rejected(code)
