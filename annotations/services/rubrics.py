"""Rubric versions."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, Max

from annotations.errors import RubricError
from annotations.models import Criterion, Level, Project, QueuedCandidate, QueuedItem, Rubric
from annotations.rubrics import Ranking, RubricSpec
from annotations.sentences import sentence as _


@transaction.atomic
def add_rubric_version(*, project: Project, spec: RubricSpec) -> Rubric:
    """Store a rubric as the project's newest version; the same rubric again returns the version there is.

    Raises: RubricError, if it ranks groups and the queue has items that were queued one by one, or a group with more
        candidates than it has places.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    newest = project.rubrics.order_by("-version").first()
    if newest is not None and newest.digest == spec.digest:
        return newest
    if newest is not None and spec.ranking is not None:
        _refuse_what_cannot_be_ranked(project, newest.spec(), spec.ranking)
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


def _refuse_what_cannot_be_ranked(project: Project, before: RubricSpec, ranking: Ranking) -> None:
    if before.ranking is None:
        n_queued = QueuedItem.objects.filter(project=project).count()
        if n_queued:
            raise RubricError(
                _(
                    "expected an empty queue to begin to rank groups, %(n)s items were queued one by one; "
                    "take them out of the queue, or rank in a project of its own",
                    n=n_queued,
                )
            )
    groups = QueuedCandidate.objects.filter(queued__project=project).values("queued")
    largest = groups.annotate(n=Count("pk")).aggregate(most=Max("n"))["most"] or 0
    if largest > ranking.n_places:
        raise RubricError(
            _(
                "expected places for the %(largest)s candidates of a group in the queue, got %(n)s",
                largest=largest,
                n=ranking.n_places,
            )
        )
