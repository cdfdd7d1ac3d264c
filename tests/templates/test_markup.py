"""What the HTML of a mail may be."""

import pytest

from errors import Invalid
from templates.message import Template, check
from templates.values import OfAppointment

LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ tenant_name }}</title>
<style>@media (max-width: 600px) { td > a { color: #036; } }</style></head>
<body style="margin:0"><!-- layout -->
<table role="presentation"><tr><td><img src="https://care.example/logo.png" alt="Logo">
<h1>Hello {{ patient_name }}</h1>
{% if days_until == 1 %}<p>Tomorrow, {{ starts_at | time }}</p>{% else %}<p>{{ starts_at | date("full") }}</p>{% endif %}
<a href="https://care.example/?a=1&amp;b=2">Change it</a> <a href="tel:+4930123456">Call</a>
<a href="mailto:desk@care.example">Write</a> <a href="#top">Up</a></td></tr></table></body></html>"""


def test_the_layout_of_a_mail() -> None:
    assert "patient_name" in check(Template("x", "x", LAYOUT), OfAppointment, "en")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("<script>alert(1)</script>", "A mail cannot have <script>"),
        ("<p>\n<SCRIPT src=x>", "A mail cannot have <script>"),
        ("<svg onload=alert(1)>", "A mail cannot have <svg>"),
        ("<form action='https://x.example'>", "A mail cannot have <form>"),
        ("<iframe src='https://x.example'></iframe>", "A mail cannot have <iframe>"),
        ("<base href='https://x.example'>", "A mail cannot have <base>"),
        ("<img src=x onerror=alert(1)>", "has onerror"),
        ("<body ONLOAD='x()'>", "has onload"),
        ("<meta http-equiv=Refresh content='0;url=https://x.example'>", "has http-equiv"),
        ("<a href='javascript:alert(1)'>x</a>", "A link in a mail"),
        ("<a href=' java\nscript:alert(1)'>x</a>", "A link in a mail"),
        ("<a href='&#106;avascript:alert(1)'>x</a>", "A link in a mail"),
        ("<img src='data:image/png;base64,x'>", "A link in a mail"),
        ("<a href='http://x.example'>x</a>", "A link in a mail"),
        ("<a href='https://[x'>x</a>", "A link in a mail"),
        ("<a href='{{ patient_name }}'>x</a>", "a tag is whole"),
        ("<a title={{ patient_name }}>x</a>", "a tag is whole"),
        ("<p {{ patient_name }}>", "a tag is whole"),
        ("<{{ patient_name }}>", "a tag is whole"),
        ("<{% if days_until == 1 %} {% else %}{{ patient_name }}{% endif %}>", "a tag is whole"),
        ("</{{ patient_name }}>", "a tag is whole"),
        ("<!-- {{ patient_name }} -->", "a tag is whole"),
        ("<p>\n<p {% if days_until == 1 %}title='x'{% endif %}>", "Line 1: a tag is whole"),
        ("<p>1 < 2", "a tag is whole"),
        ("<a title='> {{ patient_name }}'>", "not in <a>"),
        ("<style>{{ patient_name }}</style>", "not in style sheets"),
    ],
)
def test_what_does_something_is_refused(source: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        check(Template(None, "x", source), OfAppointment, "en")
    assert refused.value.extensions["argument"] == ["html"]
