"""Many annotators at once, each on a connection of their own; afterwards the database is audited."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from annotations.choices import AssignmentStatus, QueueState
from annotations.errors import LeaseLostError
from annotations.models import Assignment, Judgement, Project, QueuedItem, Rater, Rubric
from annotations.services.queue import claim_item, queue_items, skip_item, submit_annotation
from tests.factories import make_items, make_project, make_rater

N_ANNOTATORS = 50
N_ITEMS = 60
OVERLAP = 3

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_fifty_annotators_at_once_give_each_item_exactly_its_overlap(seed: int) -> None:
    project = make_project(overlap=OVERLAP)
    items = make_items(project, N_ITEMS)
    queue_items(project=project, seed=seed)
    raters = [make_rater(project) for _ in range(N_ANNOTATORS)]
    # The first ten have two tabs open.
    sittings = [(rater, random.Random(f"{seed} {n}")) for n, rater in enumerate([*raters, *raters[:10]])]
    with ThreadPoolExecutor(len(sittings)) as pool:
        acknowledged = [pk for pks in pool.map(lambda sitting: work(project, *sitting), sittings) for pk in pks]
    for rater in raters:  # what was given back after its last taker had left
        acknowledged += drain(project, rater)

    done = Assignment.objects.filter(project=project, status=AssignmentStatus.DONE)
    assert Counter(done.values_list("item_id", flat=True)) == {item.pk: OVERLAP for item in items}
    assert len(set(done.values_list("item_id", "rater_id"))) == N_ITEMS * OVERLAP
    assert set(done.values_list("item_id", "place")) == {(item.pk, p) for item in items for p in range(OVERLAP)}
    assert not Assignment.objects.filter(project=project, status=AssignmentStatus.LEASED).exists()
    assert set(QueuedItem.objects.values_list("state", flat=True)) == {QueueState.FULL}

    stored = list(Judgement.objects.values_list("pk", flat=True))
    assert sorted(set(acknowledged)) == sorted(stored), "every acknowledged answer is stored, and no other"
    assert sorted(stored) == sorted(done.values_list("judgement_id", flat=True))
    assert len(stored) == N_ITEMS * OVERLAP


def work(project: Project, rater: Rater, dice: random.Random) -> list[int]:
    """Answer until nothing is left, as badly behaved as people are."""
    rubric = project.current_rubric()
    acknowledged: list[int] = []
    try:
        while (assignment := claim_item(project=project, rater=rater)) is not None:
            chance = dice.random()
            if chance < 0.10:
                skip_item(assignment=assignment, reason="unclear")
            elif chance < 0.25:
                past = timezone.now() - timedelta(seconds=1)
                Assignment.objects.filter(pk=assignment.pk).update(lease_expires_at=past)
                if chance < 0.20:
                    acknowledged += answer(assignment, rubric)
            else:
                acknowledged += answer(assignment, rubric)
                if chance < 0.45:
                    acknowledged += answer(assignment, rubric)
    finally:
        connections.close_all()
    return acknowledged


def answer(assignment: Assignment, rubric: Rubric) -> Iterator[int]:
    try:
        yield submit_annotation(assignment=assignment, rubric=rubric, levels=(0, 1)).pk
    except LeaseLostError:
        return


def drain(project: Project, rater: Rater) -> list[int]:
    acknowledged: list[int] = []
    while (assignment := claim_item(project=project, rater=rater)) is not None:
        acknowledged += answer(assignment, project.current_rubric())
    return acknowledged
