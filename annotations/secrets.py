"""Secrets that are shown once: only their digest is kept, so a copy of the database opens nothing."""

from __future__ import annotations

import hashlib
import secrets


def new_secret() -> str:
    """256 random bits as text that fits in an address."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is stored of a secret. It is random and long, so a plain hash is enough and can be looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()
