"""Workers are killed in the middle of a change to many items, and of a draw; the next one ends it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection, transaction

from annotations.choices import Order, WorkState
from annotations.models import Chore, Draw, Project, QueuedItem
from annotations.selectors.item_filters import ItemFilter
from annotations.services.bulk import Action
from annotations.services.chores import AT_ONCE, ask_action, ask_draw
from annotations.services.chores.doing import PART
from annotations.services.queue import queue_items
from tests.factories import make_items, make_project, make_user
from tests.workers import kill, wait_until, worker, worker_environment

N_ITEMS = 2 * PART + AT_ONCE

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return worker_environment(tmp_path)


def sent_elsewhere(chore: Chore) -> None:
    """Its message went to another broker."""
    Chore.objects.filter(pk=chore.pk).update(lease_expires_at=chore.created_at)


def test_a_change_goes_on_where_the_killed_worker_stopped(environment: dict[str, str]) -> None:
    project = make_project()
    make_items(project, N_ITEMS)
    queue_items(project=project, order=Order.GIVEN)
    chore = ask_action(action=Action.AGAIN, project=project, wanted=ItemFilter(), user=make_user())
    sent_elsewhere(chore)
    in_second_part = project.queue.order_by("position")[PART + 10].pk
    with worker(environment) as first, transaction.atomic():
        QueuedItem.objects.select_for_update().get(pk=in_second_part)
        wait_until(lambda: Chore.objects.get().n_done == PART, "the first part is done")
        wait_until(_somebody_waits, "a worker is in the second part")
        kill(first)
    assert (Chore.objects.get().state, Chore.objects.get().n_done) == (WorkState.RUNNING, PART)
    assert project.queue.filter(overlap=2).count() == PART
    with worker(environment):
        wait_until(lambda: Chore.objects.get().state == WorkState.READY, "the change is made")
    assert (Chore.objects.get().n_changed, Chore.objects.get().attempts >= 2) == (N_ITEMS, True)
    assert set(project.queue.values_list("overlap", flat=True)) == {2}


def test_items_are_chosen_anew_where_a_worker_was_killed_as_it_chose(environment: dict[str, str]) -> None:
    project = make_project()
    make_items(project, N_ITEMS)
    queue_items(project=project, order=Order.GIVEN)
    chore = ask_action(
        action=Action.AGAIN, project=project, wanted=ItemFilter(), n_agreed=N_ITEMS, user=make_user()
    )  # fmt: skip
    sent_elsewhere(chore)
    with worker(environment) as first, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE annotations_choreitems")
        wait_until(_somebody_waits, "a worker has found the items and is to keep them")
        kill(first)
    assert (Chore.objects.get().state, Chore.objects.get().n_items) == (WorkState.RUNNING, None)
    with worker(environment):
        wait_until(lambda: Chore.objects.get().state == WorkState.READY, "the change is made")
    assert (Chore.objects.get().n_changed, Chore.objects.get().attempts >= 2) == (N_ITEMS, True)
    assert set(project.queue.values_list("overlap", flat=True)) == {2}


def test_a_draw_is_made_once_after_its_worker_was_killed(environment: dict[str, str]) -> None:
    project = make_project()
    make_items(project, AT_ONCE + 1)
    chore = ask_draw(project=project, n=200, seed=3)
    sent_elsewhere(chore)
    with worker(environment) as first, transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        wait_until(lambda: Chore.objects.get().step == "reading", "a worker is at the draw")
        kill(first)
    assert not Draw.objects.exists()
    with worker(environment):
        wait_until(lambda: Chore.objects.get().state == WorkState.READY, "it is drawn")
    assert Chore.objects.get().draw == Draw.objects.get()
    assert project.queue.count() == 200


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])
