"""Judged data sets with probabilities: whose, by which map, and the same bytes after everything went on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from annotations.choices import Outcome, RaterKind, Role, Visible
from annotations.models import Item, Judgement
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.choices import FileFormat, Shape
from models_llm.datasets import Manifest, Query, dump_manifest
from models_llm.errors import DatasetError
from models_llm.models import Calibration, Dataset
from models_llm.selectors.calibrations import calibrator_of
from models_llm.services.builds import build_dataset
from models_llm.services.datasets import export_dataset, rebuild_dataset, verify_dataset
from tests.factories import judge_item, make_items, make_member, make_rater
from tests.models_llm.services.calibrated_projects import fitted, judged_project

pytestmark = pytest.mark.django_db

CALIBRATED = Query(Shape.JUDGED, FileFormat.JSONL, is_calibrated=True)


def verdicts_in(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """External ids with each judge's entry."""
    for line in (folder / "data/train-00000-of-00001.jsonl").read_bytes().splitlines():
        row = orjson.loads(line)
        yield from ((row["external_id"], judge) for judge in row["judges"])


def probabilities_in(folder: Path) -> dict[tuple[str, str], dict[str, Any] | None]:
    """By external id and judge, of the only criterion."""
    return {(external_id, judge["judge"]): judge["probabilities"]["c0"] for external_id, judge in verdicts_in(folder)}


def test_each_verdict_has_its_probability_as_given_and_by_the_map_that_did_not_see_its_group(tmp_path: Path) -> None:
    project, version = judged_project(300)
    calibration = fitted(version)
    [maps] = calibrator_of(calibration).criteria
    new, silent, unread = make_items(project, 3)
    judge_item(version.rater, new, (0,), distributions=(0.9, 0.1))
    judge_item(version.rater, silent, (0,))
    judge_item(version.rater, unread, None, outcome=Outcome.UNPARSED)
    judge_item(make_rater(project, RaterKind.JUDGE, name="from a file"), new, (0,), distributions=(0.8, 0.2))

    export_dataset(project=project, query=CALIBRATED, folder=tmp_path / "set")

    found = probabilities_in(tmp_path / "set")
    assert len(found) == 304
    known = Judgement.objects.filter(rater=version.rater, levels=[1]).select_related("item").earliest("item_id")
    fold = int(maps.folds[np.searchsorted(maps.items, known.item_id)])
    assert found[known.item.external_id, "scripted"] == {
        "given": float(np.float32(0.1)),
        "calibrated": pytest.approx(maps.held_out[fold].apply(np.array([0.1]))[0], abs=1e-6),
        "by": "cross-fitted map",
    }
    assert found[new.external_id, "scripted"] == {
        "given": float(np.float32(0.9)),
        "calibrated": pytest.approx(maps.chosen.apply(np.array([0.9]))[0], abs=1e-6),
        "by": "map of all items",
    }
    assert found[silent.external_id, "scripted"] is None
    assert found[unread.external_id, "scripted"] is None
    assert found[new.external_id, "from a file"] is None


def test_the_manifest_names_the_calibration_by_id_and_digest(tmp_path: Path) -> None:
    project, version = judged_project(300)
    calibration = fitted(version)
    judge_of_a_file = make_rater(project, RaterKind.JUDGE, name="from a file")
    judge_item(judge_of_a_file, make_items(project, 1)[0], (0,))

    manifest = export_dataset(project=project, query=CALIBRATED, folder=tmp_path / "set")

    assert (manifest["query"]["is_calibrated"], manifest["query"]["calibrations"]) == (True, [calibration.pk])
    said = {judge["name"]: judge["calibration"] for judge in manifest["judges"]}
    assert said["from a file"] is None
    calibration.refresh_from_db()
    document = dump_manifest(calibration.document or {})
    assert said["scripted"]["id"] == calibration.pk
    assert said["scripted"]["sha256"] == hashlib.sha256(document).hexdigest()
    assert said["scripted"]["examples_sha256"] == calibration.examples_digest
    [criterion] = said["scripted"]["criteria"]
    assert criterion == {
        "key": "c0",
        "event": "passes",
        "method": (calibration.document or {})["criteria"][0]["chosen"]["method"],
        "n": 300,
        "unchanged": "",
    }
    card = (tmp_path / "set/README.md").read_text()
    assert f"calibration {calibration.pk}, c0, probability that it passes: {criterion['method']}, fitted on 300" in card


def test_a_criterion_that_was_refused_stays_as_given_and_says_so(tmp_path: Path) -> None:
    project, version = judged_project(40)
    fitted(version)
    manifest = export_dataset(project=project, query=CALIBRATED, folder=tmp_path / "set")
    for one in probabilities_in(tmp_path / "set").values():
        assert one is not None
        assert one["calibrated"] == one["given"]
        assert one["by"] == "as given"
    reason = "needs 50 items that people decided, there are 40"
    assert manifest["judges"][0]["calibration"]["criteria"][0]["unchanged"] == reason
    assert f"as given, {reason}" in (tmp_path / "set/README.md").read_text()


