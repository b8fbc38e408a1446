"""Pages of `models_llm`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "models_llm"
urlpatterns: list[URLPattern | URLResolver] = []
