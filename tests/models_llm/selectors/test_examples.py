"""Examples chosen from what people decided."""

from __future__ import annotations

import pytest

from annotations.choices import GoldSource, RaterKind, Visible
from annotations.models import Gold, Item, Project
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.selectors.examples import choose_examples
from tests.annotations.test_images import RED, uri
from tests.factories import make_items, make_project, make_rater
from tests.models_llm.rubrics import tag_rubric

pytestmark = pytest.mark.django_db
LEVELS = (0, 1, 2)


def said(
    item: Item,
    *all_levels: tuple[int | None, ...],
    visible: Visible = Visible.BLIND,
    kind: RaterKind = RaterKind.PERSON,
) -> None:
    for levels in all_levels:
        record_judgements(
            rater=make_rater(item.project, kind),
            rubric=item.project.current_rubric(),
            judgements=[NewJudgement(item_id=item.pk, levels=levels, rationale=f"because {levels}")],
            visible=visible,
        )


def gold(item: Item, levels: tuple[int | None, ...]) -> None:
    rubric = item.project.current_rubric()
    Gold.objects.create(item=item, rubric=rubric, levels=list(levels), source=GoldSource.IMPORTED)


def chosen(project: Project, n: int = 8, seed: int = 0) -> list[tuple[int, str, tuple[int, ...]]]:
    rubric = project.current_rubric()
    found = choose_examples(rubric=rubric, n=n, seed=seed)
    return [(one.item.pk, one.source, one.example.levels) for one in found]


def test_gold_counts_before_unanimity_and_that_before_a_majority() -> None:
    project = make_project(spec=tag_rubric())
    known, unanimous, divided = make_items(project, 3)
    said(divided, LEVELS, LEVELS, (0, 0, 2))
    said(unanimous, LEVELS, LEVELS)
    gold(known, LEVELS)
    assert chosen(project) == [
        (known.pk, "gold", LEVELS),
        (unanimous.pk, "unanimous", LEVELS),
        (divided.pk, "majority", LEVELS),
    ]
    [_, second, _] = choose_examples(rubric=project.current_rubric(), n=3, seed=0)
    assert second.example.rationale == "because (0, 1, 2)"


def test_one_person_a_tie_an_open_criterion_and_a_judge_decide_nothing() -> None:
    project = make_project(spec=tag_rubric())
    alone, tied, opened, judged = make_items(project, 4)
    said(alone, LEVELS)
    said(tied, LEVELS, (1, 1, 2))
    said(opened, (0, 1, None), (0, 1, None))
    said(judged, LEVELS, LEVELS, kind=RaterKind.JUDGE)
    gold(alone, (0, None, 2))
    assert chosen(project) == []


def test_what_was_said_with_a_verdict_in_sight_is_no_example() -> None:
    project = make_project(spec=tag_rubric())
    [item] = make_items(project, 1)
    said(item, LEVELS, LEVELS, visible=Visible.ASSISTED)
    assert chosen(project) == []


def test_a_published_aggregate_stands_for_several_people() -> None:
    project = make_project(spec=tag_rubric())
    [item] = make_items(project, 1)
    said(item, LEVELS, kind=RaterKind.PEOPLE)
    assert chosen(project) == [(item.pk, "majority", LEVELS)]


def test_items_with_images_and_very_long_ones_are_no_examples_and_others_take_their_places() -> None:
    project = make_project(spec=tag_rubric())
    [picture] = make_items(project, 1, context={"photo": uri(RED)})
    [long] = make_items(project, 1, context={"text": "word " * 5000})
    [plain] = make_items(project, 1)
    for item in (picture, long, plain):
        gold(item, LEVELS)
    assert chosen(project, n=2) == [(plain.pk, "gold", LEVELS)]


def test_of_a_group_one_item_is_an_example() -> None:
    project = make_project(spec=tag_rubric())
    for item in make_items(project, 5, group="g"):
        gold(item, LEVELS)
    assert len(chosen(project)) == 1
