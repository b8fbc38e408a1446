"""How a receiver knows that a request comes from here, and is not an old one sent again."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from django.utils.crypto import salted_hmac

from annotations.models import Delivery, Webhook
from annotations.secrets import new_secret

PREFIX: Final = "whsec_"
SIGNATURE_HEADER: Final = "X-Judge-Signature"


def new_seed() -> str:
    return new_secret()


def secret_of(webhook: Webhook) -> str:
    """What the address's owner verifies with. It is made of the row's seed and the platform's SECRET_KEY."""
    return PREFIX + salted_hmac("annotations.webhooks", webhook.seed, algorithm="sha256").hexdigest()


def sign(secret: str, body: bytes, *, timestamp: int) -> str:
    """The value of `X-Judge-Signature`: HMAC-SHA256 over the timestamp, a full stop and the body."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def headers_of(delivery: Delivery, secret: str, *, timestamp: int) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "judge-platform-webhook/1",
        "X-Judge-Event": delivery.event,
        "X-Judge-Delivery": str(delivery.pk),
        SIGNATURE_HEADER: sign(secret, delivery.body.encode(), timestamp=timestamp),
    }
