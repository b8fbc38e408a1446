"""The Celery application. Tasks take ids; the database is the truth and a message is a hint."""

from __future__ import annotations

import os

from celery import Celery

from judge_platform.embedded import start_embedded_postgres

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "judge_platform.settings")
start_embedded_postgres()

app = Celery("judge_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
