"""Google's two servers that a push goes through, on the loopback: one grants tokens, the other takes messages."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from delivery.channels.access_token import ServiceAccount
from tests.delivery.channels.web_server import Answer, Request

_KEY = rsa.generate_private_key(65537, 2048)
_PEM = _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def account(port: int) -> ServiceAccount:
    return ServiceAccount("care", "reminders@care.example", _PEM, f"http://127.0.0.1:{port}/token")


def error(status: int, code: str, name: str = "INVALID_ARGUMENT") -> Answer:
    """As FCM writes it."""
    detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}
    return Answer(status, {"error": {"code": status, "status": name, "message": "No.", "details": [detail]}})


@dataclass
class Fcm:
    """What it answers to a message is set by the device's token; it accepts the others."""

    answers: dict[str, Answer] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)
    grants: Answer | None = None
    expires_in: int = 3600

    def __call__(self, request: Request) -> Answer:
        return self._grant(request) if request.path == "/token" else self._take(request)

    def _grant(self, request: Request) -> Answer:
        if self.grants:
            return self.grants
        form = parse_qs(request.body.decode())
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        audience = f"http://{request.headers['host']}/token"
        claims = jwt.decode(form["assertion"][0], _KEY.public_key(), algorithms=["RS256"], audience=audience)
        assert claims["iss"] == "reminders@care.example"
        assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
        self.granted.append(f"token-{len(self.granted)}")
        return Answer(200, {"access_token": self.granted[-1], "expires_in": self.expires_in, "token_type": "Bearer"})

    def _take(self, request: Request) -> Answer:
        assert request.path == "/v1/projects/care/messages:send"
        if request.headers["authorization"] != f"Bearer {self.granted[-1]}":
            return Answer(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        message = orjson.loads(request.body)["message"]
        self.messages.append(message)
        return self.answers.get(message["token"], Answer(200, {"name": f"projects/care/messages/{len(self.messages)}"}))
