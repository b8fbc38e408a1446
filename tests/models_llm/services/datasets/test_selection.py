"""How likely the items of a data set were to be selected for people, after one draw and after several."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from annotations.models import Project, QueuedItem
from annotations.services.queue import queue_items
from models_llm.choices import FileFormat, Shape
from models_llm.datasets import MANIFEST_NAME, Query, dump_manifest, read_manifest, seal_manifest
from models_llm.services.datasets import export_dataset, rebuild_dataset
from tests.models_llm.services.datasets.exported_projects import judged_project

pytestmark = pytest.mark.django_db


def selected(rows: list[dict[str, Any]]) -> dict[str, tuple[float | None, float]]:
    return {row["external_id"]: (row["selection_probability"], row["weight"]) for row in rows}


def own(project: Project) -> dict[str, float]:
    return dict(QueuedItem.objects.filter(project=project).values_list("item__external_id", "probability"))


def test_after_one_draw_each_item_has_the_probability_of_that_draw(export: Any) -> None:
    project = judged_project()
    draw = queue_items(project=project, n=3, seed=1)
    manifest, rows = export(project, Shape.JUDGED)
    assert manifest["horizon"]["draws"] == draw.pk
    assert {name: p for name, (p, _) in selected(rows).items() if p is not None} == own(project)
    # 3 of 8 items; those that were not drawn have none, and stand for themselves.
    assert sorted(selected(rows).values(), key=str) == [(0.375, 8 / 3)] * 3 + [(None, 1.0)] * 5


def test_after_two_draws_each_item_has_the_probability_that_either_selected_it(export: Any) -> None:
    project = judged_project()
    queue_items(project=project, n=3, seed=1)
    queue_items(project=project, n=4, seed=2)
    assert set(own(project).values()) == {3 / 8, 1 / 2}
    _, rows = export(project, Shape.JUDGED)
    found = {name: pair for name, pair in selected(rows).items() if pair[0] is not None}
    assert found.keys() == own(project).keys()
    # 1 - 5/8 · 1/2 = 11/16
    assert set(found.values()) == {(11 / 16, 16 / 11)}


def test_a_draw_that_brings_nothing_new_counts_too(export: Any) -> None:
    project = judged_project()
    queue_items(project=project)
    again = queue_items(project=project, n=4, seed=2)
    assert again.n_added == 0
    manifest, rows = export(project, Shape.JUDGED)
    assert manifest["horizon"]["draws"] == again.pk
    assert {p for p, _ in selected(rows).values()} == {1.0}


@pytest.mark.parametrize("n_before", [0, 1, 2])
def test_a_data_set_is_rebuilt_byte_for_byte_after_a_further_draw(tmp_path: Path, n_before: int) -> None:
    project = judged_project()
    for seed in range(n_before):
        queue_items(project=project, n=3, seed=seed)
    before = export_dataset(project=project, query=Query(Shape.JUDGED), folder=tmp_path / "set")
    queue_items(project=project, n=5, seed=9)
    assert rebuild_dataset(folder=tmp_path / "set", project=project) == []
    after = export_dataset(project=project, query=Query(Shape.JUDGED), folder=tmp_path / "after")
    assert after["digest"] != before["digest"]


def test_a_data_set_from_before_draws_were_counted_is_rebuilt_as_it_was(tmp_path: Path) -> None:
    project = judged_project()
    queue_items(project=project, n=3, seed=1)
    folder = tmp_path / "set"
    manifest = export_dataset(project=project, query=Query(Shape.JUDGED, FileFormat.JSONL), folder=folder)
    del manifest["horizon"]["draws"]
    older = seal_manifest({key: value for key, value in manifest.items() if key != "digest"})
    (folder / MANIFEST_NAME).write_bytes(dump_manifest(older))
    queue_items(project=project, n=4, seed=2)
    assert "draws" not in orjson.loads((folder / MANIFEST_NAME).read_bytes())["horizon"]
    assert read_manifest(folder) == older
    assert rebuild_dataset(folder=folder, project=project) == []
