"""Typed readers for environment variables. A bad value stops the start with a sentence."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


class SettingsError(Exception):
    """An environment variable holds what it must not."""


def env_str(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, *, default: bool) -> bool:
    raw = env_str(name)
    if not raw:
        return default
    if raw.lower() in TRUE:
        return True
    if raw.lower() in FALSE:
        return False
    raise SettingsError(f"{name}: expected true or false, got “{raw}”.")


def env_int(name: str, *, default: int, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
    raw = env_str(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError as err:
        raise SettingsError(f"{name}: expected a whole number, got “{raw}”.") from err
    if not minimum <= value <= maximum:
        raise SettingsError(f"{name}: expected {minimum} to {maximum}, got {value}.")
    return value


def env_list(name: str, default: tuple[str, ...] = ()) -> list[str]:
    raw = env_str(name)
    return [part.strip() for part in raw.split(",") if part.strip()] if raw else list(default)


def env_url(name: str, *, schemes: tuple[str, ...], default: str = "") -> str:
    raw = env_str(name, default)
    if raw and urlsplit(raw).scheme not in schemes:
        expected = ", ".join(f"{scheme}://" for scheme in schemes)
        raise SettingsError(f"{name}: expected an address that starts with one of {expected}, got “{raw}”.")
    return raw


def env_secret(name: str, *, file: Path, required: bool) -> str:
    """The secret in the variable or, unless it is required, in `file`, which is made at the first start."""
    raw = env_str(name)
    if raw:
        if len(raw) < 32:
            raise SettingsError(f"{name}: expected at least 32 characters, got {len(raw)}.")
        return raw
    if required:
        raise SettingsError(f"{name}: expected a secret of at least 32 characters when DEBUG is off, got nothing.")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x") as handle:
            file.chmod(0o600)
            handle.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return file.read_text().strip()


def parse_database_url(name: str, url: str) -> dict[str, object]:
    """Django's database settings from `postgresql://user:password@host:port/name?option=value`."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise SettingsError(f"{name}: expected postgresql://…, got “{parts.scheme}://…”. No other database will do.")
    database = unquote(parts.path.lstrip("/"))
    if not database:
        raise SettingsError(f"{name}: expected a database name after the host, as in postgresql://host/name.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
