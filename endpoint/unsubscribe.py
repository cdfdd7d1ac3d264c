"""/unsubscribe/{token}: GET shows a page with a button, POST ends the messages at once (RFC 8058).

Mail programs and scanners follow links by themselves: so GET changes nothing.
"""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from config import Settings
from db.reminders.opting_out import opt_out
from delivery.unsubscribing import unsubscribe_links
from errors import CareError, Forbidden, Unauthenticated

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Unsubscribe</title>
<style>body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 15vh auto; padding: 0 1rem }}
button {{ font: inherit; padding: .5rem 1rem }}</style>
<h1>{title}</h1>
{body}
</html>
"""
_ASK = _PAGE.format(
    title="No more reminders?",
    body='<p>You will get no more reminders at this address.</p><form method="post"><button>Unsubscribe</button></form>',
)
_DONE = _PAGE.format(
    title="You are unsubscribed", body="<p>If you want reminders again, tell those who care for you.</p>"
)
_UNKNOWN = _PAGE.format(
    title="This link is not complete",
    body="<p>Open it from the mail again, or tell those who care for you that you want no more reminders.</p>",
)
_LATER = _PAGE.format(title="That did not work", body="<p>Please try again in some minutes.</p>")


class Unsubscribe:
    def __init__(self, settings: Settings) -> None:
        self._links = unsubscribe_links(settings)

    async def answer(self, request: Request) -> Response:
        subscription = self._links.read(request.path_params["token"]) if self._links else None
        if subscription is None:
            return HTMLResponse(_UNKNOWN, 404, _HEADERS)
        if request.method != "POST":
            return HTMLResponse(_ASK, headers=_HEADERS)
        tenant_id, patient_id, channel = subscription
        try:
            async with request.state.database.write(tenant_id) as scope:
                await opt_out(scope, patient_id, channel)
        except (Unauthenticated, Forbidden):
            pass  # of a tenant that is no more, or is suspended: nothing is sent
        except CareError as error:
            return HTMLResponse(_LATER, error.status, _HEADERS)
        return HTMLResponse(_DONE, headers=_HEADERS)
