"""Every address of the platform."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("annotations.urls")),
    path("", include("models_llm.urls")),
    path("account/", include("allauth.urls")),
]
