"""Data sets that a worker builds: leases, dead workers, failures."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from annotations.choices import WorkState
from annotations.models import Project
from annotations.services.leased_work import take
from annotations.services.worker_leases import MOST_ATTEMPTS
from models_llm.choices import Labels, Shape
from models_llm.datasets import Query
from models_llm.errors import DatasetError
from models_llm.models import Dataset
from models_llm.selectors.exports import folder_of
from models_llm.services.builds import build_dataset, request_dataset
from models_llm.services.datasets import verify_dataset
from models_llm.services.leased_work import sweep_leased_work
from tests.factories import judge_item, make_items, make_project, make_rater

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(tmp_path: Path, settings: Settings) -> Project:
    settings.EXPORT_ROOT = tmp_path
    project = make_project()
    for item in make_items(project, 3):
        judge_item(make_rater(project), item, (0, 0))
    return project


def let_the_lease_run_out(dataset: Dataset) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_worker_builds_what_was_asked_for_once(project: Project) -> None:
    dataset = request_dataset(project=project, query=Query(Shape.JUDGED), user=None)
    assert dataset.state == WorkState.WAITING

    assert build_dataset(dataset_id=dataset.pk)
    assert not build_dataset(dataset_id=dataset.pk)  # the message came twice

    dataset.refresh_from_db()
    assert (dataset.state, dataset.n_rows, dataset.n_read) == (WorkState.READY, 3, 3)
    assert dataset.manifest is not None
    assert dataset.digest == dataset.manifest["digest"]
    assert verify_dataset(folder=folder_of(dataset)) == []


def test_what_cannot_be_answered_is_not_stored(project: Project) -> None:
    with pytest.raises(DatasetError, match="need a judge"):
        request_dataset(project=project, query=Query(Shape.SFT, labels=Labels.JUDGE), user=None)

    assert not Dataset.objects.exists()


def test_the_sweep_sends_again_only_what_nobody_sees_to(project: Project) -> None:
    waiting, lost, done = (request_dataset(project=project, query=Query(Shape.JUDGED), user=None) for _ in range(3))
    build_dataset(dataset_id=done.pk)
    let_the_lease_run_out(lost)

    assert sweep_leased_work() == 1
    assert sweep_leased_work() == 0
    lost.refresh_from_db()
    assert lost.lease_expires_at is not None
    assert lost.lease_expires_at > timezone.now()
    assert waiting.state == WorkState.WAITING


def test_a_data_set_whose_worker_died_is_built_by_the_next(project: Project) -> None:
    dataset = request_dataset(project=project, query=Query(Shape.JUDGED), user=None)
    Dataset.objects.filter(pk=dataset.pk).update(state=WorkState.RUNNING)
    assert not build_dataset(dataset_id=dataset.pk)  # its lease still holds

    let_the_lease_run_out(dataset)
    half = folder_of(dataset).with_name(f".{folder_of(dataset).name}.building-x")
    (half / "data").mkdir(parents=True)
    assert build_dataset(dataset_id=dataset.pk)

    dataset.refresh_from_db()
    assert dataset.state == WorkState.READY
    assert list(folder_of(dataset).parent.iterdir()) == [folder_of(dataset)]


def test_a_data_set_that_takes_its_workers_down_is_given_up(project: Project) -> None:
    dataset = request_dataset(project=project, query=Query(Shape.JUDGED), user=None)
    for _ in range(MOST_ATTEMPTS):
        assert take(Dataset, dataset.pk)
        let_the_lease_run_out(dataset)

    assert not build_dataset(dataset_id=dataset.pk)

    dataset.refresh_from_db()
    assert dataset.state == WorkState.FAILED
    assert dataset.error == "given up: 5 workers stopped in the middle of it"


def test_a_worker_that_died_after_the_last_file_is_finished_by_the_next(project: Project) -> None:
    dataset = request_dataset(project=project, query=Query(Shape.JUDGED), user=None)
    build_dataset(dataset_id=dataset.pk)
    written = {path: path.stat().st_mtime_ns for path in folder_of(dataset).rglob("*")}
    Dataset.objects.filter(pk=dataset.pk).update(state=WorkState.RUNNING, manifest=None)
    let_the_lease_run_out(dataset)

    assert build_dataset(dataset_id=dataset.pk)

    dataset.refresh_from_db()
    assert (dataset.state, dataset.n_rows) == (WorkState.READY, 3)
    assert {path: path.stat().st_mtime_ns for path in folder_of(dataset).rglob("*")} == written


def test_a_build_that_fails_says_why_and_leaves_nothing(project: Project, tmp_path: Path) -> None:
    dataset = request_dataset(project=project, query=Query(Shape.JUDGED), user=None)
    Dataset.objects.filter(pk=dataset.pk).update(params={**dataset.params, "judge": "gone"})

    assert build_dataset(dataset_id=dataset.pk)

    dataset.refresh_from_db()
    assert dataset.state == WorkState.FAILED
    assert "got “gone”" in dataset.error
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
