"""Answers that come after their turn has ended, where what is wanted of the item has changed meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from annotations.choices import GoldSource, GoldUse, QueueState
from annotations.errors import LeaseLostError
from annotations.models import Assignment, Gold, Judgement, Project, QueuedItem, Rater, Reservation
from annotations.selectors.item_filters import ItemFilter
from annotations.services.bulk import Action
from annotations.services.chores import ask_action
from annotations.services.projects import change_policy
from annotations.services.queue import claim_item, queue_items, release_expired, submit_annotation
from annotations.services.reservations import reserve_items
from annotations.services.settling import stop_asking
from tests.factories import make_items, make_project, make_rater, make_user

pytestmark = pytest.mark.django_db


def claim(project: Project, rater: Rater) -> Assignment:
    turn = claim_item(project=project, rater=rater)
    assert turn is not None
    return turn


def answer(turn: Assignment, levels: tuple[int, ...] = (0, 1)) -> Judgement:
    return submit_annotation(assignment=turn, rubric=turn.project.current_rubric(), levels=levels)


def run_out(turn: Assignment) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Assignment.objects.filter(pk=turn.pk).update(lease_expires_at=past)
    assert release_expired(project=turn.project) == 1


def test_a_late_answer_takes_no_place_of_an_item_that_is_asked_of_fewer_people_by_now() -> None:
    project = make_project(overlap=3)
    [item] = make_items(project, 1)
    queue_items(project=project)
    late, *others = [claim(project, make_rater(project)) for _ in range(3)]
    for turn in others:
        answer(turn)
    run_out(late)
    assert stop_asking(item_id=item.pk) is not None
    with pytest.raises(LeaseLostError):
        answer(late)
    assert Judgement.objects.filter(item=item).count() == 2
    assert QueuedItem.objects.get().state == QueueState.FULL


def test_a_late_answer_takes_the_place_that_was_added_meanwhile() -> None:
    project = make_project(overlap=1)
    [item] = make_items(project, 1)
    queue_items(project=project)
    late = claim(project, make_rater(project))
    run_out(late)
    answer(claim(project, make_rater(project)))
    ask_action(action=Action.AGAIN, project=project, wanted=ItemFilter(), user=make_user())
    answer(late)
    done = Assignment.objects.filter(item=item).order_by("place")
    assert list(done.values_list("place", "overlap", "status")) == [(0, 1, "done"), (1, 2, "done")]
    assert QueuedItem.objects.get().state == QueueState.FULL


@pytest.mark.parametrize("use", [GoldUse.HIDDEN, GoldUse.TRAINING])
def test_a_late_answer_on_gold_that_was_given_again_is_refused(use: GoldUse) -> None:
    project = make_project()
    [known, *_] = make_items(project, 3)
    queue_items(project=project, items=project.items.exclude(pk=known.pk))
    current = project.current_policy().settings()
    asked = replace(current, gold_share=1.0) if use == GoldUse.HIDDEN else replace(current, training_pass=0.5)
    change_policy(project=project, settings=asked)
    Gold.objects.create(item=known, rubric=project.current_rubric(), levels=[0, 1], source=GoldSource.IMPORTED, use=use)
    rater = make_rater(project)
    first = claim(project, rater)
    run_out(first)
    while (again := claim(project, rater)).item != known:
        answer(again)
    with pytest.raises(LeaseLostError):
        answer(first)
    assert not Judgement.objects.filter(item=known).exists()
    assert answer(again).item == known


def test_a_reservation_whose_answer_came_late_keeps_the_item_from_nobody() -> None:
    project = make_project()
    change_policy(project=project, settings=replace(project.current_policy().settings(), most_overlap=3))
    [item] = make_items(project, 1)
    queue_items(project=project)
    ann, bob, eve = (make_rater(project, user=make_user()) for _ in range(3))
    reserve_items(project=project, item_ids=[item.pk], raters=[ann, bob])
    late = claim(project, ann)
    run_out(late)
    answer(late, (0, 1))
    assert Reservation.objects.get(rater=ann).taken_at is not None
    answer(claim(project, bob), (0, 0))
    assert claim(project, eve).item == item


def test_a_late_answer_leaves_the_places_that_are_kept_for_others() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    queue_items(project=project)
    ann, eve = make_rater(project, user=make_user()), make_rater(project)
    late = claim(project, eve)
    run_out(late)
    reserve_items(project=project, item_ids=[item.pk], raters=[ann])
    with pytest.raises(LeaseLostError):
        answer(late)
    assert answer(claim(project, ann)).rater == ann
