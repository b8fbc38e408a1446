"""Annotators with several tabs open, whose answers on gold pause them while others of their tabs go on."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from annotations.choices import Purpose
from annotations.errors import AlreadyJudgedError
from annotations.models import Assignment, Pause, Project, Rater
from annotations.quality import Decision
from annotations.selectors.quality import gold_test
from annotations.services.queue import claim_item, submit_annotation
from tests.annotations.services.test_claiming import make_gold, queue_of
from tests.factories import make_items, make_rater

N_ITEMS, N_RATERS, TABS = 30, 5, 3

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_pause_comes_once_and_just_where_the_answers_say_so() -> None:
    project, _ = queue_of(N_ITEMS, overlap=N_RATERS, gold_share=0.6)
    make_gold(make_items(project, N_ITEMS))
    raters = [make_rater(project) for _ in range(N_RATERS)]
    tabs = [(rater, index / N_RATERS, random.Random(tab)) for index, rater in enumerate(raters) for tab in range(TABS)]
    with ThreadPoolExecutor(len(tabs)) as pool:
        n_answers = sum(pool.map(lambda tab: work(project, *tab), tabs))

    policy = project.current_policy()
    for rater in raters:
        rater.refresh_from_db()
        is_paused = gold_test(rater, policy).state.decision is Decision.PAUSE
        assert (rater.paused_at is not None) == is_paused
        assert Pause.objects.filter(rater=rater).count() == is_paused
    assert 0 < Pause.objects.count() < N_RATERS
    assert n_answers >= Assignment.objects.filter(purpose=Purpose.GOLD, status="done").count() > 0


def work(project: Project, rater: Rater, errs: float, dice: random.Random) -> int:
    """Answer until nothing comes, wrongly with chance `errs`. Returns the number of answers that were taken."""
    rubric, n = project.current_rubric(), 0
    try:
        while (turn := claim_item(project=project, rater=rater)) is not None:
            levels = (1, 1) if dice.random() < errs else (0, 0)
            try:
                submit_annotation(assignment=turn, rubric=rubric, levels=levels)
            except AlreadyJudgedError:
                continue  # another tab was faster, with another answer
            n += 1
    finally:
        connections.close_all()
    return n
