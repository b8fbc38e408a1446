"""Text from a model or an error as a database can hold it."""

from __future__ import annotations


def storable(text: str) -> str:
    """The text with NUL and lone surrogates, which neither UTF-8 nor PostgreSQL holds, made visible."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
