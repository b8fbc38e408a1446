"""Kept filters of the list of items, as a member sees them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from annotations.models import Project, SavedView, User


def views_for(project: Project, user: User) -> QuerySet[SavedView]:
    """The user's own and those that others share, by name."""
    views = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), project=project)
    return views.select_related("owner").order_by("name", "pk")


def own_views(project: Project, user: User) -> QuerySet[SavedView]:
    return SavedView.objects.filter(project=project, owner=user)
