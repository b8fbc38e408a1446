"""The same state gives the same bytes, whatever goes on and however it is read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from django.db import connection

from annotations.choices import GoldSource, RaterKind, Visible
from annotations.models import Gold, Item, Judgement, Project, QueuedItem, Rater
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.rubrics import add_rubric_version
from models_llm.choices import FileFormat, Shape
from models_llm.datasets import SHAPES, Query, find_shape
from models_llm.services.datasets import export_dataset, rebuild_dataset, verify_dataset
from tests.factories import judge_item, make_rater, rubric_spec
from tests.models_llm.services.datasets.exported_projects import (
    FAIL,
    PASS,
    add_item,
    judged_project,
)

pytestmark = pytest.mark.django_db


def test_the_list_of_shapes_has_every_shape_once() -> None:
    assert sorted(shape.name for shape in SHAPES) == sorted(Shape)


@pytest.mark.parametrize("file_format", list(FileFormat))
@pytest.mark.parametrize("shape", [shape.name for shape in SHAPES])
def test_every_shape_keeps_its_promises(
    tmp_path: Path, shape: Shape, file_format: FileFormat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets  # after the variables above: it reads them once

    project = judged_project()
    query = Query(shape, file_format)
    one, two = tmp_path / "one", tmp_path / "two"
    manifest = export_dataset(project=project, query=query, folder=one)
    export_dataset(project=project, query=query, folder=two)

    # The same state gives the same bytes, the files are as the manifest says, and can be built again.
    assert {path.relative_to(one): path.read_bytes() for path in one.rglob("*") if path.is_file()} == {
        path.relative_to(two): path.read_bytes() for path in two.rglob("*") if path.is_file()
    }
    assert verify_dataset(folder=one) == []
    assert rebuild_dataset(folder=one, project=project) == []
    # Every item is used or left out for one reason.
    counts = manifest["counts"]
    assert counts["rows"] > 0
    assert counts["items"] == counts["used"] + sum(counts["left_out"].values())
    assert sum(counts["by_source"].values()) == counts["rows"]
    # It loads offline with the declared columns, and what is loaded, saved and loaded again is the same.
    loaded = datasets.load_dataset(str(one), cache_dir=str(tmp_path / "cache"), split="train")
    columns = datasets.Features.from_arrow_schema(find_shape(shape).schema(_plan(project)))
    assert loaded.features == columns
    assert loaded.num_rows == counts["rows"]
    loaded.to_parquet(str(tmp_path / "again.parquet"))
    assert datasets.Dataset.from_parquet(str(tmp_path / "again.parquet")).to_list() == loaded.to_list()
    # Another judgement is another state; the manifest still knows the old one.
    judge_item(make_rater(project, name="bob"), Item.objects.get(project=project, external_id="i-0"), (PASS, FAIL))
    assert export_dataset(project=project, query=query, folder=tmp_path / "three")["digest"] != manifest["digest"]
    assert rebuild_dataset(folder=one, project=project) == []


def _plan(project: Project) -> Any:
    from models_llm.selectors.datasets import find_source

    return find_source(project, Query(Shape.JUDGED)).plan


@pytest.mark.parametrize("shape", [shape.name for shape in SHAPES])
def test_a_data_set_is_rebuilt_byte_for_byte_after_everything_went_on(tmp_path: Path, shape: Shape) -> None:
    project = judged_project()
    before = {name: Item.objects.get(project=project, external_id=name) for name in ("i-0", "i-1", "i-2")}
    export_dataset(project=project, query=Query(shape), folder=tmp_path / "set")

    ann = Rater.objects.get(project=project, name="ann")
    changed = record_judgements(
        rater=ann,
        rubric=project.current_rubric(),
        judgements=[NewJudgement(item_id=before["i-1"].pk, levels=(FAIL, FAIL))],
        visible=Visible.BLIND,
        existing="supersede",
    )
    judge_item(make_rater(project, RaterKind.JUDGE, name="another"), before["i-0"], (PASS, PASS))
    judge_item(ann, add_item(project, "i-9"), (PASS, PASS))
    gold = {"rubric": project.current_rubric(), "levels": [0, 0], "source": GoldSource.IMPORTED}
    Gold.objects.create(item=before["i-1"], **gold)
    QueuedItem.objects.create(item=before["i-2"], project=project, policy=project.current_policy(), position=1,
                              overlap=1, probability=0.5)  # fmt: skip
    add_rubric_version(project=project, spec=rubric_spec(3))

    assert Judgement.objects.get(pk=changed[before["i-1"].pk]).supersedes_id is not None
    assert rebuild_dataset(folder=tmp_path / "set", project=project) == []


def test_a_data_set_whose_items_are_gone_is_not_rebuilt(tmp_path: Path) -> None:
    project = judged_project()
    export_dataset(project=project, query=Query(Shape.JUDGED), folder=tmp_path / "set")

    Item.objects.get(project=project, external_id="i-3").delete()

    assert [fault.path for fault in rebuild_dataset(folder=tmp_path / "set", project=project)] == [
        "README.md",
        "data/train-00000-of-00001.parquet",
    ]


def test_both_formats_hold_the_same_rows(tmp_path: Path) -> None:
    project = judged_project()
    for file_format in FileFormat:
        export_dataset(project=project, query=Query(Shape.JUDGED, file_format), folder=tmp_path / file_format)

    parquet = pq.read_table(tmp_path / "parquet/data/train-00000-of-00001.parquet").to_pylist()
    lines = (tmp_path / "jsonl/data/train-00000-of-00001.jsonl").read_bytes().splitlines()
    assert parquet == [orjson.loads(line) for line in lines]


def test_blocks_leave_no_seam(export: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project = judged_project()
    whole = {shape.name: export(project, shape.name) for shape in SHAPES}

    monkeypatch.setattr("models_llm.selectors.dataset_blocks.BLOCK_ITEMS", 3)

    for shape in SHAPES:
        manifest, rows = export(project, shape.name)
        assert rows == whole[shape.name][1]
        assert manifest["counts"] == whole[shape.name][0]["counts"]


@pytest.mark.django_db(transaction=True)
def test_an_export_sees_one_moment_though_people_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models_llm.selectors.dataset_blocks.BLOCK_ITEMS", 3)
    project = judged_project()
    bob = make_rater(project, name="bob")
    item = Item.objects.get(project=project, external_id="i-7")  # of the third block

    def judge_meanwhile(n_read: int, n_items: int) -> None:
        assert n_items == 8
        if n_read == 3:
            with ThreadPoolExecutor(max_workers=1) as elsewhere:
                elsewhere.submit(_judge_and_close, bob, item).result()

    manifest = export_dataset(
        project=project, query=Query(Shape.JUDGED), folder=tmp_path / "out", on_progress=judge_meanwhile
    )

    assert Judgement.objects.filter(rater=bob).count() == 1
    assert [rater["name"] for rater in manifest["raters"]] == ["ann"]


def _judge_and_close(rater: Rater, item: Item) -> None:
    judge_item(rater, item, (FAIL, FAIL))
    connection.close()
