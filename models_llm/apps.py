from __future__ import annotations

from django.apps import AppConfig


class ModelsLLMConfig(AppConfig):
    name = "models_llm"
    verbose_name = "Judges"
