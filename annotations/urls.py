"""Pages of `annotations`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "annotations"
urlpatterns: list[URLPattern | URLResolver] = []
