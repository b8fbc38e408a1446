"""Many annotators who differ, each on a connection of their own; afterwards the database is audited."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from annotations.allocation import Decision, settle
from annotations.choices import AssignmentStatus, QueueState
from annotations.errors import AlreadyJudgedError, LeaseLostError
from annotations.models import Assignment, Dispute, Escalation, Judgement, Project, QueuedItem, Rater
from annotations.rubrics import LevelSpec
from annotations.services.projects import change_policy
from annotations.services.queue import claim_item, queue_items, submit_annotation
from annotations.services.revisions import revise_annotation
from annotations.services.settling import sweep_unsettled
from tests.factories import PASS_FAIL, make_items, make_project, make_rater, rubric_spec

N_ANNOTATORS = 30
N_ITEMS = 40
OVERLAP = 2
MOST_OVERLAP = 4
THREE = (*PASS_FAIL, LevelSpec(key="unsure", label="Unsure", value=0.5, passes=False))  # of two, three always settle

pytestmark = pytest.mark.django_db(transaction=True)


def test_items_on_which_people_differ_get_exactly_as_many_answers_as_it_takes() -> None:
    project = make_project(spec=rubric_spec(2, levels=THREE), overlap=OVERLAP)
    change_policy(project=project, settings=replace(project.current_policy().settings(), most_overlap=MOST_OVERLAP))
    items = make_items(project, N_ITEMS)
    queue_items(project=project, seed=1)
    sittings = [(make_rater(project), random.Random(n)) for n in range(N_ANNOTATORS)]
    with ThreadPoolExecutor(N_ANNOTATORS) as pool:
        list(pool.map(lambda sitting: work(project, *sitting), sittings))
    while sum(work(project, rater, dice) for rater, dice in sittings):  # asked anew after its last taker had left
        pass
    assert sweep_unsettled() == 0, "nothing was left that a submit or a revision should have settled"

    criteria = project.current_rubric().spec().criteria
    said: dict[int, list[list[int | None]]] = defaultdict(list)
    for item_id, levels in Judgement.objects.live().order_by("pk").values_list("item_id", "levels"):
        said[item_id].append(levels)
    done = Counter(
        Assignment.objects.filter(project=project, status=AssignmentStatus.DONE).values_list("item_id", flat=True)
    )
    disputed = set(Dispute.objects.filter(state="open").values_list("item_id", flat=True))
    for queued in QueuedItem.objects.all():
        outcome = settle(said[queued.pk], criteria, wanted=queued.overlap, most_overlap=MOST_OVERLAP)
        assert done[queued.pk] == len(said[queued.pk]) == queued.overlap
        assert queued.state == QueueState.FULL
        assert queued.settled_overlap == queued.overlap
        assert outcome.decision == (Decision.DISPUTE if queued.pk in disputed else Decision.SETTLED)
        escalated = Escalation.objects.filter(item=queued.pk).order_by("overlap").values_list("overlap", flat=True)
        assert list(escalated) == list(range(OVERLAP + 1, queued.overlap + 1)), "one step after the other, each once"
    assert len(done) == len(items)
    assert disputed, "the dice see to it that some items stay in dispute"


def work(project: Project, rater: Rater, dice: random.Random) -> int:
    """Answer by the dice, now and then late, twice, or with a second thought. Returns: how many answers were stored."""
    rubric = project.current_rubric()
    n_stored = 0
    try:
        while (turn := claim_item(project=project, rater=rater)) is not None:
            chance, levels = dice.random(), (dice.randrange(3), dice.randrange(3))
            if chance < 0.1:
                past = timezone.now() - timedelta(seconds=1)
                Assignment.objects.filter(pk=turn.pk).update(lease_expires_at=past)
            try:
                judgement = submit_annotation(assignment=turn, rubric=rubric, levels=levels)
                n_stored += 1
                if chance > 0.9:
                    submit_annotation(assignment=turn, rubric=rubric, levels=levels)
                elif chance > 0.7:
                    revise_annotation(judgement=judgement, levels=(dice.randrange(3), levels[1]))
            except (LeaseLostError, AlreadyJudgedError):
                continue
    finally:
        connections.close_all()
    return n_stored
