"""Which turns the modes compare, and with which verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotations.choices import GoldUse, Mode, Purpose, RaterKind, Visible
from annotations.models import Assignment
from annotations.selectors.reliance import project_modes
from annotations.selectors.signals import project_signals
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.revisions import keep_annotation, revise_annotation
from tests.annotations.services.test_claiming import answer, claim, make_gold, queue_of, set_policy, with_verdicts
from tests.factories import judge_item, make_items, make_rater

pytestmark = pytest.mark.django_db
HALVES = {"reveal_share": 0.0, "assist_share": 0.5, "blind_share": 0.5}


def test_only_turns_that_could_have_shown_a_verdict_are_compared() -> None:
    project, items = queue_of(6, reveal_share=0.0, blind_share=1.0)
    with_verdicts(project, items[:4], levels=(0, 1))
    rater = make_rater(project)
    answer(claim(project, rater))  # nothing could be shown under this policy
    set_policy(project, **HALVES)
    for _ in range(5):
        answer(claim(project, rater))
    bias = project_modes(project).project.bias
    assert bias.shown.n + bias.unseen.n == 3  # of the items with a verdict the first came too early


def test_the_verdict_is_the_newest_that_there_was_when_the_turn_began() -> None:
    project, items = queue_of(1, **HALVES, seed=0)
    judge = with_verdicts(project, items, levels=(0, 1))
    rater = make_rater(project)
    turn = claim(project, rater)
    Assignment.objects.update(mode=Mode.BLIND, shown=None)
    record_judgements(
        rater=judge, rubric=project.current_rubric(), visible=Visible.BLIND, existing="supersede",
        judgements=[NewJudgement(item_id=items[0].pk, levels=(1, 1))],
    )  # fmt: skip
    answer(turn, (0, 1))
    unseen = project_modes(project).project.bias.unseen
    assert (unseen.value, unseen.n) == (1.0, 1)


def test_an_item_judged_only_afterwards_has_no_verdict_to_compare_with() -> None:
    project, items = queue_of(1, **HALVES)
    answer(claim(project, make_rater(project)), (0, 1))
    judge_item(make_rater(project, RaterKind.JUDGE), items[0], (0, 1))
    assert project_modes(project).project.bias.unseen.n == 0


def test_a_wrong_verdict_is_followed_where_its_errors_are_taken_over() -> None:
    project, _ = queue_of(3, gold_share=1.0, reveal_share=0.0, blind_share=0.5, challenge_share=0.5)
    gold_items = make_items(project, 3)
    make_gold(gold_items, levels=(0, 0))
    with_verdicts(project, gold_items, levels=(1, 0))
    rater = make_rater(project)
    modes = []
    for levels in ((1, 1), (1, 0), (0, 0)):
        turn = claim(project, rater)
        while turn.purpose != Purpose.GOLD:
            answer(turn)
            turn = claim(project, rater)
        modes.append(turn.mode)
        answer(turn, levels)
    found = project_modes(project).project.challenge
    assert found.shown.n == modes.count(Mode.CHALLENGE)
    # (1, 1) and (1, 0) take over the one error, whatever they say besides.
    followed = found.shown.n * (found.shown.value if found.shown.n else 0)
    followed += found.unseen.n * (found.unseen.value if found.unseen.n else 0)
    assert (found.shown.n + found.unseen.n, round(followed)) == (3, 2)


def test_second_looks_that_come_nearer_to_the_verdict_are_counted() -> None:
    project, items = queue_of(4)  # reveals after every answer
    with_verdicts(project, items, levels=(1, 1))
    rater = make_rater(project)
    revise_annotation(judgement=answer(claim(project, rater), (0, 0)), levels=(1, 0))
    keep_annotation(judgement=answer(claim(project, rater), (0, 1)))
    answer(claim(project, rater), (0, 0))
    answer(claim(project, rater), (1, 1))  # agrees from the start
    looks = project_modes(project).project.looks
    assert (looks.switched.value, looks.switched.n) == (pytest.approx(1 / 3), 3)
    assert (looks.n_kept, looks.n_undecided) == (1, 1)


def test_training_is_in_no_signal() -> None:
    project, _ = queue_of(1, training_pass=1.0)
    make_gold(make_items(project, 1), GoldUse.TRAINING)
    rater = make_rater(project)
    answer(claim(project, rater), (0, 0))
    answer(claim(project, rater), (0, 1))
    Assignment.objects.update(finished_at=timezone.now() - timedelta(hours=1))
    [found] = project_signals(project, rater_ids=[rater.pk])
    assert (found.signals.n_answers, found.signals.gold.n) == (1, 0)
