from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotations.choices import Role
from annotations.models import Assignment, Membership, Project, QueuedItem, Rater, Reservation
from annotations.selectors.queue_health import answers_by_day, queue_health
from annotations.selectors.queue_rows import ItemStanding, Stuck, TurnStanding
from annotations.services.projects import change_policy
from annotations.services.queue import claim_item, queue_items, submit_annotation
from annotations.services.raters import rater_of
from tests.factories import make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db


def project_with(n: int, slices: dict[str, str] | None = None, **settings: Any) -> Project:
    project = make_project()
    change_policy(project=project, settings=replace(project.current_policy().settings(), **settings))
    make_items(project, n, slices=slices or {})
    queue_items(project=project)
    return project


def annotator(project: Project, **fields: Any) -> Rater:
    rater = rater_of(project=project, user=make_member(project, Role.ANNOTATOR))
    Rater.objects.filter(pk=rater.pk).update(**fields)
    return rater


def take(project: Project, rater: Rater) -> Assignment:
    turn = claim_item(project=project, rater=rater)
    assert turn is not None
    return turn


def answer(turn: Assignment) -> None:
    submit_annotation(assignment=turn, rubric=turn.project.current_rubric(), levels=(0, 0))


def standings(project: Project) -> dict[str, int]:
    return {standing.value: n for standing, n in queue_health(project).items.items() if n}


def test_items_stand_by_their_places_and_their_leases() -> None:
    project = project_with(4)
    answer(take(project, make_rater(project)))
    take(project, make_rater(project))
    late = take(project, make_rater(project))
    Assignment.objects.filter(pk=late.pk).update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    health = queue_health(project)
    assert health.items == {
        ItemStanding.WAITING: 1, ItemStanding.IN_HAND: 1, ItemStanding.STUCK: 1, ItemStanding.COMPLETE: 1,
    }  # fmt: skip
    assert health.stuck == {Stuck.OVERDUE: 1}
    assert health.turns == {
        TurnStanding.LEASED: 1, TurnStanding.OVERDUE: 1, TurnStanding.DONE: 1, TurnStanding.SKIPPED: 0,
        TurnStanding.EXPIRED: 0,
    }  # fmt: skip
    assert (health.n_items, health.n_done, health.n_wanted) == (4, 1, 4)


def test_an_item_with_a_place_left_waits_though_somebody_is_at_it() -> None:
    project = project_with(1, overlap=2)
    take(project, make_rater(project))
    assert standings(project) == {"waiting": 1}


def test_a_skill_that_nobody_has_who_gets_items_is_stuck() -> None:
    project = project_with(2, {"language": "zh"}, skill_slice="language")
    assert standings(project) == {"stuck": 2}
    rater = annotator(project, skills=["zh"])
    assert standings(project) == {"waiting": 2}
    Rater.objects.filter(pk=rater.pk).update(paused_at=timezone.now())
    assert queue_health(project).stuck == {Stuck.NO_SKILL: 2}
    Rater.objects.filter(pk=rater.pk).update(paused_at=None)
    Membership.objects.filter(user=rater.user).update(role=Role.TRAINER)
    assert standings(project) == {"stuck": 2}


def test_a_skill_counts_only_of_those_who_passed_the_training() -> None:
    project = project_with(1, {"language": "zh"}, skill_slice="language", training_pass=0.8)
    rater = annotator(project, skills=["zh"])
    assert standings(project) == {"stuck": 1}
    Rater.objects.filter(pk=rater.pk).update(qualified_at=timezone.now())
    assert standings(project) == {"waiting": 1}


def test_an_item_reserved_for_people_who_get_none_is_stuck() -> None:
    project = project_with(1)
    rater = annotator(project)
    queued = QueuedItem.objects.get()
    QueuedItem.objects.update(is_reserved=True)
    assert queue_health(project).stuck == {Stuck.NOBODY_RESERVED: 1}
    Reservation.objects.create(item=queued, rater=rater, position=1)
    assert standings(project) == {"waiting": 1}
    Rater.objects.filter(pk=rater.pk).update(paused_at=timezone.now())
    assert queue_health(project).stuck == {Stuck.NOBODY_RESERVED: 1}


def test_slices_and_people_divide_what_there_is() -> None:
    project = project_with(3, {"category": "boots"})
    make_items(project, 2)
    queue_items(project=project)
    ana, bob = (make_rater(project, name=name) for name in ("ana", "bob"))
    answer(take(project, ana))
    answer(take(project, ana))
    take(project, bob)
    health = queue_health(project, slice_key="category")
    assert {one.value: one.n_items for one in health.slices} == {"": 2, "boots": 3}
    assert sum(one.items[ItemStanding.COMPLETE] for one in health.slices) == 2
    assert [(one.name, one.turns[TurnStanding.DONE], one.turns[TurnStanding.LEASED]) for one in health.people] == [
        ("ana", 2, 0),
        ("bob", 0, 1),
    ]


def test_health_asks_as_often_for_twenty_people_as_for_two(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    project = project_with(25)
    for _ in range(2):
        take(project, make_rater(project))
    with django_assert_num_queries(6):
        queue_health(project, slice_key="category")
    for _ in range(18):
        take(project, make_rater(project))
    with django_assert_num_queries(6):
        queue_health(project, slice_key="category")


def test_answers_are_counted_by_whole_days_back_to_the_first() -> None:
    project = project_with(7)
    now = timezone.now()
    for hours in (1, 20, 30, 75, 100, 101):
        turn = take(project, make_rater(project))
        answer(turn)
        Assignment.objects.filter(pk=turn.pk).update(finished_at=now - timedelta(hours=hours))
    # The first was 101 hours ago: four whole days, and the fifth has but its newest hours.
    assert answers_by_day(project) == [2, 1, 0, 1]
    assert not queue_health(project).forecast.is_known


def test_the_forecast_stands_on_the_days_before() -> None:
    project = project_with(40)
    now = timezone.now()
    rater = make_rater(project)
    for n in range(24):
        turn = take(project, rater)
        answer(turn)
        Assignment.objects.filter(pk=turn.pk).update(finished_at=now - timedelta(days=n % 6, hours=1))
    forecast = queue_health(project).forecast
    # 5 whole days of 4 answers; the sixth is not whole. 16 answers are left.
    assert (forecast.n_days, forecast.a_day, forecast.days) == (5, 4, 4)
