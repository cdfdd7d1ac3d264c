"""Which channels there are by the settings."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from config import Settings
from db.vocabulary import Channel
from delivery.channels.configured import providers
from errors import Misconfigured
from tests.delivery.channels.batches import outcomes_of
from tests.delivery.channels.fcm_server import account
from tests.delivery.channels.mail_server import MailServer, serving_mail
from tests.delivery.channels.test_email import to


def settings(**given: Any) -> Settings:
    return Settings(**{"environment": "production", "jwt_secret": SecretStr("x" * 32), **given})


def test_only_what_is_set_and_the_console_for_development(tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    file.write_text(json.dumps({"type": "service_account", **account(443)._asdict()}))
    assert providers(settings()) == {}
    assert set(providers(settings(environment="development"))) == {Channel.CONSOLE}
    everything = settings(
        smtp_url=SecretStr("smtps://mail.example"),
        mail_from="a@care.example",
        webhook_secret=SecretStr("whsec_AAAA"),
        fcm_credentials=file,
    )
    assert set(providers(everything)) == {Channel.EMAIL, Channel.WEBHOOK, Channel.PUSH}


async def test_mail_goes_where_the_settings_say() -> None:
    server = MailServer(users={"o'neill@care": "p@ss/w:rd"})
    async with serving_mail(server) as port:
        url = f"smtp+plain://o%27neill%40care:p%40ss%2Fw%3Ard@127.0.0.1:{port}"
        email = providers(settings(smtp_url=SecretStr(url), mail_from="Sunrise <reminders@care.example>"))[
            Channel.EMAIL
        ]
        await outcomes_of(email, [to("ada@patients.example")])
    assert server.logins == ["o'neill@care"]
    assert [mail["From"] for mail in server.mails] == ["Sunrise <reminders@care.example>"]


@pytest.mark.parametrize(
    "given",
    [
        {"smtp_url": SecretStr("http://mail.example"), "mail_from": "a@care.example"},
        {"smtp_url": SecretStr("smtp://"), "mail_from": "a@care.example"},
        {"smtp_url": SecretStr("smtp://mail.example")},
        {"smtp_url": SecretStr("smtp://mail.example"), "mail_from": "Sunrise"},
        {"smtp_url": SecretStr("smtp://mail.example"), "mail_from": "a@b@c\r\nBcc: x"},
        {"webhook_secret": SecretStr("")},
        {"webhook_secret": SecretStr("whsec_A")},
        {"fcm_credentials": Path("/nowhere")},
        {"fcm_credentials": Path(__file__)},
    ],
)
def test_a_setting_that_cannot_be_used_is_named(given: dict[str, Any]) -> None:
    with pytest.raises(Misconfigured, match=r"SMTP_URL|MAIL_FROM|WEBHOOK_SECRET|FCM_CREDENTIALS"):
        providers(settings(**given))
