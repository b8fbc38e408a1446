"""Changes to many items: asked for, and chosen by the worker that has the lease."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from annotations.choices import FlagReason, Order, WorkState
from annotations.errors import BulkActionError, DrawError, ReservationError
from annotations.models import Chore, ChoreItems, Draw, Flag, Item, Project, QueuedItem
from annotations.selectors.chores import chores_under_way
from annotations.selectors.item_filters import ItemFilter
from annotations.services.bulk import ACTIONS, Action, BulkValues
from annotations.services.chores import (
    ask_action,
    ask_draw,
    asking,
    cancel_chore,
    do_chore,
    sweep_chores,
)
from annotations.services.queue import claim_item, queue_items
from tests.annotations.services.small_chores import asked, do_in_small_parts, now, overlaps, queue_of, run_out
from tests.factories import make_items, make_project, make_rater, make_user

pytestmark = pytest.mark.django_db
in_earnest = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    do_in_small_parts(monkeypatch)


@in_earnest
def test_what_is_about_many_items_is_kept_and_sent_to_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, list[int]]] = []
    monkeypatch.setattr("celery.Celery.send_task", lambda _, name, args, **options: sent.append((name, args)))
    project = queue_of(3)
    chore = asked(project)
    assert (chore.state, chore.n_chosen, chore.n_items, chore.n_done) == (WorkState.WAITING, None, None, 0)
    assert not ChoreItems.objects.exists()
    assert overlaps(project) == [1, 1, 1]
    assert sent == [("annotations.do_chore", [chore.pk])]
    assert list(chores_under_way(project)) == [chore]
    assert sweep_chores() == 0
    run_out(chore)
    assert (sweep_chores(), sweep_chores()) == (1, 0)
    assert sent == [("annotations.do_chore", [chore.pk])] * 2


def test_what_is_about_few_items_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "AT_ONCE", 3)
    project = queue_of(3)
    done = asked(project)
    assert (done.state, done.n_done, done.n_changed) == (WorkState.READY, 3, 3)
    assert done.finished_at is not None
    drawn = ask_draw(project=project, n=2)
    assert (drawn.state, drawn.draw, drawn.n_items, drawn.n_changed) == (WorkState.READY, Draw.objects.last(), 2, 0)
    make_items(project, 1)
    assert ask_draw(project=project, n=2).state == WorkState.WAITING


def test_the_items_are_those_of_then_that_fit_as_it_begins() -> None:
    project = queue_of(4)
    first, *others = project.items.order_by("pk")
    chosen = ItemFilter(is_urgent=False)
    chore = ask_action(action=Action.AGAIN, project=project, wanted=chosen, user=make_user())
    QueuedItem.objects.filter(pk=first.pk).update(urgency=1)
    make_items(project, 2)
    queue_items(project=project)
    assert do_chore(chore_id=chore.pk)
    assert (now(chore).n_chosen, now(chore).n_items, now(chore).n_found) == (3, 3, 3)
    assert set(QueuedItem.objects.filter(overlap=2).values_list("pk", flat=True)) == {item.pk for item in others}


def test_items_that_were_ticked_are_kept_as_such_whatever_they_are_by_then() -> None:
    project = queue_of(3)
    first, second, _ = project.items.order_by("pk").values_list("pk", flat=True)
    chosen = ItemFilter(ids=(second, first))
    chore = ask_action(action=Action.URGENT, project=project, wanted=chosen, user=make_user())
    QueuedItem.objects.filter(pk=first).update(urgency=1)
    assert do_chore(chore_id=chore.pk)
    assert (now(chore).n_chosen, now(chore).n_items, ChoreItems.objects.get().items) == (2, 1, [second])


def test_what_the_user_holds_for_review_is_not_chosen_by_what_others_said_of_it() -> None:
    project, lead = queue_of(2), make_user()
    held = claim_item(project=project, rater=make_rater(project, user=lead))
    assert held is not None
    chore = ask_action(action=Action.AGAIN, project=project, wanted=ItemFilter(has_gold=False), user=lead)
    assert do_chore(chore_id=chore.pk)
    assert list(QueuedItem.objects.filter(overlap=2)) == list(QueuedItem.objects.exclude(pk=held.item_id))


def test_many_items_are_changed_though_some_fit_no_more() -> None:
    project = queue_of(3)
    chore = ask_action(action=Action.AGAIN, project=project, wanted=ItemFilter(), n_agreed=4, user=make_user())
    assert do_chore(chore_id=chore.pk)
    assert (now(chore).state, now(chore).n_changed, overlaps(project)) == (WorkState.READY, 3, [2, 2, 2])


def test_more_items_than_agreed_are_not_changed() -> None:
    project = queue_of(3)
    chore = ask_action(action=Action.AGAIN, project=project, wanted=ItemFilter(), n_agreed=2, user=make_user())
    assert do_chore(chore_id=chore.pk)
    failed = now(chore)
    assert (failed.state, failed.n_items, overlaps(project)) == (WorkState.FAILED, None, [1, 1, 1])
    assert failed.error.startswith("2 items were to change, and it would be 3 by now")
    assert not ChoreItems.objects.exists()


def test_items_are_kept_in_the_order_of_the_queue_and_what_is_not_in_it_comes_last() -> None:
    project = make_project()
    first, second, out = make_items(project, 3)
    queue_items(project=project, items=project.items.filter(pk=second.pk))
    queue_items(project=project, items=project.items.filter(pk=first.pk))
    chore = asked(project, Action.FLAG, reason=FlagReason.BROKEN)
    assert do_chore(chore_id=chore.pk)
    assert ChoreItems.objects.get().items == [second.pk, first.pk, out.pk]
    assert Flag.objects.count() == 3


def test_what_cannot_be_done_is_refused_and_nothing_is_kept() -> None:
    project = queue_of(2)
    lead = make_user()
    stranger = make_rater(make_project(), user=make_user())
    for error, how in (
        (BulkActionError, {"action": "burn"}),
        (BulkActionError, {"action": Action.FLAG}),
        (BulkActionError, {"action": Action.URGENT, "n_agreed": 0}),
        (ReservationError, {"action": Action.RESERVE, "values": BulkValues(raters=(stranger,))}),
    ):
        with pytest.raises(error):
            ask_action(project=project, wanted=ItemFilter(), user=lead, **how)  # type: ignore[arg-type]
    for of, n, order in ((project, 0, None), (make_project(), 1, None), (project, 1, Order.COVERAGE)):
        with pytest.raises(DrawError):
            ask_draw(project=of, n=n, order=order)
    assert not Chore.objects.exists()


def test_items_of_another_project_are_left_out() -> None:
    project, other = queue_of(1), queue_of(2)
    everywhere = ItemFilter(ids=tuple(Item.objects.values_list("pk", flat=True)))
    chore = ask_action(action=Action.AGAIN, project=project, wanted=everywhere, user=make_user())
    assert do_chore(chore_id=chore.pk)
    assert (overlaps(project), overlaps(other)) == ([2], [1, 1])


def test_asking_about_many_items_takes_no_more_statements_than_about_few() -> None:
    def n_statements(n: int) -> int:
        project = queue_of(n)
        with CaptureQueriesContext(connection) as said:
            asked(project)
        return len(said)

    assert n_statements(2) == n_statements(20)


# --- choosing


def test_a_worker_that_dies_while_it_chooses_has_kept_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    project = queue_of(5)
    again = ACTIONS[Action.AGAIN]

    def die(project: Project, items: QuerySet[Item]) -> QuerySet[Item]:
        raise SystemExit

    chore = asked(project)
    with monkeypatch.context() as patched:
        patched.setitem(ACTIONS, Action.AGAIN, replace(again, fits=die))
        with pytest.raises(SystemExit):
            do_chore(chore_id=chore.pk)
    assert (now(chore).state, now(chore).n_items, ChoreItems.objects.exists()) == (WorkState.RUNNING, None, False)
    run_out(chore)
    assert do_chore(chore_id=chore.pk)
    assert (now(chore).state, overlaps(project)) == (WorkState.READY, [2] * 5)


def test_a_chore_that_is_cancelled_while_it_chooses_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    project = queue_of(5)
    again = ACTIONS[Action.AGAIN]

    def cancel_first(project: Project, items: QuerySet[Item]) -> QuerySet[Item]:
        cancel_chore(chore=chore)
        return again.fits(project, items)

    chore = asked(project)
    monkeypatch.setitem(ACTIONS, Action.AGAIN, replace(again, fits=cancel_first))
    with CaptureQueriesContext(connection) as said:
        assert not do_chore(chore_id=chore.pk)
    assert not any("COPY annotations_choreitems" in query["sql"] for query in said)
    assert (now(chore).state, now(chore).n_items, overlaps(project)) == (WorkState.CANCELLED, None, [1] * 5)
