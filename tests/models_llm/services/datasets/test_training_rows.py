"""Rows of the shapes for training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotations.choices import GoldSource, RaterKind
from annotations.models import Gold, QueuedItem
from models_llm.choices import Labels, Shape
from models_llm.datasets import Query
from models_llm.errors import DatasetError
from models_llm.services.datasets import export_dataset
from tests.factories import judge_item, make_project, make_rater, rubric_spec
from tests.models_llm.services.datasets.exported_projects import (
    FAIL,
    PASS,
    PREFERENCE,
    TIE,
    A,
    B,
    add_item,
    ids_of,
)

pytestmark = pytest.mark.django_db


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


def test_shapes_of_one_candidate_refuse_a_rubric_in_which_nothing_passes(tmp_path: Path) -> None:
    project = make_project(spec=PREFERENCE, kind="preference")

    with pytest.raises(DatasetError, match="expected a rubric with levels that pass, “Preference” has none"):
        export_dataset(project=project, query=Query(Shape.SFT), folder=tmp_path / "out")
