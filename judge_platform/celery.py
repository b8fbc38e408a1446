"""The Celery application. Tasks take ids; the database is the truth and a message is a hint."""

from __future__ import annotations

import os
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import beat_init, celeryd_init

from judge_platform.embedded import start_embedded_postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "judge_platform.settings")

# Celery warns root of pickled messages; only JSON is accepted here.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("judge_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@celeryd_init.connect
@beat_init.connect
def start_database(**kwargs: Any) -> None:  # noqa: ARG001  what the signal says is not needed
    start_embedded_postgres()
