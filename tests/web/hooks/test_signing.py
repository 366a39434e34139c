"""Signatures, by the standard's own vectors and its published library."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bots.web.hooks import headers
from core.hooks.rules import SECRET_BYTES, new_secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""The vector that the reference libraries share."""


def test_the_shared_vector_is_signed_as_by_every_library() -> None:
    assert headers(ID, BODY, [SECRET], at=AT) == {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNED,
    }


def test_with_two_secrets_there_are_two_signatures_with_a_space_between() -> None:
    signature = headers(ID, BODY, [new_secret(bytes), SECRET], at=AT)["webhook-signature"]
    assert signature.split(" ")[1] == SIGNED
    assert len(signature.split(" ")) == 2


@given(body=st.text(min_size=1, max_size=200), key=st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES))
def test_whatever_is_sent_the_published_library_believes_it(body: str, key: bytes) -> None:
    secret = new_secret(lambda _: key)
    sent = headers(ID, body.encode(), [new_secret(lambda n: b"x" * n), secret], at=datetime.now(UTC))
    Webhook(secret).verify(body, sent, json_parse=False)


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "body", "secret"])
def test_whoever_changes_anything_is_found_out(changed: str) -> None:
    secret, now = new_secret(lambda n: b"k" * n), datetime.now(UTC)
    sent, body = headers(ID, BODY, [secret], at=now), BODY.decode()
    if changed == "body":
        body = body.replace("2", "3")
    elif changed == "secret":
        secret = new_secret(lambda n: b"o" * n)
    else:
        sent[changed] = "msg_other" if changed == "webhook-id" else str(int(now.timestamp()) - 1)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, sent)


def test_a_secret_is_32_random_bytes_as_the_standard_writes_them() -> None:
    secret = new_secret(lambda n: bytes(range(n)))
    assert secret.startswith("whsec_")
    assert base64.b64decode(secret.removeprefix("whsec_")) == bytes(range(32))
