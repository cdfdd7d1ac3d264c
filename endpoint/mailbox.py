"""/mail, in development: what was caught. HTML of mails is shown where no script runs and nothing is loaded."""

from jinja2 import DictLoader, Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from config import Settings
from delivery.catcher.mailbox import Mail, Mailbox

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors "
_PAGE = {"Content-Security-Policy": f"{_POLICY}'none'; frame-src 'self'"}
# Sandboxed by its own header as well: so also when it is opened by itself.
_FRAME = {"Content-Security-Policy": f"{_POLICY}'self'; img-src data:; sandbox"}
_ALWAYS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}

_PAGES = {
    "frame": """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Mail</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .8rem .3rem 0 }
tr + tr { border-top: 1px solid #ddd } pre { white-space: pre-wrap }
iframe { width: 100%; height: 20rem; border: 1px solid #ddd }
</style>
{% block content %}{% endblock %}
</html>""",
    "list": """{% extends "frame" %}{% block content %}<meta http-equiv="refresh" content="5">
<h1>Mail</h1>
<p>What CareNotes has sent is caught here, and delivered to nobody.</p>
{% if mails %}<table><tr><th>When (UTC)<th>To<th>Subject</tr>
{% for mail in mails %}<tr><td>{{ mail.at[:19] | replace("T", " ") }}<td>{{ mail.to }}
<td><a href="/mail/{{ mail.id }}">{{ mail.subject or "(no subject)" }}</a></tr>
{% endfor %}</table>{% else %}<p>Nothing yet.</p>{% endif %}{% endblock %}""",
    "mail": """{% extends "frame" %}{% block content %}<p><a href="/mail">All mail</a></p>
<h1>{{ mail.subject or "(no subject)" }}</h1>
<p>From {{ mail.sender }}<br>To {{ mail.to }}<br>{{ mail.at[:19] | replace("T", " ") }} UTC</p>
{% if mail.unsubscribe %}<p><a href="{{ mail.unsubscribe }}" rel="noreferrer">Unsubscribe</a></p>{% endif %}
{% if mail.html %}<h2>HTML</h2><iframe sandbox src="/mail/{{ mail.id }}/html" title="The mail's HTML"></iframe>{% endif %}
<h2>Text</h2><pre>{{ mail.text }}</pre>{% endblock %}""",
}
_TEMPLATES = Environment(loader=DictLoader(_PAGES), autoescape=True)


def routes(settings: Settings) -> list[Route]:
    """None in production."""
    if settings.environment == "production":
        return []
    return [Route("/mail", _list), Route("/mail/{id}", _mail), Route("/mail/{id}/html", _html)]


async def _list(request: Request) -> Response:
    return _page("list", mails=await Mailbox(request.state.redis).mails())


async def _mail(request: Request) -> Response:
    return _page("mail", mail=await _found(request))


async def _html(request: Request) -> Response:
    return HTMLResponse((await _found(request)).html or "", headers=_FRAME | _ALWAYS)


async def _found(request: Request) -> Mail:
    mail = await Mailbox(request.state.redis).mail(request.path_params["id"])
    if mail is None:
        raise HTTPException(404)
    return mail


def _page(name: str, **values: object) -> Response:
    return HTMLResponse(_TEMPLATES.get_template(name).render(values), headers=_PAGE | _ALWAYS)
