"""What is wrong, or likely to go wrong, with how the platform is set up; `manage.py check` and every start run them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error

from judge_platform.env import env_str


@checks.register
def check_folders(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """Every folder that web and worker write into can be written."""
    folders = {"VAR_DIR": settings.VAR_DIR}
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        folders["the broker of CELERY_BROKER_URL"] = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_in"])
    return [
        Error(
            f"expected to write into {folder} ({name}), may not",
            hint="Give it to the user that runs the platform, or set VAR_DIR to another folder.",
            id="judge_platform.E001",
        )
        for name, folder in folders.items()
        if not os.access(folder, os.W_OK | os.X_OK)
    ]


@checks.register
def check_public(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """A platform that people reach over a network is set up for it."""
    if not settings.PUBLIC:
        return []
    found: list[CheckMessage] = []
    address = urlsplit(settings.BASE_URL)
    if address.scheme != "https":
        found.append(
            Error(
                f"expected BASE_URL to start with https:// because PUBLIC is true, got {settings.BASE_URL}",
                hint="Set BASE_URL to the address that people use.",
                id="judge_platform.E002",
            )
        )
    if settings.DEBUG:
        found.append(
            Error(
                "expected DEBUG to be false because PUBLIC is true: its error pages show settings and data",
                id="judge_platform.E003",
            )
        )
    if settings.SECURE_PROXY_SSL_HEADER is None:
        found.append(
            checks.Warning(
                "PUBLIC is true and BEHIND_PROXY is not: without a proxy that speaks HTTPS, every page redirects",
                hint="Set BEHIND_PROXY=true if a proxy sets X-Forwarded-Proto.",
                id="judge_platform.W001",
            )
        )
    if address.hostname and address.hostname not in settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS:
        found.append(
            Error(
                f"expected ALLOWED_HOSTS to hold {address.hostname}, the host of BASE_URL",
                id="judge_platform.E004",
            )
        )
    if not env_str("DATABASE_URL"):
        found.append(
            checks.Warning(
                "PUBLIC is true and DATABASE_URL is not set: the embedded database has no backups and no other host",
                hint="Set DATABASE_URL to a PostgreSQL that somebody looks after.",
                id="judge_platform.W002",
            )
        )
    return found


@checks.register
def check_judge(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001
    """A served judge is named whole."""
    if bool(settings.JUDGE_URL) == bool(settings.JUDGE_MODEL):
        return []
    given, missing = ("JUDGE_URL", "JUDGE_MODEL") if settings.JUDGE_URL else ("JUDGE_MODEL", "JUDGE_URL")
    return [Error(f"expected {missing} beside {given}: a served judge needs both", id="judge_platform.E005")]
