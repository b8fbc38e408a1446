"""Whose ratings decide, and of which items."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotations.choices import Outcome, RaterKind, Visible
from annotations.models import QueuedItem
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.rubrics import add_rubric_version
from models_llm.choices import Labels, Shape
from models_llm.datasets import Query, read_manifest
from models_llm.errors import DatasetError
from models_llm.services.datasets import export_dataset, preview_dataset, rebuild_dataset
from tests.factories import judge_item, make_batch, make_project, make_rater, rubric_spec
from tests.models_llm.services.datasets.exported_projects import (
    FAIL,
    PASS,
    add_item,
    ids_of,
    judged_project,
)

pytestmark = pytest.mark.django_db


def test_judged_tells_everything_of_an_item(export: Any) -> None:
    project = make_project(spec=rubric_spec(2))
    ann, bob = make_rater(project, name="ann"), make_rater(project, name="bob")
    judge = make_rater(project, RaterKind.JUDGE, name="gpt")
    item = add_item(project, "it", group="g", slices={"lang": "en"}, batch=make_batch(project))
    judge_item(ann, item, (PASS, FAIL))
    judge_item(bob, item, (PASS, None))
    judge_item(judge, item, (PASS, PASS), rationale="fine", rationales=("so", "so so"))
    unread = add_item(project, "unread")
    judge_item(judge, unread, None, outcome=Outcome.UNPARSED)
    QueuedItem.objects.create(item=item, project=project, policy=project.current_policy(), position=0, overlap=1,
                              probability=0.25)  # fmt: skip

    manifest, [row, other] = export(project, Shape.JUDGED)

    assert row == {
        "external_id": "it",
        "group": "g",
        "producer": "",
        "round": None,
        "context": '{"interests": ["hiking"]}',
        "candidates": '[{"text": "text of it"}]',
        "slices": '{"lang": "en"}',
        "is_gold": False,
        "people": {
            "c0": {"n": 2, "counts": {"pass": 2, "fail": 0}, "consensus": "pass"},
            "c1": {"n": 1, "counts": {"pass": 0, "fail": 1}, "consensus": "fail"},
        },
        "people_qualify": False,
        "judges": [
            {
                "judge": "gpt",
                "version": None,
                "outcome": "rated",
                "qualifies": True,
                "levels": {"c0": "pass", "c1": "pass"},
                "rationale": "fine",
                "rationales": {"c0": "so", "c1": "so so"},
            }
        ],
        "label_source": "people",
        "label_levels": {"c0": "pass", "c1": "fail"},
        "qualifies": False,
        "left_out": None,
        "selection_probability": 0.25,
        "weight": 4.0,
    }
    assert other["judges"][0]["outcome"] == "unparsed"
    assert other["judges"][0]["levels"] == {"c0": None, "c1": None}
    assert other["left_out"] == "unrated"
    assert [judge["judgements"] for judge in manifest["judges"]] == [2]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (Labels.PEOPLE, {"both": ("people", True)}),
        (Labels.JUDGE, {"both": ("judge", False), "judged": ("judge", True), "split": ("judge", True)}),
        (Labels.PEOPLE_THEN_JUDGE, {"both": ("people", True), "judged": ("judge", True)}),
    ],
)
def test_each_source_of_labels_decides_its_items(
    export: Any, labels: Labels, expected: dict[str, tuple[str, bool]]
) -> None:
    project = make_project(spec=rubric_spec(1))
    ann, bob = make_rater(project, name="ann"), make_rater(project, name="bob")
    judge = make_rater(project, RaterKind.JUDGE, name="gpt")
    both, judged, split, unread = (add_item(project, name) for name in ("both", "judged", "split", "unread"))
    judge_item(ann, both, (PASS,))
    judge_item(ann, split, (PASS,))
    judge_item(bob, split, (FAIL,))
    judge_item(judge, both, (FAIL,))
    judge_item(judge, judged, (PASS,))
    judge_item(judge, split, (PASS,))
    judge_item(judge, unread, None, outcome=Outcome.TRUNCATED)

    manifest, rows = export(project, Shape.KTO, labels=labels, judge="gpt" if labels != Labels.PEOPLE else None)

    assert {row["external_id"]: (row["label_source"], row["label"]) for row in rows} == expected
    left_out = manifest["counts"]["left_out"]
    assert left_out.get("truncated", 0) == (0 if labels == Labels.PEOPLE else 1)
    assert left_out.get("disagreement", 0) == (0 if labels == Labels.JUDGE else 1)


def test_assisted_annotations_and_other_rubrics_do_not_count(export: Any) -> None:
    project = make_project(spec=rubric_spec(1))
    ann, bob = make_rater(project, name="ann"), make_rater(project, name="bob")
    item = add_item(project, "it")
    judge_item(ann, item, (PASS,))
    newest = add_rubric_version(project=project, spec=rubric_spec(2))
    record_judgements(
        rater=bob,
        rubric=newest,
        judgements=[NewJudgement(item_id=item.pk, levels=(PASS, PASS))],
        visible=Visible.ASSISTED,
    )

    manifest, rows = export(project, Shape.SFT)

    assert rows == []
    assert manifest["counts"]["judgements_left_out"] == {"assisted": 1, "other_rubric": 1}
    assert manifest["counts"]["left_out"] == {"unrated": 1}
    assert manifest["raters"] == []


def test_an_older_rubric_version_can_be_asked_for_and_rebuilt(tmp_path: Path) -> None:
    project = make_project(spec=rubric_spec(1))
    judge_item(make_rater(project, name="ann"), add_item(project, "it"), (PASS,))
    now, named = tmp_path / "now", tmp_path / "named"
    export_dataset(project=project, query=Query(Shape.SFT), folder=now)
    add_rubric_version(project=project, spec=rubric_spec(2))

    manifest = export_dataset(project=project, query=Query(Shape.SFT, rubric=1), folder=named)

    assert (manifest["rubric"]["version"], manifest["counts"]["rows"]) == (1, 1)
    assert read_manifest(now) == manifest  # the version that was newest then is written out
    assert rebuild_dataset(folder=now, project=project) == []
    with pytest.raises(DatasetError, match="a rubric version from 1 to 2 of this project, got 3"):
        export_dataset(project=project, query=Query(Shape.SFT, rubric=3), folder=tmp_path / "none")


def test_an_aggregate_of_people_counts_only_where_none_of_them_rated(export: Any) -> None:
    project = make_project(spec=rubric_spec(1))
    ann = make_rater(project, name="ann")
    crowd = make_rater(project, RaterKind.PEOPLE, name="crowd")
    seen, published = add_item(project, "seen"), add_item(project, "published")
    judge_item(ann, seen, (PASS,))
    judge_item(crowd, seen, (FAIL,))
    judge_item(crowd, published, (PASS,))

    manifest, rows = export(project, Shape.SFT)

    assert ids_of(rows) == ["published", "seen"]
    assert manifest["counts"]["judgements_left_out"] == {"aggregate_of_people_read": 1}


def test_only_items_of_the_slice_are_selected(export: Any) -> None:
    project = make_project(spec=rubric_spec(1))
    for name, lang in (("one", "en"), ("two", "de"), ("three", "en")):
        add_item(project, name, slices={"lang": lang, "source": "web"})

    manifest, rows = export(project, Shape.JUDGED, slices=(("lang", "en"), ("source", "web")))

    assert [row["external_id"] for row in rows] == ["one", "three"]
    assert manifest["query"]["slices"] == [["lang", "en"], ["source", "web"]]


def test_rows_stand_in_bytewise_order_of_their_ids(export: Any) -> None:
    project = make_project(spec=rubric_spec(1))
    for name in ("b", "A", "ä", "a", "B"):
        add_item(project, name)

    assert [row["external_id"] for row in export(project, Shape.JUDGED)[1]] == ["A", "B", "a", "b", "ä"]


def test_a_preview_counts_what_an_export_writes() -> None:
    project = judged_project()

    preview = preview_dataset(project=project, query=Query(Shape.SFT), at_most=100)

    assert (preview.tally.n_rows, preview.n_read, preview.n_items) == (4, 8, 8)
    assert preview.tally.left_out == {"unqualified": 4, "duplicate": 0}
    assert preview_dataset(project=project, query=Query(Shape.SFT), at_most=3).n_read == 3


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (Query(Shape.SFT, labels=Labels.JUDGE), "need a judge; there are gpt"),
        (Query(Shape.SFT, labels=Labels.JUDGE, judge="nobody"), "got “nobody”; there are gpt"),
        (Query(Shape.JUDGED, judge="gpt@3"), "got “gpt@3”"),
    ],
)
def test_a_query_that_names_no_judge_of_the_project_leaves_nothing_behind(
    tmp_path: Path, query: Query, message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        export_dataset(project=judged_project(), query=query, folder=tmp_path / "out")

    assert list(tmp_path.iterdir()) == []
