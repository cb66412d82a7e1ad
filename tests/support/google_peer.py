"""A peer on loopback that speaks like Google: the token endpoint and FCM in one, with the answers of the documents."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.auth import jwt

from app.net.fcm import SCOPE
from tests.support.scripted_server import Question, Reply, ScriptedServer, reply_json

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
SENT = reply_json({"name": "projects/doors/messages/1"})


QUOTA_OF_A_DEVICE: dict[str, object] = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"subject": "device", "description": "Device message rate exceeded"}],
}


def problem(status: int, name: str, error: str | None = None, *, is_of_device: bool = False, **headers: str) -> Reply:
    """An answer in the form of `google.rpc.Status`, with FCM's own error where it has one."""
    kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
    details: list[dict[str, object]] = [{"@type": kind, "errorCode": error}] if error else []
    details += [QUOTA_OF_A_DEVICE] if is_of_device else []
    told = {"error": {"code": status, "message": "Requested entity was not found.", "status": name, "details": details}}
    return reply_json(told, status, **headers)


class Google:
    """The token endpoint and FCM in one: hands out tokens, and answers pushes as it is told.

    `answer` is given the number of the push, `by_token` how often that telephone was pushed to.
    """

    def __init__(self, answer: Callable[[int], Reply] = lambda _: SENT) -> None:
        self.server = ScriptedServer(self._say)
        self.tokens: list[str] = []
        self.pushes: list[Question] = []
        self.token_reply: Reply | None = None
        self.by_token: dict[str, Callable[[int], Reply]] = {}
        self._answer = answer

    def _say(self, asked: Question) -> Reply:
        if asked.path == "/token":
            if self.token_reply is not None:
                return self.token_reply
            (assertion,) = parse_qs(asked.body.decode())["assertion"]
            told = jwt.decode(assertion, verify=False)
            assert told["scope"] == SCOPE
            self.tokens.append(f"access-{len(self.tokens)}")
            return reply_json({"access_token": self.tokens[-1], "expires_in": 3_600, "token_type": "Bearer"})
        self.pushes.append(asked)
        own = self.by_token.get(token_of(asked))
        return self._answer(len(self.pushes)) if own is None else own(self.tokens_pushed().count(token_of(asked)))

    def tokens_pushed(self) -> list[str]:
        """Whose telephones were pushed to, in the order of the pushes."""
        return list(map(token_of, self.pushes))


def token_of(asked: Question) -> str:
    """The token that a push was for; nothing for a check."""
    return str(json.loads(asked.body)["message"].get("token", ""))


def key_text(server: str, project: str = "doors", **other: object) -> str:
    """A service account's key as Firebase exports it, for a peer of that address."""
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    told = {"type": "service_account", "project_id": project, "private_key_id": "1", "private_key": pem}
    told |= {"client_email": "push@doors.iam.gserviceaccount.com", "token_uri": f"{server}/token"}
    return json.dumps({**told, **other})
