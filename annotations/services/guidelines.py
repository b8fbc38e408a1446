"""Guideline versions."""

from __future__ import annotations

from django.db import transaction

from annotations.models import Guideline, Project, Rater, User


@transaction.atomic
def add_guideline_version(*, project: Project, text: str, created_by: User | None = None) -> Guideline:
    """Store the text as the newest version; the same text again returns the version there is."""
    Project.objects.select_for_update().get(pk=project.pk)
    newest = project.current_guideline()
    if newest is not None and newest.text == text:
        return newest
    version = 1 if newest is None else newest.version + 1
    return Guideline.objects.create(project=project, version=version, text=text, created_by=created_by)


def confirm_guideline(*, rater: Rater, version: int) -> bool:
    """Note that an annotator has read a version of the guidelines, and with it those before.

    Returns: whether there is such a version.
    """
    guideline = Guideline.objects.filter(project=rater.project_id, version=version).first()
    if guideline is None:
        return False
    Rater.objects.filter(pk=rater.pk).update(guideline_read=guideline)
    return True
