"""What the arrays hold, against the rows they come from."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from annotations.agreement import OUTCOMES, Ratings
from annotations.choices import Outcome, RaterKind, Visible
from annotations.models import Item, Project
from annotations.rubrics import MISSING
from annotations.selectors.ratings import ItemSlice, fetch_ratings
from annotations.services.judgements import NewJudgement, record_judgements
from tests.factories import judge_item, make_batch, make_items, make_project, make_rater

pytestmark = pytest.mark.django_db


def rows_of(ratings: Ratings) -> dict[tuple[str, int], tuple[Outcome, list[int]]]:
    """Rater's name and item id to outcome and levels."""
    return {
        (ratings.raters[rater].name, int(ratings.items[item])): (OUTCOMES[outcome], levels.tolist())
        for rater, item, outcome, levels in zip(
            ratings.rater, ratings.item, ratings.outcome, ratings.levels, strict=True
        )
    }


def test_an_empty_project_gives_empty_arrays() -> None:
    ratings = fetch_ratings(project=make_project())
    assert ratings.levels.shape == (0, 2)
    assert ratings.scores.shape == (0, 2)
    assert ratings.raters == ()


def test_levels_and_outcomes_come_as_they_were_recorded() -> None:
    project = make_project()
    first, second = make_items(project, 2)
    person, judge = make_rater(project, name="ann"), make_rater(project, RaterKind.JUDGE, name="bot")
    judge_item(person, first, (0, None))
    judge_item(judge, first, (1, 1))
    judge_item(judge, second, None, outcome=Outcome.UNPARSED)
    assert rows_of(fetch_ratings(project=project)) == {
        ("ann", first.pk): (Outcome.RATED, [0, MISSING]),
        ("bot", first.pk): (Outcome.RATED, [1, 1]),
        ("bot", second.pk): (Outcome.UNPARSED, [MISSING, MISSING]),
    }


def test_scores_stay_with_their_item_when_only_some_have_them() -> None:
    project = make_project()
    items = make_items(project, 3)
    judge = make_rater(project, RaterKind.JUDGE)
    judge_item(judge, items[2], (0, 0), scores=(0.25, None))
    judge_item(judge, items[0], (1, 1))
    judge_item(judge, items[1], (0, 1), scores=(0.5, 1.5))
    ratings = fetch_ratings(project=project)
    scores = {int(ratings.items[i]): s.tolist() for i, s in zip(ratings.item, ratings.scores, strict=True)}
    assert scores[items[1].pk] == [0.5, 1.5]
    assert scores[items[2].pk][0] == 0.25
    assert math.isnan(scores[items[2].pk][1])
    assert np.isnan(scores[items[0].pk]).all()


def test_a_superseded_judgement_is_gone() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    person = make_rater(project, name="ann")
    rubric = project.current_rubric()
    for levels in ((0, 0), (1, 0)):
        record_judgements(
            rater=person,
            rubric=rubric,
            judgements=[NewJudgement(item_id=item.pk, levels=levels)],
            visible=Visible.BLIND,
            existing="supersede",
        )
    assert rows_of(fetch_ratings(project=project)) == {("ann", item.pk): (Outcome.RATED, [1, 0])}


def test_assisted_annotations_are_marked() -> None:
    project = make_project()
    first, second = make_items(project, 2)
    person, rubric = make_rater(project), project.current_rubric()
    for item, visible in ((first, Visible.BLIND), (second, Visible.ASSISTED)):
        record_judgements(
            rater=person,
            rubric=rubric,
            judgements=[NewJudgement(item_id=item.pk, levels=(0, 0))],
            visible=visible,
        )
    ratings = fetch_ratings(project=project)
    assert ratings.items[ratings.item[ratings.assisted]].tolist() == [second.pk]


def sliced_project() -> tuple[Project, list[Item]]:
    project = make_project()
    batch = make_batch(project)
    items = [
        *make_items(project, 2, slices={"subset": "it's red"}),
        *make_items(project, 1, batch=batch, slices={"subset": "blue"}),
        *make_items(project, 1, slices={}),
    ]
    rater = make_rater(project)
    for item in items:
        judge_item(rater, item, (0, 0))
    other = make_project()
    judge_item(make_rater(other), make_items(other, 1)[0], (1, 1))
    return project, items


def test_filters_keep_what_they_say() -> None:
    project, items = sliced_project()
    another = make_rater(project)
    judge_item(another, items[0], (1, 1))
    every = fetch_ratings(project=project)
    assert every.items.tolist() == [item.pk for item in items]
    red = fetch_ratings(project=project, item_slice=ItemSlice("subset", "it's red"))
    assert red.items.tolist() == [items[0].pk, items[1].pk]
    batch = fetch_ratings(project=project, batch_id=items[2].batch_id)
    assert batch.items.tolist() == [items[2].pk]
    alone = fetch_ratings(project=project, rater_ids=[another.pk])
    assert [facts.id for facts in alone.raters] == [another.pk]
    assert alone.items.tolist() == [items[0].pk]
    assert fetch_ratings(project=project, rater_ids=[]).items.tolist() == []


@pytest.mark.parametrize("n_items", [2, 20])
def test_queries_do_not_grow_with_the_rows(n_items: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    project = make_project()
    items = make_items(project, n_items)
    for rater in (make_rater(project), make_rater(project, RaterKind.JUDGE)):
        for item in items:
            judge_item(rater, item, (0, 1))
    # rubric, whose words this process knows by now; raters; judgements
    with django_assert_num_queries(3):
        assert len(fetch_ratings(project=project).item) == 2 * n_items
