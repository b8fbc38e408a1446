"""Items that are kept for named people."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.choices import AssignmentStatus, Order, QueueState, RaterKind
from annotations.errors import ReservationError
from annotations.models import Assignment, Item, Project, QueuedItem, Rater, Reservation
from annotations.services.quality import pause_annotator, resume_annotator
from annotations.services.queue import claim_item, queue_items, release_expired, skip_item, submit_annotation
from annotations.services.reservations import keep_nothing_for, release_items, reserve_items
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


def skip(project: Project, rater: Rater) -> Item:
    turn = claim_item(project=project, rater=rater)
    assert turn is not None
    assert skip_item(assignment=turn, reason="unclear")
    return turn.item


def test_what_its_person_skipped_goes_to_everybody_as_often_as_it_was_wanted() -> None:
    project, [item, other] = queue_of(2, overlap=3)
    ann, bob, cas = (person(project) for _ in range(3))
    reserve_items(project=project, item_ids=[item.pk, other.pk], raters=[ann])
    assert skip(project, ann) == item
    queued = QueuedItem.objects.get(pk=item.pk)
    assert (queued.is_reserved, queued.overlap, queued.state) == (False, 1, QueueState.OPEN)
    assert work(project, bob) == [item]
    assert work(project, cas) == []
    assert work(project, ann) == [other]


def test_what_one_of_two_skipped_waits_for_the_other_and_then_goes_to_everybody() -> None:
    project, [item] = queue_of(1)
    ann, bob, cas, dan = (person(project) for _ in range(4))
    reserve_items(project=project, item_ids=[item.pk], raters=[ann, bob])
    skip(project, ann)
    assert claim_item(project=project, rater=cas) is None
    skip(project, bob)
    assert work(project, ann) == work(project, bob) == []
    assert work(project, cas) == work(project, dan) == [item]
    assert QueuedItem.objects.get().state == QueueState.FULL


def test_the_place_of_who_skipped_is_everybodys_once_the_other_has_come() -> None:
    project, [item] = queue_of(1)
    ann, bob, cas = (person(project) for _ in range(3))
    reserve_items(project=project, item_ids=[item.pk], raters=[ann, bob])
    skip(project, ann)
    assert work(project, bob) == [item]
    assert work(project, ann) == []
    assert work(project, cas) == [item]
    assert QueuedItem.objects.get().state == QueueState.FULL


def test_the_place_of_who_skipped_is_everybodys_while_the_other_is_at_it() -> None:
    project, [item] = queue_of(1)
    ann, bob, cas = (person(project) for _ in range(3))
    reserve_items(project=project, item_ids=[item.pk], raters=[ann, bob])
    held = claim_item(project=project, rater=bob)
    assert held is not None
    skip(project, ann)
    assert work(project, cas) == [item]
    submit_annotation(assignment=held, rubric=project.current_rubric(), levels=(0, 1))
    assert set(Assignment.objects.filter(status=AssignmentStatus.DONE).values_list("rater", flat=True)) == {
        bob.pk, cas.pk
    }  # fmt: skip


def test_what_was_skipped_can_be_kept_for_somebody_else() -> None:
    project, [item] = queue_of(1)
    ann, bob, cas = (person(project) for _ in range(3))
    reserve_items(project=project, item_ids=[item.pk], raters=[ann])
    skip(project, ann)
    assert reserve_items(project=project, item_ids=[item.pk], raters=[bob]).n_items == 1
    assert work(project, cas) == []
    assert work(project, bob) == [item]


def test_what_is_kept_for_who_leaves_goes_to_others_and_what_they_answered_stays() -> None:
    project, [done, held, waiting, shared] = queue_of(4)
    ann, bob, cas = (person(project) for _ in range(3))
    reserve_items(project=project, item_ids=ids([done, held, waiting]), raters=[ann])
    reserve_items(project=project, item_ids=[shared.pk], raters=[ann, bob])
    turn = claim_item(project=project, rater=ann)
    assert turn is not None
    submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))
    assert claim_item(project=project, rater=ann) is not None
    assert ann.user is not None
    assert keep_nothing_for(project=project, user=ann.user) == 1
    assert keep_nothing_for(project=project, user=ann.user) == 0
    assert set(Reservation.objects.values_list("item", "rater")) == {(done.pk, ann.pk), (shared.pk, bob.pk)}
    assert work(project, cas) == [waiting]
    Assignment.objects.filter(status=AssignmentStatus.LEASED).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1)
    )
    release_expired(project=project)
    assert work(project, cas) == [held]
    assert work(project, bob) == [shared]


def test_what_is_kept_for_who_is_paused_stays_kept() -> None:
    project, [item] = queue_of(1)
    ann, bob = person(project), person(project)
    reserve_items(project=project, item_ids=[item.pk], raters=[ann])
    lead = make_user()
    pause_annotator(rater=ann, by=lead, note="a word first")
    assert work(project, bob) == []
    resume_annotator(rater=ann, by=lead, note="")
    assert work(project, ann) == [item]


@pytest.mark.django_db(transaction=True)
def test_skipping_while_a_lead_reserves_leaves_no_item_to_nobody() -> None:
    project, items = queue_of(30)
    ann, bob = person(project), person(project)
    reserve_items(project=project, item_ids=ids(items), raters=[ann])

    def skip_all() -> None:
        try:
            while (turn := claim_item(project=project, rater=ann)) is not None:
                skip_item(assignment=turn, reason="unclear")
        finally:
            connections.close_all()

    def reserve_all() -> None:
        try:
            for item in items[::2]:
                reserve_items(project=project, item_ids=[item.pk], raters=[bob])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(skip_all), pool.submit(reserve_all)]:
            future.result()

    waited_for = set(Reservation.objects.filter(taken_at__isnull=True).values_list("item", flat=True))
    assert set(QueuedItem.objects.filter(is_reserved=True).values_list("pk", flat=True)) == waited_for
    assert waited_for == {item.pk for item in items[::2]}
    assert set(work(project, bob)) == set(items)
    work(project, person(project))  # where somebody held the item when it was reserved for another, two are asked
    done = Counter(Assignment.objects.filter(status=AssignmentStatus.DONE).values_list("item", flat=True))
    assert dict(QueuedItem.objects.values_list("pk", "overlap")) == done
    assert set(QueuedItem.objects.values_list("state", flat=True)) == {QueueState.FULL}


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
