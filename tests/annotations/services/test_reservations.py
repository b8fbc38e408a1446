"""Items that are kept for named people."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.choices import AssignmentStatus, Order, QueueState, RaterKind
from annotations.errors import ReservationError
from annotations.models import Assignment, Item, Project, QueuedItem, Rater, Reservation
from annotations.services.queue import claim_item, queue_items, release_expired, skip_item, submit_annotation
from annotations.services.reservations import release_items, reserve_items
from tests.factories import judge_item, make_items, make_project, make_rater, make_user

pytestmark = pytest.mark.django_db


def queue_of(n: int, *, overlap: int = 1) -> tuple[Project, list[Item]]:
    project = make_project(overlap=overlap)
    items = make_items(project, n)
    queue_items(project=project, order=Order.GIVEN)
    return project, items


def person(project: Project, name: str | None = None) -> Rater:
    return make_rater(project, name=name, user=make_user())


def ids(items: list[Item]) -> list[int]:
    return [item.pk for item in items]


def work(project: Project, rater: Rater) -> list[Item]:
    """Answer until nothing is left; what was answered, in order."""
    done = []
    while (turn := claim_item(project=project, rater=rater)) is not None:
        submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))
        done.append(turn.item)
    return done


def test_an_item_kept_for_two_is_asked_of_these_two_and_of_nobody_else() -> None:
    project, items = queue_of(2)
    ann, bob, cas = (person(project) for _ in range(3))
    reserved = reserve_items(project=project, item_ids=ids(items[:1]), raters=[ann, bob])
    assert (reserved.n_items, reserved.n_left_out) == (1, 0)
    assert work(project, cas) == [items[1]]
    assert work(project, ann) == work(project, bob) == [items[0]]
    queued = QueuedItem.objects.get(pk=items[0].pk)
    assert (queued.overlap, queued.state, queued.is_reserved) == (2, QueueState.FULL, True)


def test_items_are_shared_out_in_the_order_of_the_queue() -> None:
    project, items = queue_of(5, overlap=3)
    ann, bob = person(project), person(project)
    reserve_items(project=project, item_ids=ids(items), raters=[ann, bob], is_split=True)
    assert work(project, ann) == items[::2]
    assert work(project, bob) == items[1::2]
    assert set(QueuedItem.objects.values_list("state", "overlap")) == {(QueueState.FULL, 1)}


def test_who_has_had_an_item_is_not_asked_for_it_again() -> None:
    project, items = queue_of(4, overlap=2)
    ann, bob = person(project), person(project)
    held = claim_item(project=project, rater=ann)
    assert held is not None
    assert held.item == items[0]
    judge_item(ann, items[1], (0, 0))
    both = reserve_items(project=project, item_ids=ids(items), raters=[ann, bob])
    assert (both.n_items, both.n_left_out) == (2, 2)
    assert set(QueuedItem.objects.filter(is_reserved=True).values_list("pk", flat=True)) == {items[2].pk, items[3].pk}
    shared = reserve_items(project=project, item_ids=ids(items[:2]), raters=[ann, bob], is_split=True)
    assert shared.n_items == 2
    assert set(Reservation.objects.filter(item__in=ids(items[:2])).values_list("rater", flat=True)) == {bob.pk}


def test_places_that_others_have_stay_theirs() -> None:
    project, [item] = queue_of(1, overlap=3)
    ann, bob, cas = (person(project) for _ in range(3))
    first = claim_item(project=project, rater=ann)
    assert first is not None
    reserve_items(project=project, item_ids=[item.pk], raters=[bob])
    assert QueuedItem.objects.get().overlap == 2
    submit_annotation(assignment=first, rubric=project.current_rubric(), levels=(0, 0))
    assert work(project, cas) == []
    assert work(project, bob) == [item]
    assert QueuedItem.objects.get().state == QueueState.FULL


def test_a_later_reservation_takes_the_place_of_one_that_was_not_taken() -> None:
    project, [item] = queue_of(1)
    ann, bob = person(project), person(project)
    reserve_items(project=project, item_ids=[item.pk], raters=[ann])
    reserve_items(project=project, item_ids=[item.pk], raters=[bob])
    assert work(project, ann) == []
    assert work(project, bob) == [item]


def test_what_its_person_skipped_can_be_kept_for_another_or_given_back() -> None:
    project, items = queue_of(2)
    ann, bob, cas = (person(project) for _ in range(3))
    reserve_items(project=project, item_ids=ids(items), raters=[ann])
    while (turn := claim_item(project=project, rater=ann)) is not None:
        skip_item(assignment=turn, reason="unclear")
    assert work(project, bob) == []
    reserve_items(project=project, item_ids=[items[0].pk], raters=[bob])
    assert release_items(project=project, item_ids=ids(items[1:])) == 1
    assert work(project, cas) == [items[1]]
    assert work(project, bob) == [items[0]]


def test_released_items_are_asked_of_as_many_as_the_policy_says() -> None:
    project, items = queue_of(2, overlap=2)
    ann, bob, cas = (person(project) for _ in range(3))
    reserve_items(project=project, item_ids=ids(items), raters=[ann])
    turn = claim_item(project=project, rater=ann)
    assert turn is not None
    submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))
    assert release_items(project=project, item_ids=ids(items)) == 2
    assert release_items(project=project, item_ids=ids(items)) == 0
    for rater in (bob, cas, ann):
        work(project, rater)
    done = Assignment.objects.filter(status=AssignmentStatus.DONE)
    assert Counter(done.values_list("item", flat=True)) == {item.pk: 2 for item in items}


def test_a_lease_that_ran_out_gives_the_place_back_to_the_same_person() -> None:
    project, [item] = queue_of(1)
    ann, bob = person(project), person(project)
    reserve_items(project=project, item_ids=[item.pk], raters=[ann])
    claim_item(project=project, rater=ann)
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    release_expired(project=project)
    assert reserve_items(project=project, item_ids=[item.pk], raters=[ann]).n_items == 1
    assert work(project, bob) == []
    assert work(project, ann) == [item]


def test_items_outside_the_queue_or_the_project_are_left_out() -> None:
    project, items = queue_of(1)
    [unqueued] = make_items(project, 1)
    other, others = queue_of(1)
    reserved = reserve_items(project=project, item_ids=ids([*items, unqueued, *others]), raters=[person(project)])
    assert (reserved.n_items, reserved.n_left_out) == (1, 2)
    assert not QueuedItem.objects.filter(project=other, is_reserved=True).exists()


def test_items_are_kept_for_people_of_the_project_only() -> None:
    project, items = queue_of(1)
    ann = person(project)
    for raters in (
        [],
        [ann, ann],
        [person(make_project())],
        [make_rater(project, RaterKind.JUDGE)],
        [make_rater(project)],
    ):
        with pytest.raises(ReservationError):
            reserve_items(project=project, item_ids=ids(items), raters=raters)
    assert not Reservation.objects.exists()


def test_many_items_take_no_more_statements_than_few() -> None:
    project, items = queue_of(40)
    raters = [person(project), person(project)]

    def n_statements(chosen: list[Item]) -> int:
        with CaptureQueriesContext(connection) as asked:
            reserve_items(project=project, item_ids=ids(chosen), raters=raters)
        return len(asked)

    assert n_statements(items[:2]) == n_statements(items[2:])
