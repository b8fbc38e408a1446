"""Items that cannot be judged end by themselves, with what was replied, and are judged when the cause is gone."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.choices import Outcome
from annotations.models import Project
from judge_platform.bench.stub import Stub
from models_llm.models import Run, Verdict
from tests.factories import make_items
from tests.models_llm.failures.scene import (
    N_ITEMS,
    assert_one_outcome_an_item,
    n_stored,
    retry,
    served_version,
    start_run,
    wait_for_the_end,
)
from tests.workers import worker

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

MAX_ATTEMPTS = 3
DEEPEST = 600
"""Levels of nesting that PostgreSQL takes, and that no prompt is made of."""


def test_poisoned_items_end_by_themselves_and_are_judged_when_the_cause_is_gone(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    [unreadable] = make_items(project, 1, context={"note": "spell one"})
    [fatal] = make_items(project, 1, context={"note": "spell two"})
    stub.set(poison="spell one", fatal="spell two")
    served_version(project, stub, max_attempts=MAX_ATTEMPTS)
    run = start_run(project, environment)
    with worker(environment):
        wait_for_the_end(run)
        assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS, Outcome.UNPARSED: 1, Outcome.FAILED: 1})
        assert stub.counts()["asked"] == N_ITEMS + 1 + MAX_ATTEMPTS
        assert _replies(run, unreadable.pk) == ["I would rather tell you a story."]
        assert "500" in _verdict(run, fatal.pk).error

        stub.set(poison="", fatal="")
        retry(run, [Outcome.FAILED, Outcome.UNPARSED])
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS + 2})
    assert stub.counts()["asked"] == N_ITEMS + 1 + MAX_ATTEMPTS + 2
    assert n_stored(run) == N_ITEMS + 2 + 2  # the first verdicts on the two are kept, superseded


def test_an_item_that_cannot_be_read_takes_no_other_with_it(
    project: Project, environment: dict[str, str], stub: Stub
) -> None:
    [deep] = make_items(project, 1, context=_nested(DEEPEST))
    served_version(project, stub)
    run = start_run(project, environment)
    with worker(environment):
        wait_for_the_end(run)

    assert_one_outcome_an_item(run, {Outcome.RATED: N_ITEMS, Outcome.FAILED: 1})
    assert stub.counts()["asked"] == N_ITEMS
    assert _verdict(run, deep.pk).error


def _verdict(run: Run, item_id: int) -> Verdict:
    return Verdict.objects.get(run=run, judgement__item_id=item_id, judgement__superseded_at=None)


def _replies(run: Run, item_id: int) -> list[str]:
    """The raw text of every reply that the item's verdict rests on."""
    return [call["text"] for call in _verdict(run, item_id).calls]


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"in": value}
    return value
