from __future__ import annotations

from django.apps import AppConfig


class JudgePlatformConfig(AppConfig):
    name = "judge_platform"
    verbose_name = "Judge Platform"
