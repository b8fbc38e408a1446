"""`python manage.py build_demo`: the sample projects alone; `demo` calls it beside web and worker."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from judge_platform.demo import ServedModel, account_lines, build_demo, ensure_password


class Command(BaseCommand):
    help = "Make what is missing of the demonstration's projects, people, judges and runs. A worker must be running."

    def handle(self, **options: Any) -> None:  # noqa: ARG002  it has none of its own
        began = time.monotonic()

        def say(line: str) -> None:
            self.stdout.write(f"[{time.monotonic() - began:3.0f} s] {line}")
            self.stdout.flush()

        password = ensure_password(settings.VAR_DIR / "demo_password")
        served = ServedModel(settings.JUDGE_URL, settings.JUDGE_MODEL) if settings.JUDGE_URL else None
        build_demo(password=password, served=served, say=say)
        say("the demonstration is ready; sign in as")
        for line in account_lines(password):
            say(f"    {line}")
        say(f"at {settings.BASE_URL}")
