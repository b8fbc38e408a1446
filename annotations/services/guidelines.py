"""Guideline versions."""

from __future__ import annotations

from django.db import transaction

from annotations.models import Guideline, Project, User


@transaction.atomic
def add_guideline_version(*, project: Project, text: str, created_by: User | None = None) -> Guideline:
    """Store the text as the newest version; the same text again returns the version there is."""
    Project.objects.select_for_update().get(pk=project.pk)
    newest = project.current_guideline()
    if newest is not None and newest.text == text:
        return newest
    version = 1 if newest is None else newest.version + 1
    return Guideline.objects.create(project=project, version=version, text=text, created_by=created_by)
