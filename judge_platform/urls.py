"""Every address of the platform."""

from __future__ import annotations

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from judge_platform import pages
from judge_platform.health import healthz

# The viewer of the API writes style attributes of its own; only its page allows them, and no script does.
api_docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.projects, name="projects"),
    path("p/<slug:slug>/", pages.overview, name="overview"),
    path("find/", pages.search, name="search"),
    path("p/<slug:slug>/find/", pages.search_in_project, name="search-in-project"),
    path("", include("annotations.urls")),
    path("", include("models_llm.urls")),
    path("account/", include("allauth.urls")),
    path("healthz", healthz, name="healthz"),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", login_required(api_docs), name="api-docs"),
]
