"""Many annotators who rank at once, each on a connection of their own; afterwards the database is audited."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from annotations.choices import AssignmentStatus, QueueState
from annotations.errors import AlreadyJudgedError, LeaseLostError
from annotations.models import Assignment, Judgement, Project, QueuedItem, Rater
from annotations.selectors.rankings import shown_order
from annotations.services.queue import claim_item, queue_items, skip_item, submit_ranking
from annotations.services.revisions import revise_ranking
from tests.factories import make_group, make_project, make_rater, ranking_spec

N_ANNOTATORS = 12
N_GROUPS = 20
N_CANDIDATES = 3
OVERLAP = 3

pytestmark = pytest.mark.django_db(transaction=True)


def test_annotators_at_once_rank_each_group_exactly_overlap_times_and_whole() -> None:
    project = make_project(spec=ranking_spec(), overlap=OVERLAP)
    groups = [make_group(project, N_CANDIDATES) for _ in range(N_GROUPS)]
    queue_items(project=project)
    raters = [make_rater(project) for _ in range(N_ANNOTATORS)]
    # The first four have two tabs open.
    sittings = [(rater, random.Random(n)) for n, rater in enumerate([*raters, *raters[:4]])]
    with ThreadPoolExecutor(len(sittings)) as pool:
        list(pool.map(lambda sitting: work(project, *sitting), sittings))
    for rater in raters:  # what was given back after its last taker had left
        work(project, rater, None)

    done = Assignment.objects.filter(status=AssignmentStatus.DONE)
    assert Counter(done.values_list("item", flat=True)) == {group[0].pk: OVERLAP for group in groups}
    assert set(QueuedItem.objects.values_list("state", flat=True)) == {QueueState.FULL}
    # Each candidate has a judgement of each of those who ranked its group, and nobody's else.
    ranked = {(item.pk, turn.rater_id) for group in groups for turn in done.filter(item=group[0]) for item in group}
    assert sorted(Judgement.objects.values_list("item", "rater")) == sorted(ranked)
    for turn in done:
        levels = dict(Judgement.objects.filter(rater=turn.rater_id).values_list("item", "levels"))
        assert turn.shown_order is not None
        places = [levels[item][0] for item in turn.shown_order]
        assert places in ([0, 1, 2], [2, 1, 0]), "places of one answer, and not of two"


def work(project: Project, rater: Rater, dice: random.Random | None) -> None:
    """Rank until nothing is left, as badly behaved as people are; without dice, well."""
    rubric = project.current_rubric()
    try:
        while (turn := claim_item(project=project, rater=rater)) is not None:
            chance = 1.0 if dice is None else dice.random()
            levels = (0, 1, 2) if chance < 0.6 else (2, 1, 0)
            assert len(shown_order(turn)) == N_CANDIDATES
            if chance < 0.1:
                skip_item(assignment=turn, reason="unclear")
                continue
            if chance < 0.25:
                past = timezone.now() - timedelta(seconds=1)
                Assignment.objects.filter(pk=turn.pk).update(lease_expires_at=past)
            try:
                first = submit_ranking(assignment=turn, rubric=rubric, levels=levels)
                assert submit_ranking(assignment=turn, rubric=rubric, levels=levels) == first
            except (LeaseLostError, AlreadyJudgedError):
                continue
    finally:
        if dice is not None:
            connections.close_all()


def test_a_ranking_that_is_changed_in_two_tabs_at_once_is_changed_once() -> None:
    project = make_project(spec=ranking_spec())
    make_group(project, N_CANDIDATES)
    queue_items(project=project)
    turn = claim_item(project=project, rater=make_rater(project))
    assert turn is not None
    rubric = project.current_rubric()
    judgement = submit_ranking(assignment=turn, rubric=rubric, levels=(0, 1, 2))
    for levels in ((1, 0, 2), (2, 1, 0), (0, 2, 1)):
        with ThreadPoolExecutor(6) as pool:
            changed = set(pool.map(lambda _, to=levels, old=judgement: revise(turn, old, to), range(6)))
        assert len(changed) == 1
        judgement = Judgement.objects.get(pk=changed.pop())
        assert Judgement.objects.live().count() == N_CANDIDATES
    assert Judgement.objects.count() == 4 * N_CANDIDATES


def revise(turn: Assignment, judgement: Judgement, levels: tuple[int, ...]) -> int:
    try:
        return revise_ranking(judgement=judgement, turn=turn, levels=levels).pk
    finally:
        connections.close_all()
