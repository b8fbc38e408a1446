from __future__ import annotations

from django.apps import AppConfig


class JudgePlatformConfig(AppConfig):
    name = "judge_platform"
    verbose_name = "Judge Platform"

    def ready(self) -> None:
        from judge_platform import checks  # noqa: F401, PLC0415  importing registers them

        # Whoever sends a message by name needs the configured application, not Celery's own default.
        from judge_platform.celery import app  # noqa: PLC0415  settings must be complete before it is made

        app.set_default()
