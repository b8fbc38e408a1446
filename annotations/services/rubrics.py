"""Rubric versions."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from annotations.models import Criterion, Level, Project, Rubric
from annotations.rubrics import RubricSpec


@transaction.atomic
def add_rubric_version(*, project: Project, spec: RubricSpec) -> Rubric:
    """Store a rubric as the project's newest version; the same rubric again returns the version there is."""
    Project.objects.select_for_update().get(pk=project.pk)
    newest = project.rubrics.order_by("-version").first()
    if newest is not None and newest.digest == spec.digest:
        return newest
    version = (project.rubrics.aggregate(newest=Max("version"))["newest"] or 0) + 1
    rubric = Rubric.objects.create(
        project=project, version=version, name=spec.name, digest=spec.digest, n_criteria=len(spec.criteria)
    )
    criteria = Criterion.objects.bulk_create(
        [
            Criterion(
                rubric=rubric,
                position=position,
                key=criterion.key,
                name=criterion.name,
                definition=criterion.definition,
                scale=criterion.scale,
                passing_example=criterion.passing_example,
                failing_example=criterion.failing_example,
                rationale=criterion.rationale,
                is_ranking=criterion.is_ranking,
            )
            for position, criterion in enumerate(spec.criteria)
        ]
    )
    Level.objects.bulk_create(
        [
            Level(
                criterion=row,
                position=position,
                key=level.key,
                label=level.label,
                description=level.description,
                value=level.value,
                passes=level.passes,
            )
            for row, criterion in zip(criteria, spec.criteria, strict=True)
            for position, level in enumerate(criterion.levels)
        ]
    )
    return rubric