@pytest.mark.parametrize("file_format", list(FileFormat))
def test_it_is_rebuilt_byte_for_byte_after_a_newer_calibration_and_another_verdict(
    tmp_path: Path, file_format: FileFormat
) -> None:
    project, version = judged_project(300)
    fitted(version)
    query = Query(Shape.JUDGED, file_format, is_calibrated=True)
    export_dataset(project=project, query=query, folder=tmp_path / "set")

    someone = make_rater(project)
    for item in Item.objects.filter(project=project).order_by("pk")[:100]:
        judge_item(someone, item, (0,))
    record_judgements(
        rater=version.rater,
        rubric=version.rubric,
        judgements=[NewJudgement(item_id=item.pk, levels=(0,), distributions=(0.6, 0.4))],
        visible=Visible.BLIND,
        existing="supersede",
    )
    newest = fitted(version)

    assert verify_dataset(folder=tmp_path / "set") == []
    assert rebuild_dataset(folder=tmp_path / "set", project=project) == []
    again = export_dataset(project=project, query=query, folder=tmp_path / "again")
    assert again["query"]["calibrations"] == [newest.pk]


def test_one_whose_calibration_is_gone_is_not_rebuilt(tmp_path: Path) -> None:
    project, version = judged_project(60)
    calibration = fitted(version)
    export_dataset(project=project, query=CALIBRATED, folder=tmp_path / "set")
    Calibration.objects.all().delete()
    fitted(version)
    with pytest.raises(DatasetError, match=rf"expected calibrations \[{calibration.pk}\] .* they are not there"):
        rebuild_dataset(folder=tmp_path / "set", project=project)


def test_without_being_asked_for_there_are_none(tmp_path: Path) -> None:
    project, version = judged_project(60)
    fitted(version)
    manifest: Manifest = export_dataset(
        project=project, query=Query(Shape.JUDGED, FileFormat.JSONL), folder=tmp_path / "set"
    )
    assert all("probabilities" not in judge for _, judge in verdicts_in(tmp_path / "set"))
    assert "calibration" not in manifest["judges"][0]
    assert (manifest["query"]["is_calibrated"], manifest["query"]["calibrations"]) == (False, None)


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        (Shape.SFT, "shape sft: has no place for calibrated probabilities; the shape judged has"),
        (Shape.JUDGED, "expected a judge with a calibration under this rubric, there is none"),
    ],
)
def test_what_cannot_be_calibrated_is_refused_and_leaves_nothing(tmp_path: Path, shape: Shape, message: str) -> None:
    project, _ = judged_project(10)
    with pytest.raises(DatasetError, match=message):
        export_dataset(project=project, query=Query(shape, is_calibrated=True), folder=tmp_path / "set")
    assert list(tmp_path.iterdir()) == []


def test_it_loads_with_the_columns_that_its_card_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # after the variables above: it reads them once

    project, version = judged_project(60)
    fitted(version)
    export_dataset(project=project, query=Query(Shape.JUDGED, is_calibrated=True), folder=tmp_path / "set")
    loaded = datasets.load_dataset(str(tmp_path / "set"), cache_dir=str(tmp_path / "cache"), split="train")
    probability = loaded[0]["judges"][0]["probabilities"]["c0"]
    assert 0 < probability["calibrated"] < 1
    assert probability["by"] == "cross-fitted map"


def test_page_api_and_command_ask_for_the_same(client: Client, tmp_path: Path, settings: Settings) -> None:
    settings.EXPORT_ROOT = tmp_path / "exports"
    project, version = judged_project(60)
    calibration = fitted(version)
    client.force_login(make_member(project, Role.TRAINER))
    asked: dict[str, Any] = {"shape": "judged", "format": "jsonl", "calibrated": True}
    client.post(reverse("models_llm:api-datasets", args=[project.slug]), asked, content_type="application/json")
    client.post(reverse("models_llm:datasets", args=[project.slug]), {**asked, "labels": "people", "rubric": "1"})
    call_command("export_dataset", project=project.slug, shape="judged", format="jsonl", calibrated=True,
                 out=tmp_path / "set", stdout=StringIO(), stderr=StringIO())  # fmt: skip
    files = {(tmp_path / "set/data/train-00000-of-00001.jsonl").read_bytes()}
    for dataset in Dataset.objects.all():
        assert build_dataset(dataset_id=dataset.pk)
        dataset.refresh_from_db()
        assert (dataset.manifest or {})["query"]["calibrations"] == [calibration.pk]
        files.add((settings.EXPORT_ROOT / dataset.directory / "data/train-00000-of-00001.jsonl").read_bytes())
        page = client.get(reverse("models_llm:dataset", args=[project.slug, dataset.pk])).text
        assert f">calibration {calibration.pk}</a>" in page
    assert Dataset.objects.count() == 2
    assert len(files) == 1
