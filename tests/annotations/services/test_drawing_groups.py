"""Directed draws under a rubric that ranks: all candidates of a group score it, not the one that stands for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annotations.choices import Order, RaterKind
from annotations.models import DrawnFrom, Item, Project, QueuedItem
from annotations.selectors.draws import chances_of_any_draw, plan_draw, repeat_draw
from annotations.services.projects import change_policy
from annotations.services.queue import queue_items
from tests.factories import judge_item, make_group, make_items, make_project, make_rater, ranking_spec

pytestmark = pytest.mark.django_db


def project_with_groups(*sizes: int, **settings: Any) -> tuple[Project, list[list[Item]]]:
    project = make_project(spec=ranking_spec(4))
    change_policy(project=project, settings=replace(project.current_policy().settings(), **settings))
    return project, [make_group(project, size) for size in sizes]


def said_by_two_judges(project: Project, groups: list[list[Item]], *places: tuple[int, ...]) -> None:
    """One judge goes by the order of the candidates, the other gives each group these places."""
    judges = [make_rater(project, RaterKind.JUDGE) for _ in range(2)]
    for group, others in zip(groups, places, strict=False):
        for own, (item, other) in enumerate(zip(group, others, strict=True)):
            judge_item(judges[0], item, (own,))
            judge_item(judges[1], item, (other,))


def scores_of(project: Project, *groups: list[Item]) -> list[float]:
    """What the draw of the project went by, in the order of the groups."""
    kept = DrawnFrom.objects.get(draw__project=project)
    assert kept.scores is not None
    by_first = dict(zip(kept.items, kept.scores, strict=True))
    assert set(by_first) == {group[0].pk for group in groups}
    return [by_first[group[0].pk] for group in groups]


def test_disagreement_is_the_share_of_pairs_that_judges_order_differently() -> None:
    project, groups = project_with_groups(3, 3, 3, 3, order=Order.DISAGREEMENT, uniform_share=0.2)
    # Turned round: three of three pairs. The last two exchanged, the first items alike: one. Alike: none. Unjudged.
    said_by_two_judges(project, groups, (2, 1, 0), (0, 2, 1), (0, 1, 2))
    queue_items(project=project, n=1)
    assert scores_of(project, *groups) == pytest.approx([1, np.sqrt(1 / 3), 0, np.nan], nan_ok=True)


def test_a_tie_beside_an_order_is_a_disagreement_and_what_judges_tie_alike_is_none() -> None:
    project, groups = project_with_groups(2, 2, order=Order.DISAGREEMENT, uniform_share=0.2)
    said_by_two_judges(project, groups, (0, 0), (2, 3))
    queue_items(project=project, n=1)
    assert scores_of(project, *groups) == [1, 0]


def test_uncertainty_is_that_of_all_candidates() -> None:
    project, groups = project_with_groups(2, 2, order=Order.UNCERTAINTY, uniform_share=0.5)
    judge = make_rater(project, RaterKind.JUDGE)
    sure, unsure = (1.0, 0.0, 0.0, 0.0, 0.0), (0.5, 0.5, 0.0, 0.0, 0.0)
    # The first items are alike; of the other two one is unsure: the mean of 0 and 1/2.
    for group, second in zip(groups, (unsure, sure), strict=True):
        judge_item(judge, group[0], (0,), distributions=sure)
        judge_item(judge, group[1], (0,), distributions=second)
    queue_items(project=project, n=1)
    assert scores_of(project, *groups) == pytest.approx([0.5, 0], abs=1e-6)
    # Half evenly, half by the score: .5 / 2 and .5 more for the first.
    ids, chances = chances_of_any_draw(project)
    by_first = dict(zip(ids.tolist(), chances.tolist(), strict=True))
    assert by_first == pytest.approx({groups[0][0].pk: 0.75, groups[1][0].pk: 0.25})


def test_a_group_is_as_urgent_as_its_most_urgent_candidate() -> None:
    project, [usual] = project_with_groups(2, order=Order.PRIORITY, uniform_share=0.2)
    slices: tuple[dict[str, Any], ...] = ({}, {"priority": 6}, {"priority": "2"})
    urgent = [
        make_items(project, 1, group="urgent", candidates=[{"text": f"answer {n}"}], slices=own)[0]
        for n, own in enumerate(slices)
    ]
    queue_items(project=project)
    assert scores_of(project, usual, urgent) == [0, 6]
    asked = project.queue.order_by("position").values_list("item_id", flat=True)
    assert list(asked) == [urgent[0].pk, usual[0].pk]


def test_the_stored_probability_is_how_often_a_group_is_drawn_and_the_draw_can_be_repeated() -> None:
    project, groups = project_with_groups(3, 3, 3, 3, 3, order=Order.DISAGREEMENT, uniform_share=0.2)
    said_by_two_judges(project, groups, (2, 1, 0), (0, 2, 1), (0, 1, 2), (1, 0, 2), (0, 1, 2))
    settings, n_seeds = project.current_policy().settings(), 400
    drawn = Counter(
        pk
        for seed in range(n_seeds)
        for pk in plan_draw(project=project, settings=settings, n=2, seed=seed).drawn_ids.tolist()
    )
    draw = queue_items(project=project, n=2)
    assert repeat_draw(draw).is_same
    ids, chances = chances_of_any_draw(project)
    assert set(ids.tolist()) == {group[0].pk for group in groups}
    assert chances.sum() == pytest.approx(2)
    assert len(set(chances.tolist())) == 3
    for pk, chance in zip(ids.tolist(), chances.tolist(), strict=True):
        # Within four standard errors.
        assert abs(drawn[pk] / n_seeds - chance) < 4 * np.sqrt(chance * (1 - chance) / n_seeds) + 1e-9
    stored = dict(QueuedItem.objects.filter(project=project).values_list("item_id", "probability"))
    assert stored == pytest.approx({pk: chances[ids == pk][0] for pk in stored})
