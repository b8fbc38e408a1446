"""Small projects for data sets."""

from __future__ import annotations

from typing import Any

from annotations.choices import RaterKind, Scale
from annotations.models import Item, Project
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec
from tests.factories import judge_item, make_items, make_project, make_rater, rubric_spec

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


def ids_of(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(row["external_id"] for row in rows)


def judged_project() -> Project:
    """A project in which every shape has rows: two groups of four, ratings by a person and a judge."""
    project = make_project(spec=rubric_spec(2))
    ann, judge = make_rater(project, name="ann"), make_rater(project, RaterKind.JUDGE, name="gpt")
    for number in range(8):
        item = add_item(project, f"i-{number}", group=f"g{number // 4}", context={"of": number // 4})
        judge_item(ann, item, (PASS, PASS if number % 2 else FAIL))
        judge_item(judge, item, (PASS, PASS), rationale="wörds")
    return project
