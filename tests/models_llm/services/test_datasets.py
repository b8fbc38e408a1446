"""Exports of hand-made projects: rows, counts, bytes and refusals."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import connection

from annotations.choices import GoldSource, Outcome, RaterKind, Scale, Visible
from annotations.models import Gold, Item, Judgement, Project, QueuedItem, Rater
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.rubrics import add_rubric_version
from models_llm.choices import FileFormat, Labels, Shape
from models_llm.datasets import SHAPES, Manifest, Query, find_shape, read_manifest
from models_llm.errors import DatasetError
from models_llm.services.datasets import export_dataset, preview_dataset, rebuild_dataset, verify_dataset
from tests.factories import judge_item, make_batch, make_items, make_project, make_rater, rubric_spec

pytestmark = pytest.mark.django_db
PASS, FAIL = 0, 1
A, B, TIE = 0, 1, 2
PREFERENCE = RubricSpec(
    name="Preference",
    criteria=(
        CriterionSpec(
            key="better",
            name="Better",
            scale=Scale.PREFERENCE,
            levels=tuple(LevelSpec(key=key, label=key) for key in ("a", "b", "tie")),
        ),
    ),
)


def add_item(project: Project, external_id: str, **fields: Any) -> Item:
    [item] = make_items(project, 1, **({"candidates": [{"text": f"text of {external_id}"}]} | fields))
    Item.objects.filter(pk=item.pk).update(external_id=external_id)
    item.external_id = external_id
    return item


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., tuple[Manifest, list[dict[str, Any]]]]:
    """Exports in JSONL and gives the manifest and the rows."""

    def run(project: Project, shape: Shape, **query: Any) -> tuple[Manifest, list[dict[str, Any]]]:
        folder = tmp_path / f"out{len(list(tmp_path.iterdir()))}"
        manifest = export_dataset(project=project, query=Query(shape, FileFormat.JSONL, **query), folder=folder)
        rows = [orjson.loads(line) for line in (folder / "data/train-00000-of-00001.jsonl").read_bytes().splitlines()]
        assert len(rows) == manifest["counts"]["rows"]
        return manifest, rows

    return run


def ids_of(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["external_id"] for row in rows)


def test_sft_holds_only_what_people_found_to_qualify(export: Any) -> None:
    project = make_project(spec=rubric_spec(2))
    ann, bob = make_rater(project, name="ann"), make_rater(project, name="bob")
    good, bad, split, unrated = (add_item(project, name) for name in ("good", "bad", "split", "unrated"))
    half, gold = add_item(project, "half"), add_item(project, "gold")
    for rater in (ann, bob):
        judge_item(rater, good, (PASS, PASS))
        judge_item(rater, gold, (PASS, PASS))
        judge_item(rater, bad, (PASS, FAIL))
    judge_item(ann, split, (PASS, PASS))
    judge_item(bob, split, (PASS, FAIL))
    judge_item(ann, half, (PASS, None))
    Gold.objects.create(item=gold, rubric=project.current_rubric(), levels=[0, 0], source=GoldSource.IMPORTED)

    manifest, rows = export(project, Shape.SFT)

    assert ids_of(rows) == ["good"]
    assert rows[0]["prompt"][0]["role"] == "system"
    assert rows[0]["prompt"][1] == {"role": "user", "content": '{"interests":["hiking"]}'}
    assert rows[0]["completion"] == [{"role": "assistant", "content": "text of good"}]
    assert rows[0]["label_source"] == "people"
    assert manifest["counts"]["left_out"] == {
        "unqualified": 1,
        "disagreement": 1,
        "unrated": 1,
        "incomplete": 1,
        "gold": 1,
    }
    assert (manifest["counts"]["items"], manifest["counts"]["used"]) == (6, 1)
    assert manifest["proof"] == {"ids_checked": 1, "gold_found": 0}
    assert unrated.external_id not in ids_of(rows)


def test_kto_labels_both_sides_and_drops_texts_judged_both_ways(export: Any) -> None:
    project = make_project(spec=rubric_spec(1))
    ann = make_rater(project, name="ann")
    same: dict[str, Any] = {"candidates": [{"text": "the same"}]}
    twice: dict[str, Any] = {"candidates": [{"text": "twice"}]}
    for name, level, fields in (
        ("yes", PASS, {}),
        ("no", FAIL, {}),
        ("same-1", PASS, same),
        ("same-2", FAIL, same),
        ("twice-1", PASS, twice),
        ("twice-2", PASS, twice),
    ):
        judge_item(ann, add_item(project, name, **fields), (level,))

    manifest, rows = export(project, Shape.KTO)

    assert {row["external_id"]: row["label"] for row in rows} == {"yes": True, "no": False, "twice-1": True}
    assert manifest["counts"]["left_out"] == {"contradictory": 2, "duplicate": 1}
    assert manifest["counts"]["measures"] == {"desirable": 2, "undesirable": 1}


def test_sft_takes_no_more_of_one_prompt_than_the_limit(export: Any) -> None:
    project = make_project(spec=rubric_spec(1))
    ann = make_rater(project, name="ann")
    for number in range(5):
        judge_item(ann, add_item(project, f"one-{number}"), (PASS,))
    judge_item(ann, add_item(project, "other", context={"interests": ["chess"]}), (PASS,))

    manifest, rows = export(project, Shape.SFT, max_per_prompt=2)

    assert len(rows) == 3
    assert "other" in ids_of(rows)
    assert manifest["counts"]["left_out"] == {"over_limit": 3}


def test_dpo_of_preferences_takes_the_side_most_people_took(export: Any) -> None:
    project = make_project(spec=PREFERENCE, kind="preference")
    people = [make_rater(project, name=name) for name in ("ann", "bob", "cy")]
    two = {"context": {"text": "why?"}, "candidates": [{"text": "first", "model": "m1"}, {"text": "second"}]}
    votes = {"a": (A, A, B), "b": (B, B, B), "tie": (TIE, TIE, A), "split": (A, B, TIE), "one": (A, A, A)}
    for name, levels in votes.items():
        item = add_item(project, name, **(two if name != "one" else {"candidates": [{"text": "alone"}]}))
        for rater, level in zip(people, levels, strict=True):
            judge_item(rater, item, (level,))

    manifest, rows = export(project, Shape.DPO)

    assert [(row["chosen_id"], row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows] == [
        ("a", "first", "second"),
        ("b", "second", "first"),
    ]
    assert rows[0]["prompt"][1] == {"role": "user", "content": "why?"}
    assert manifest["counts"]["left_out"] == {"tie": 1, "disagreement": 1, "not_two_candidates": 1}
    # first is 5 characters, second 6: |5 - 6| > 10 % of 6, so no pair is matched; one of two chosen is longer.
    assert manifest["counts"]["measures"] == {
        "chosen_characters": 11,
        "rejected_characters": 11,
        "chosen_is_longer": 1,
        "length_matched": 0,
    }


def test_dpo_of_groups_pairs_those_that_qualify_with_those_that_do_not(export: Any) -> None:
    project = make_project(spec=rubric_spec(1))
    ann = make_rater(project, name="ann")
    groups = {
        "g": {"g-1": PASS, "g-2": PASS, "g-3": FAIL},
        "all-good": {"h-1": PASS, "h-2": PASS},
        None: {"alone": PASS},
    }
    for group, members in groups.items():
        for name, level in members.items():
            judge_item(ann, add_item(project, name, group=group, context={"of": group or ""}), (level,))
    judge_item(ann, add_item(project, "stranger", group="g", context={"of": "another prompt"}), (FAIL,))

    manifest, rows = export(project, Shape.DPO)

    assert [(row["chosen_id"], row["rejected_id"], row["group"]) for row in rows] == [
        ("g-1", "g-3", "g"),
        ("g-2", "g-3", "g"),
    ]
    assert manifest["counts"]["left_out"] == {"no_contrast": 2, "context_differs": 1, "no_group": 1}


def test_dpo_limits_the_pairs_of_a_group_and_spreads_them(export: Any) -> None:
    project = make_project(spec=rubric_spec(1))
    ann = make_rater(project, name="ann")
    for number in range(6):  # three that qualify and three that do not: nine pairs are possible
        judge_item(ann, add_item(project, f"i-{number}", group="g"), (PASS if number < 3 else FAIL,))

    manifest, rows = export(project, Shape.DPO)

    assert [(row["chosen_id"], row["rejected_id"]) for row in rows] == [
        ("i-0", "i-3"),
        ("i-1", "i-4"),
        ("i-2", "i-5"),
        ("i-0", "i-4"),
    ]
    assert manifest["counts"]["pairs_left_out"] == {"over_limit": 5}
    assert manifest["counts"]["used"] == 6
    assert len(export(project, Shape.DPO, max_per_prompt=0)[1]) == 9


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


def test_rows_weigh_by_selection_only_where_people_alone_decide(export: Any) -> None:
    project = make_project(spec=rubric_spec(1))
    ann, judge = make_rater(project, name="ann"), make_rater(project, RaterKind.JUDGE, name="gpt")
    item = add_item(project, "it")
    judge_item(ann, item, (PASS,))
    judge_item(judge, item, (PASS,))
    QueuedItem.objects.create(item=item, project=project, policy=project.current_policy(), position=0, overlap=1,
                              probability=0.5)  # fmt: skip

    assert export(project, Shape.SFT)[1][0]["weight"] == 2.0
    assert export(project, Shape.SFT, labels=Labels.JUDGE, judge="gpt")[1][0]["weight"] == 1.0


def judged_project() -> Project:
    """A project in which every shape has rows: two groups of four, ratings by a person and a judge."""
    project = make_project(spec=rubric_spec(2))
    ann, judge = make_rater(project, name="ann"), make_rater(project, RaterKind.JUDGE, name="gpt")
    for number in range(8):
        item = add_item(project, f"i-{number}", group=f"g{number // 4}", context={"of": number // 4})
        judge_item(ann, item, (PASS, PASS if number % 2 else FAIL))
        judge_item(judge, item, (PASS, PASS), rationale="wörds")
    return project


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


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    export_dataset(project=judged_project(), query=Query(Shape.JUDGED), folder=tmp_path / "set")
    return tmp_path / "set"


@pytest.mark.parametrize("name", ["README.md", "data/train-00000-of-00001.parquet"])
def test_one_flipped_byte_is_found(exported: Path, name: str) -> None:
    content = bytearray((exported / name).read_bytes())
    content[len(content) // 2] ^= 1
    (exported / name).write_bytes(content)

    [fault] = verify_dataset(folder=exported)
    assert fault.path == name
    assert "SHA-256" in fault.message


def test_missing_and_extra_files_are_found(exported: Path) -> None:
    (exported / "README.md").unlink()
    (exported / "data/extra.txt").write_text("?")

    assert [str(fault) for fault in verify_dataset(folder=exported)] == [
        "README.md: is missing",
        "data/extra.txt: the manifest lists no such file",
    ]


def test_a_changed_count_in_the_manifest_is_found(exported: Path) -> None:
    path = exported / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"rows": 8', b'"rows": 9'))

    with pytest.raises(DatasetError, match="not as it was written"):
        verify_dataset(folder=exported)


def test_an_export_into_a_folder_that_holds_something_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("mine")

    with pytest.raises(DatasetError, match="holds something"):
        export_dataset(project=judged_project(), query=Query(Shape.JUDGED), folder=tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


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


def test_shapes_of_one_candidate_refuse_a_rubric_in_which_nothing_passes(tmp_path: Path) -> None:
    project = make_project(spec=PREFERENCE, kind="preference")

    with pytest.raises(DatasetError, match="expected a rubric with levels that pass, “Preference” has none"):
        export_dataset(project=project, query=Query(Shape.SFT), folder=tmp_path / "out")


def test_manifest_and_card_say_plainly_what_is_simulated(tmp_path: Path) -> None:
    project = make_project(spec=rubric_spec(1), is_simulated=True)
    robot: Rater = make_rater(project, name="robot [ann]", is_simulated=True)
    judge_item(robot, add_item(project, "it"), (PASS,))

    export_dataset(project=project, query=Query(Shape.SFT), folder=tmp_path / "out")

    assert read_manifest(tmp_path / "out")["simulated"] == {"project": True, "raters": ["robot [ann]"]}
    card = (tmp_path / "out/README.md").read_text()
    assert "**The items are simulated**" in card
    assert r"**These people are simulated**: robot \[ann\]" in card


def test_blocks_leave_no_seam(export: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project = judged_project()
    whole = {shape.name: export(project, shape.name) for shape in SHAPES}

    monkeypatch.setattr("models_llm.selectors.datasets.BLOCK_ITEMS", 3)

    for shape in SHAPES:
        manifest, rows = export(project, shape.name)
        assert rows == whole[shape.name][1]
        assert manifest["counts"] == whole[shape.name][0]["counts"]


@pytest.mark.django_db(transaction=True)
def test_an_export_sees_one_moment_though_people_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models_llm.selectors.datasets.BLOCK_ITEMS", 3)
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


def test_a_preview_counts_what_an_export_writes() -> None:
    project = judged_project()

    preview = preview_dataset(project=project, query=Query(Shape.SFT), at_most=100)

    assert (preview.tally.n_rows, preview.n_read, preview.n_items) == (4, 8, 8)
    assert preview.tally.left_out == {"unqualified": 4, "duplicate": 0}
    assert preview_dataset(project=project, query=Query(Shape.SFT), at_most=3).n_read == 3


@pytest.mark.parametrize("shape", [Shape.JUDGED, Shape.SFT, Shape.DPO])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (
        "selectors.datasets.BLOCK_ITEMS",
        "datasets.shapes.ROWS_PER_GROUP",
        "datasets.verification._ROWS_AT_ONCE",
    ):
        monkeypatch.setattr(f"models_llm.{size}", 50)
    _peak_bytes(shape, 2, tmp_path / "warm")  # libraries that are imported on first use count for nobody
    peaks = [_peak_bytes(shape, n_items, tmp_path / str(n_items)) for n_items in (400, 1600)]

    # A data set held whole would need four times as much.
    assert peaks[1] < 1.5 * peaks[0]


def _peak_bytes(shape: Shape, n_items: int, folder: Path) -> int:
    """Highest memory in use, of Python's and of Arrow's allocator, while a data set of pairs is exported."""
    project = make_project(spec=rubric_spec(1))
    Item.objects.bulk_create(
        Item(
            project=project,
            batch=batch,
            external_id=f"i-{number}",
            group=f"g{number // 2}",
            context={"text": f"{number // 2} " * 400},
            candidates=[{"text": f"{number} " * 200}],
            content_digest=b"",
        )
        for batch in [make_batch(project)]
        for number in range(n_items)
    )
    ids = project.items.order_by("pk").values_list("pk", flat=True)
    record_judgements(
        rater=make_rater(project),
        rubric=project.current_rubric(),
        judgements=[NewJudgement(item_id=pk, levels=(number % 2,)) for number, pk in enumerate(ids)],
        visible=Visible.BLIND,
    )
    before = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(before)
    pa.set_memory_pool(pool)
    tracemalloc.start()
    try:
        manifest = export_dataset(project=project, query=Query(shape), folder=folder)
        python_peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(before)
    assert manifest["counts"]["used"] == n_items / (2 if shape == Shape.SFT else 1)
    return python_peak + int(pool.max_memory() or 0)
