"""What counts as a vote, as rows and as arrays."""

from __future__ import annotations

import pytest

from annotations.agreement import level_counts, majority_levels
from annotations.choices import Outcome, RaterKind, Visible
from annotations.models import Item, Rater
from annotations.selectors.votes import fetch_votes, votes_under
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.rubrics import add_rubric_version
from tests.factories import judge_item, make_items, make_project, make_rater, rubric_spec

pytestmark = pytest.mark.django_db


def rate(rater: Rater, item: Item, levels: tuple[int, ...], visible: Visible = Visible.BLIND) -> None:
    record_judgements(
        rater=rater,
        rubric=item.project.current_rubric(),
        judgements=[NewJudgement(item_id=item.pk, levels=levels)],
        visible=visible,
        existing="supersede",
    )


def test_only_what_people_said_by_themselves_is_a_vote() -> None:
    project = make_project()
    rubric = project.current_rubric()
    person, other = make_rater(project), make_rater(project)
    several = make_rater(project, RaterKind.PEOPLE)
    judge = make_rater(project, RaterKind.JUDGE)
    both, published, assisted, judged, unread, changed = make_items(project, 6)
    judge_item(person, both, (0, 1))
    judge_item(other, both, (0, None))
    judge_item(judge, both, (1, 1))
    rate(make_rater(project), both, (0, 0), Visible.ASSISTED)
    judge_item(several, published, (1, 1))
    rate(person, assisted, (0, 0), Visible.ASSISTED)
    judge_item(judge, judged, (0, 0))
    judge_item(person, unread, None, outcome=Outcome.UNPARSED)
    rate(person, changed, (0, 0))
    rate(person, changed, (1, 0))
    elsewhere = make_project()
    [foreign] = make_items(elsewhere, 1)
    judge_item(make_rater(elsewhere), foreign, (0, 0))

    expected = {(person.pk, both.pk), (other.pk, both.pk), (several.pk, published.pk), (person.pk, changed.pk)}
    assert set(votes_under(rubric).values_list("rater", "item")) == expected
    votes = fetch_votes(rubric)
    assert votes.items.tolist() == [both.pk, published.pk, changed.pk]
    assert {
        (votes.raters[rater].id, int(votes.items[item])) for rater, item in zip(votes.rater, votes.item, strict=True)
    } == expected
    # Items in that order; passed, failed.
    assert [counts.tolist() for counts in level_counts(votes)] == [[[2, 0], [0, 1], [0, 1]], [[0, 1], [0, 1], [1, 0]]]
    assert majority_levels(votes).tolist() == [[0, 1], [1, 1], [1, 0]]


def test_votes_are_those_under_the_rubric_that_is_asked_for() -> None:
    project = make_project()
    first = project.current_rubric()
    [item] = make_items(project, 1)
    judge_item(make_rater(project), item, (0, 0))
    second = add_rubric_version(project=project, spec=rubric_spec(3))
    assert (len(fetch_votes(first).item), len(fetch_votes(second).item)) == (1, 0)
    assert (votes_under(first).count(), votes_under(second).count()) == (1, 0)
    assert majority_levels(fetch_votes(second)).shape == (0, 3)


def test_a_tie_and_a_criterion_nobody_rated_have_no_majority() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    for level in (0, 1):
        judge_item(make_rater(project), item, (level, None))
    assert majority_levels(fetch_votes(project.current_rubric())).tolist() == [[-1, -1]]
