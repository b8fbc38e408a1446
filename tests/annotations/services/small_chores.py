"""Chores of a test: asked for, and done in small parts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotations.choices import Order
from annotations.models import Chore, Project
from annotations.selectors.item_filters import ItemFilter
from annotations.services.bulk import Action, BulkValues
from annotations.services.chores import (
    ask_action,
    asking,
    choosing,
    doing,
)
from annotations.services.queue import queue_items
from tests.factories import make_items, make_project, make_user


def do_in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is done at once, and two items are a part."""
    monkeypatch.setattr(asking, "AT_ONCE", 0)
    monkeypatch.setattr(choosing, "READ_AT_ONCE", 2)
    monkeypatch.setattr(doing, "PART", 2)


def queue_of(n: int) -> Project:
    project = make_project()
    make_items(project, n)
    queue_items(project=project, order=Order.GIVEN)
    return project


def asked(project: Project, action: str = Action.AGAIN, **values: Any) -> Chore:
    return ask_action(
        action=action, project=project, wanted=ItemFilter(), user=make_user(), values=BulkValues(**values)
    )


def overlaps(project: Project) -> list[int]:
    """How many people each item is asked of, in the order of the queue; each time that it is asked again adds one."""
    return list(project.queue.order_by("position").values_list("overlap", flat=True))


def now(chore: Chore) -> Chore:
    return Chore.objects.get(pk=chore.pk)


def run_out(chore: Chore) -> None:
    Chore.objects.filter(pk=chore.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
