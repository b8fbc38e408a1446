"""Changes to many items, and draws: done in parts by whoever has the lease, each part once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import connections, transaction

from annotations.choices import Order, WorkState
from annotations.errors import BulkActionError
from annotations.models import Chore, Draw, Project, QueuedItem, Reservation
from annotations.services import leased_work
from annotations.services.bulk import ACTIONS, Action, Part
from annotations.services.chores import (
    ask_draw,
    cancel_chore,
    do_chore,
    doing,
    sweep_chores,
)
from tests.annotations.services.small_chores import asked, do_in_small_parts, now, overlaps, queue_of, run_out
from tests.factories import make_items, make_project, make_rater, make_user
from tests.workers import wait_until

pytestmark = pytest.mark.django_db
in_earnest = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    do_in_small_parts(monkeypatch)


@contextmanager
def held(project: Project, position: int) -> Iterator[None]:
    """Nobody can change the item at that place meanwhile."""
    with transaction.atomic():
        QueuedItem.objects.select_for_update().get(project=project, position=position)
        yield


@contextmanager
def workers(n: int) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(n) as pool:
        yield pool


def at_work(
    pool: ThreadPoolExecutor, chore: Chore, *, after: Callable[[Chore], None] = lambda _chore: None
) -> Future[bool]:
    def work() -> bool:
        try:
            after(chore)
            return do_chore(chore_id=chore.pk)
        finally:
            connections.close_all()

    return pool.submit(work)


def test_a_change_is_made_in_parts_and_a_doubled_message_changes_nothing() -> None:
    project = queue_of(5)
    chore = asked(project)
    assert do_chore(chore_id=chore.pk)
    done = now(chore)
    assert (done.state, done.n_done, done.n_changed, done.attempts) == (WorkState.READY, 5, 5, 1)
    assert not do_chore(chore_id=chore.pk)
    assert overlaps(project) == [2] * 5


def test_a_worker_that_dies_in_a_part_repeats_nothing_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    project = queue_of(5)
    again = ACTIONS[Action.AGAIN]
    assert again.run is not None
    run = again.run

    def die_in_the_second_part(part: Part) -> int:
        n_changed = run(part)
        if part.n_before:
            raise SystemExit
        return n_changed

    chore = asked(project)
    with monkeypatch.context() as patched:
        patched.setitem(ACTIONS, Action.AGAIN, replace(again, run=die_in_the_second_part))
        with pytest.raises(SystemExit):
            do_chore(chore_id=chore.pk)
    left = now(chore)
    assert (left.state, left.n_done, left.n_changed, overlaps(project)) == (WorkState.RUNNING, 2, 2, [2, 2, 1, 1, 1])
    assert not do_chore(chore_id=chore.pk), "its lease holds"
    run_out(chore)
    assert do_chore(chore_id=chore.pk)
    done = now(chore)
    assert (done.state, done.n_done, done.n_changed, done.attempts) == (WorkState.READY, 5, 5, 2)
    assert overlaps(project) == [2] * 5


def test_what_is_shared_out_goes_on_from_part_to_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doing, "PART", 3)
    project = queue_of(6)
    ann, bob = (make_rater(project, user=make_user()) for _ in range(2))
    assert do_chore(chore_id=asked(project, Action.RESERVE, raters=(ann, bob), is_split=True).pk)
    kept = Reservation.objects.order_by("position").values_list("rater", flat=True)
    assert list(kept) == [ann.pk, bob.pk] * 3


def test_an_error_in_the_middle_keeps_what_is_done_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    project = queue_of(5)
    again = ACTIONS[Action.AGAIN]
    assert again.run is not None
    run = again.run

    def refuse(part: Part) -> int:
        n_changed = run(part)
        if part.n_before == 2:
            raise BulkActionError("these cannot be changed")
        return n_changed

    monkeypatch.setitem(ACTIONS, Action.AGAIN, replace(again, run=refuse))
    chore = asked(project)
    assert do_chore(chore_id=chore.pk)
    failed = now(chore)
    assert (failed.state, failed.error, failed.n_done) == (WorkState.FAILED, "these cannot be changed", 2)
    assert overlaps(project) == [2, 2, 1, 1, 1]


@in_earnest
def test_who_lost_the_lease_in_a_part_changes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leased_work, "SECONDS_BETWEEN_BEATS", 1_000)  # as of a process that was stopped for a while
    project = queue_of(5)
    chore = asked(project)
    with workers(2) as pool:
        with held(project, 3):
            slow = at_work(pool, chore)
            wait_until(lambda: now(chore).n_done == 2, "the first part is done")
            next_one = at_work(pool, chore, after=run_out)
            wait_until(lambda: now(chore).attempts == 2, "another worker has it")
        assert (slow.result(), next_one.result()) == (False, True)
    assert (now(chore).state, now(chore).n_changed, overlaps(project)) == (WorkState.READY, 5, [2] * 5)


@in_earnest
def test_a_chore_that_is_cancelled_stops_within_the_part() -> None:
    project = queue_of(5)
    chore = asked(project)
    with workers(1) as pool:
        with held(project, 3):
            worker = at_work(pool, chore)
            wait_until(lambda: now(chore).n_done == 2, "the first part is done")
            assert cancel_chore(chore=chore)
        assert not worker.result()
    ended = now(chore)
    assert (ended.state, ended.n_done, ended.n_changed) == (WorkState.CANCELLED, 2, 2)
    assert overlaps(project) == [2, 2, 1, 1, 1]
    assert (cancel_chore(chore=chore), do_chore(chore_id=chore.pk), sweep_chores()) == (False, False, 0)


# --- draws


def test_a_draw_is_made_by_a_worker_once() -> None:
    project, lead = make_project(), make_user()
    make_items(project, 6)
    chore = ask_draw(project=project, n=3, seed=7, order=Order.GIVEN, user=lead)
    assert not Draw.objects.exists()
    assert do_chore(chore_id=chore.pk)
    draw = Draw.objects.get()
    assert (draw.n_wanted, draw.seed, draw.order, draw.drawn_by) == (3, 7, Order.GIVEN, lead)
    done = now(chore)
    assert (done.state, done.step, done.draw, done.n_items, done.n_changed) == (WorkState.READY, "", draw, 3, 3)
    assert not do_chore(chore_id=chore.pk)
    assert Draw.objects.count() == 1


def test_items_that_were_chosen_are_drawn_all_at_once() -> None:
    project = queue_of(1)
    make_items(project, 4)
    chore = asked(project, Action.QUEUE)
    make_items(project, 1)
    assert do_chore(chore_id=chore.pk)
    assert (now(chore).n_chosen, now(chore).n_changed, Draw.objects.count()) == (5, 4, 2)
    assert project.queue.count() == 5


def test_a_draw_that_cannot_be_made_says_why_and_leaves_nothing() -> None:
    project = make_project()
    make_items(project, 2)
    chore = ask_draw(project=project, n=1)
    project.items.all().delete()
    assert do_chore(chore_id=chore.pk)
    assert now(chore).state == WorkState.FAILED
    assert "there are none" in now(chore).error
    assert not Draw.objects.exists()


@in_earnest
def test_a_draw_that_is_cancelled_puts_nothing_into_the_queue() -> None:
    project = make_project()
    make_items(project, 3)
    chore = ask_draw(project=project)
    with workers(1) as pool:
        with transaction.atomic():
            Project.objects.select_for_update().get(pk=project.pk)  # draws of a project wait for each other
            worker = at_work(pool, chore)
            wait_until(lambda: now(chore).step == "reading", "a worker has begun, and says so")
            assert cancel_chore(chore=chore)
        assert not worker.result()
    assert (now(chore).state, Draw.objects.exists(), project.queue.exists()) == (WorkState.CANCELLED, False, False)
