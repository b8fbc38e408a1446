"""Pages of `annotations`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from annotations.api.projects import ProjectDetailView, ProjectListView
from annotations.views import account

app_name = "annotations"
urlpatterns: list[URLPattern | URLResolver] = [
    # one's own account
    path("me/", account.me, name="me"),
    path("me/theme/", account.set_theme, name="theme"),
    path("me/tokens/", account.add_token, name="add-token"),
    path("me/tokens/<int:token_id>/revoke/", account.drop_token, name="drop-token"),
    # API
    path("api/v1/projects/", ProjectListView.as_view(), name="api-projects"),
    path("api/v1/projects/<slug:slug>/", ProjectDetailView.as_view(), name="api-project"),
]
