"""Preferences that people published, exported as pairs."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import orjson
import pytest

from annotations.choices import BatchKind, ProjectKind
from annotations.formats import load_mapping_text
from annotations.rubrics import load_rubric
from annotations.services.imports import import_file
from annotations.services.projects import create_project
from models_llm.choices import FileFormat, Shape
from models_llm.datasets import Query
from models_llm.services.datasets import export_dataset

pytestmark = [pytest.mark.django_db, pytest.mark.reference]
SIDES = {"1": "response_1", "2": "response_2"}


def test_each_of_894_decided_pairs_of_pandalm_is_one_dpo_row(shared_dir: Path, tmp_path: Path) -> None:
    data = shared_dir / "data/pandalm"
    project = create_project(slug="pandalm", name="PandaLM", kind=ProjectKind.PREFERENCE, rubric=load_rubric("pandalm"))
    for name, kind, mapping in (
        ("items.jsonl", BatchKind.ITEMS, "pandalm.items"),
        ("judgments.csv", BatchKind.JUDGEMENTS, "pandalm.judgements"),
    ):
        import_file(
            project=project, path=data / name, kind=kind, mapping=load_mapping_text(mapping), mapping_name=mapping
        )

    manifest = export_dataset(project=project, query=Query(Shape.DPO, FileFormat.JSONL), folder=tmp_path / "out")

    rows = [orjson.loads(line) for line in (tmp_path / "out/data/train-00000-of-00001.jsonl").read_bytes().splitlines()]
    made = {row["chosen_id"]: (row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows}
    assert len(rows) == len(made) == manifest["counts"]["rows"] == 894
    assert made == decided_pairs(data)
    assert manifest["counts"]["items"] == 999
    assert sum(manifest["counts"]["left_out"].values()) == 999 - 894


def decided_pairs(data: Path) -> dict[str, tuple[str, str]]:
    """Chosen and rejected text of each pair in which two of the three people prefer one answer."""
    with (data / "judgments.csv").open(newline="", encoding="utf-8") as handle:
        votes: dict[str, Counter[str]] = {}
        for row in csv.DictReader(handle):
            if row["rater_type"] == "human":
                votes.setdefault(row["item_id"], Counter())[row["preference"]] += 1
    pairs = {}
    for line in (data / "items.jsonl").read_bytes().splitlines():
        item = orjson.loads(line)
        [(vote, n), *_] = votes[item["item_id"]].most_common(1)
        if n >= 2 and vote in SIDES:
            other = "1" if vote == "2" else "2"
            pairs[item["item_id"]] = (_text(item[SIDES[vote]]), _text(item[SIDES[other]]))
    return pairs


def _text(answer: object) -> str:
    """A few answers were published as JSON's true and false, or as numbers."""
    return answer if isinstance(answer, str) else json.dumps(answer)
