"""What every kind of work under a lease shares; what is special to one is tried beside its service."""

from __future__ import annotations

from asyncio import CancelledError
from datetime import timedelta
from threading import Event

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from annotations.choices import WorkState
from annotations.models import Chore, LeasedWork
from annotations.services import leased_work
from annotations.services.leased_work import finish, request, request_once, take
from judge_platform.celery import app
from models_llm.choices import JudgeKind, Queue
from models_llm.errors import DatasetError, JudgeError
from models_llm.models import Audit, Dataset, DraftTrial, Fit, JudgeVersion
from models_llm.services.leased_work import KINDS, make, sweep_leased_work
from tests.factories import make_project
from tests.models_llm.services.judged_projects import scripted_version

pytestmark = pytest.mark.django_db


def asked_for() -> Dataset:
    return request(Dataset, project=make_project(), shape="judged", format="parquet", user=None)


def test_every_kind_is_swept_and_its_task_is_known_to_workers() -> None:
    app.loader.import_default_modules()
    kinds: list[type[LeasedWork]] = [*KINDS, Chore]
    assert set(kinds) == set(LeasedWork.__subclasses__())
    assert {kind.task for kind in kinds} | set(settings.SWEEPS) <= set(app.tasks)
    assert len({kind.task for kind in kinds}) == len(kinds)


def test_what_runs_a_model_is_sent_to_the_workers_that_have_it() -> None:
    version = JudgeVersion(queue=Queue.ENGINE)
    assert Audit(judge_version=version).worker_queue == Queue.ENGINE
    assert DraftTrial(queue=Queue.JUDGE).worker_queue == Queue.JUDGE
    assert Fit(kind=JudgeKind.REWARD_MODEL).worker_queue == Queue.ENGINE
    assert Fit(kind=JudgeKind.BASELINE).worker_queue is None
    assert Dataset().worker_queue is None


@pytest.mark.django_db(transaction=True)
def test_a_message_names_the_task_the_row_and_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, list[int], str | None]] = []
    monkeypatch.setattr(
        "celery.Celery.send_task",
        lambda _, name, args, queue, **options: sent.append((name, args, queue)),
    )
    version = scripted_version(make_project())
    JudgeVersion.objects.filter(pk=version.pk).update(queue=Queue.ENGINE)
    fields = {"project_id": version.judge.project_id, "judge_version_id": version.pk, "most_items": 1, "checks": []}

    audit = request_once(Audit, **fields, user=None)
    assert request_once(Audit, **fields, user=None) == audit
    assert sent == [("models_llm.run_audit", [audit.pk], Queue.ENGINE)]

    Audit.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert sweep_leased_work() == 1
    assert sent == [("models_llm.run_audit", [audit.pk], Queue.ENGINE)] * 2


@pytest.mark.django_db(transaction=True)
def test_progress_and_lease_are_seen_from_outside_while_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leased_work, "SECONDS_BETWEEN_BEATS", 0.01)
    asked = asked_for()
    Dataset.objects.update(n_read=7)  # by a worker that died

    def maker(row: Dataset) -> bool:
        began = Dataset.objects.get()
        assert (began.state, began.n_read, began.attempts) == (WorkState.RUNNING, 0, 1)
        row.n_read, row.n_items = 2, 3
        Dataset.objects.update(lease_expires_at=asked.created_at)
        seen, deadline = began, timezone.now() + timedelta(seconds=20)
        while seen.n_read == 0 and timezone.now() < deadline:
            Event().wait(0.01)
            seen = Dataset.objects.get()
        assert (seen.n_read, seen.n_items) == (2, 3)
        assert seen.lease_expires_at is not None
        assert seen.lease_expires_at > timezone.now()
        row.n_read = 3
        return finish(row, state=WorkState.READY)

    assert make(Dataset, asked.pk, maker)
    made = Dataset.objects.get()
    assert (made.state, made.n_read, made.n_items, made.lease_expires_at) == (WorkState.READY, 3, 3, None)
    assert made.started_at is not None
    assert made.finished_at is not None


@pytest.mark.parametrize(
    ("raised", "reason"),
    [
        (DatasetError("there is nothing to export"), "there is nothing to export"),
        (ValueError("odd \0 bytes"), "ValueError: odd \ufffd bytes. The worker's log says more"),
        (CancelledError("the engine went away"), "CancelledError: the engine went away. The worker's log says more"),
    ],
)
def test_what_is_raised_is_why_it_failed(raised: BaseException, reason: str) -> None:
    asked = asked_for()

    def stumble(row: Dataset) -> bool:
        row.n_read = 2
        raise raised

    assert make(Dataset, asked.pk, stumble)
    failed = Dataset.objects.get()
    assert (failed.state, failed.error, failed.n_read) == (WorkState.FAILED, reason, 2)


@pytest.mark.django_db(transaction=True)
def test_a_failure_of_the_database_leaves_it_to_the_next_worker() -> None:
    asked = asked_for()

    def lose_the_database(row: Dataset) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return True

    assert not make(Dataset, asked.pk, lose_the_database)
    assert Dataset.objects.get().state == WorkState.RUNNING

    Dataset.objects.update(lease_expires_at=asked.created_at)
    assert make(Dataset, asked.pk, lambda row: finish(row, state=WorkState.READY))
    assert Dataset.objects.get().attempts == 2


def test_who_lost_the_lease_and_the_race_closes_nothing() -> None:
    asked = asked_for()

    def slow(row: Dataset) -> bool:
        Dataset.objects.update(lease_expires_at=asked.created_at)
        other = take(Dataset, row.pk)
        assert other is not None
        assert finish(other, state=WorkState.READY, digest="of the other")
        raise JudgeError("too late")

    assert not make(Dataset, asked.pk, slow)
    made = Dataset.objects.get()
    assert (made.state, made.digest, made.error) == (WorkState.READY, "of the other", "")
