"""Ranked groups in data sets: preferences are read from the judgements of their candidates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from annotations.choices import RaterKind
from annotations.models import Item, Project, Rater
from annotations.rubrics import Preference, RubricSpec, preference
from annotations.selectors.agreement import project_agreement
from annotations.selectors.rankings import shown_order
from annotations.services.gold import gold_from_ruling
from annotations.services.queue import claim_item, queue_items, submit_ranking
from models_llm.choices import Labels, Shape
from models_llm.errors import DatasetError
from models_llm.rewards.value_scale import tiers_of
from tests.factories import judge_item, make_group, make_project, make_rater, ranking_spec

pytestmark = pytest.mark.django_db
BELOW = 4


def ranked(*rankings: tuple[int, ...], **fields: Any) -> tuple[Project, list[Item]]:
    """A group and what each of some people said of its candidates, in the order in which they came in."""
    project = make_project(spec=fields.pop("spec", ranking_spec(4)), overlap=len(rankings), **fields)
    group = make_group(project, len(rankings[0]))
    queue_items(project=project)
    for ranking in rankings:
        rank(project, make_rater(project), dict(zip((item.pk for item in group), ranking, strict=True)))
    return project, group


def without_line() -> RubricSpec:
    [criterion] = ranking_spec(4).criteria
    places = tuple(replace(level, passes=None) for level in criterion.levels[:-1])
    return RubricSpec(name="No line", criteria=(replace(criterion, levels=places),))


def rank(project: Project, rater: Rater, levels: dict[int, int]) -> None:
    turn = claim_item(project=project, rater=rater)
    assert turn is not None
    submit_ranking(
        assignment=turn, rubric=project.current_rubric(), levels=[levels[item] for item in shown_order(turn)]
    )


def pairs(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(row["chosen_id"], row["rejected_id"]) for row in rows}


def named(group: list[Item], *wanted: tuple[int, int]) -> set[tuple[str, str]]:
    return {(group[one].external_id, group[other].external_id) for one, other in wanted}


def test_a_ranking_is_all_its_preferences_and_ties_are_none(export: Any) -> None:
    project, group = ranked((1, 0, 1, BELOW))

    manifest, rows = export(project, Shape.DPO, max_per_prompt=0)

    assert pairs(rows) == named(group, (1, 0), (1, 2), (1, 3), (0, 3), (2, 3))
    assert manifest["counts"]["pairs_left_out"] == {"tie": 1}
    assert {row["weight"] for row in rows} == {1.0}


def test_of_several_rankings_the_majority_on_each_pair_counts(export: Any) -> None:
    # 0 before 1 by two of three, 1 before 2 by two of three, 0 and 2: one each way, and once tied.
    project, group = ranked((0, 1, 2), (0, 1, 0), (2, 0, 1))

    manifest, rows = export(project, Shape.DPO, max_per_prompt=0)

    assert pairs(rows) == named(group, (0, 1), (1, 2))
    assert manifest["counts"]["pairs_left_out"] == {"tie": 1}


def test_a_limit_spreads_over_the_candidates(export: Any) -> None:
    project, group = ranked((0, 1, 2, 3))

    manifest, rows = export(project, Shape.DPO, max_per_prompt=2)

    assert pairs(rows) == named(group, (0, 1), (2, 3))
    assert manifest["counts"]["pairs_left_out"] == {"over_limit": 4}


def test_pairs_weigh_by_the_chance_of_their_group(export: Any) -> None:
    project = make_project(spec=ranking_spec(4))
    groups = [make_group(project, 2) for _ in range(4)]
    queue_items(project=project, n=1)
    rater = make_rater(project)
    rank(project, rater, {item.pk: place for group in groups for place, item in enumerate(group)})

    _, [row] = export(project, Shape.DPO)
    assert row["weight"] == 4.0  # one group of four
    queue_items(project=project, n=2, seed=7)
    _, rows = export(project, Shape.DPO)
    assert len(rows) == 1
    assert rows[0]["weight"] < 4.0  # a second draw had a chance at it too


def test_a_list_wise_judges_places_are_read_the_same_way(export: Any) -> None:
    project, group = ranked((0, 1, 2))
    judge = make_rater(project, RaterKind.JUDGE, name="side by side")
    for place, item in zip((2, 1, 0), group, strict=True):
        judge_item(judge, item, (place,))

    _, rows = export(project, Shape.DPO, labels=Labels.JUDGE, judge="side by side", max_per_prompt=0)

    assert pairs(rows) == named(group, (2, 1), (2, 0), (1, 0))
    assert {row["label_source"] for row in rows} == {"judge"}


def test_whoever_is_not_below_the_line_qualifies(export: Any) -> None:
    project, group = ranked((0, BELOW, 1))

    _, rows = export(project, Shape.KTO)

    assert {row["external_id"]: row["label"] for row in rows} == {
        group[0].external_id: True,
        group[1].external_id: False,
        group[2].external_id: True,
    }


def test_rankers_who_give_different_places_above_the_line_do_not_disagree(export: Any) -> None:
    # 0: two places, both above. 1: one of three below. 2: two of three below. 3: nobody has it above.
    project, _ = ranked((0, 1, BELOW, BELOW), (1, 0, BELOW, BELOW), (1, BELOW, 0, BELOW))

    manifest, rows = export(project, Shape.KTO)

    assert [row["label"] for row in sorted(rows, key=lambda row: row["external_id"])] == [True, True, False, False]
    assert manifest["counts"]["left_out"] == {}


def test_rankers_who_split_on_the_line_disagree(export: Any) -> None:
    project, group = ranked((0, 1), (0, BELOW))

    manifest, [row] = export(project, Shape.KTO)

    assert (row["external_id"], row["label"]) == (group[0].external_id, True)
    assert manifest["counts"]["left_out"] == {"disagreement": 1}


def test_good_and_bad_cannot_be_told_without_a_line(export: Any) -> None:
    project, _ = ranked((0, 1), spec=without_line())

    with pytest.raises(DatasetError, match="says which candidate is better and not which is good"):
        export(project, Shape.KTO)

    _, [pair] = export(project, Shape.DPO)
    assert pair["weight"] == 1.0


def test_fine_tuning_takes_the_first_of_a_group(export: Any) -> None:
    project, group = ranked((1, 0, 2), (0, 1, 2), (1, 0, 2))

    manifest, rows = export(project, Shape.SFT)

    assert [row["external_id"] for row in rows] == [group[1].external_id]
    assert rows[0]["label_source"] == "people"
    assert manifest["counts"]["left_out"] == {"not_first": 2}


def test_who_is_before_each_other_by_most_is_first_though_no_place_has_most(export: Any) -> None:
    # 0 is before 1 by two of three, before 2 by two of three and before 3 by all; its places are 0, 1, 1.
    project, group = ranked((0, 1, 2, 3), (1, 0, 2, 3), (1, 2, 0, 3))

    _, rows = export(project, Shape.SFT)

    assert [row["external_id"] for row in rows] == [group[0].external_id]


@pytest.mark.parametrize(
    "rankings",
    [
        ((0, 1), (1, 0)),  # one each way
        ((0, 1), (0, 0), (1, 0)),  # and one ties them
        ((0, 1, 2), (2, 0, 1), (1, 2, 0)),  # a circle
    ],
)
def test_fine_tuning_takes_none_where_rankers_do_not_agree_on_the_first(
    export: Any, rankings: tuple[tuple[int, ...], ...]
) -> None:
    project, group = ranked(*rankings)

    manifest, rows = export(project, Shape.SFT)

    assert rows == []
    assert manifest["counts"]["left_out"] == {"no_first": len(group)}


def test_candidates_that_all_tie_for_the_first_place_are_both_first_up_to_the_limit(export: Any) -> None:
    project, group = ranked((0, 0, 2), (0, 0, 2))

    _, rows = export(project, Shape.SFT)
    assert {row["external_id"] for row in rows} == {item.external_id for item in group[:2]}
    manifest, rows = export(project, Shape.SFT, max_per_prompt=1)
    assert len(rows) == 1
    assert manifest["counts"]["left_out"] == {"not_first": 1, "over_limit": 1}


def test_the_first_of_a_group_of_which_none_deserves_a_place_is_not_learned(export: Any) -> None:
    project, _ = ranked((BELOW, BELOW), (BELOW, BELOW))

    manifest, rows = export(project, Shape.SFT)

    assert rows == []
    assert manifest["counts"]["left_out"] == {"no_first": 2}


def test_the_first_of_a_group_that_most_have_below_the_line_is_not_learned(export: Any) -> None:
    project, _ = ranked((0, 1), (BELOW, BELOW), (BELOW, BELOW))

    manifest, rows = export(project, Shape.SFT)

    assert rows == []
    assert manifest["counts"]["left_out"] == {"not_first": 1, "unqualified": 1}


def test_whoever_is_behind_gold_is_not_the_first(export: Any) -> None:
    project, group = ranked((0, 1, 2), (0, 1, 2))
    gold_from_ruling(item=group[0], levels=(0,))

    manifest, rows = export(project, Shape.SFT)

    assert rows == []
    assert manifest["counts"]["left_out"] == {"gold": 1, "no_first": 2}


def test_fine_tuning_needs_no_line(export: Any) -> None:
    project, group = ranked((1, 0), spec=without_line())

    _, [row] = export(project, Shape.SFT)

    assert row["external_id"] == group[1].external_id


def test_each_group_has_its_own_first_and_the_chance_of_its_draw(export: Any) -> None:
    project = make_project(spec=ranking_spec(4))
    groups = [make_group(project, 3) for _ in range(4)]
    queue_items(project=project, n=2)
    places = {item.pk: place for group in groups for place, item in enumerate(group)}
    rater = make_rater(project)
    rank(project, rater, places)
    rank(project, rater, places)

    manifest, rows = export(project, Shape.SFT)

    assert len(rows) == 2
    assert {row["external_id"] for row in rows} < {group[0].external_id for group in groups}
    assert {row["weight"] for row in rows} == {2.0}
    assert manifest["counts"]["left_out"] == {"not_first": 4, "unrated": 6}


def test_judged_items_have_the_middle_place_and_are_left_out_for_no_difference_of_places(export: Any) -> None:
    # The middle places: 0 of 0, 0, 1; 1 of 0, 1, 2; 2 of 1, 2, below; below of 3, below, below.
    project, group = ranked((0, 1, 2, 3), (0, 2, 1, BELOW), (1, 0, BELOW, BELOW))

    _, rows = export(project, Shape.JUDGED)

    said = {row["external_id"]: row for row in rows}
    rows = [said[item.external_id] for item in group]
    assert [row["people"]["place"]["consensus"] for row in rows] == ["1", "2", "3", "below"]
    assert [row["label_levels"]["place"] for row in rows] == ["1", "2", "3", "below"]
    assert [row["people"]["place"]["n"] for row in rows] == [3, 3, 3, 3]
    assert rows[0]["people"]["place"]["counts"] == {"1": 2, "2": 1, "3": 0, "4": 0, "below": 0}
    assert [row["people_qualify"] for row in rows] == [True, True, True, False]
    assert [row["qualifies"] for row in rows] == [True, True, True, False]
    assert [row["left_out"] for row in rows] == [None] * 4


def test_a_middle_between_two_places_is_no_place_and_no_disagreement(export: Any) -> None:
    project, _ = ranked((0, 1), (1, 0))

    _, rows = export(project, Shape.JUDGED)

    assert [(row["people"]["place"]["consensus"], row["qualifies"], row["left_out"]) for row in rows] == [
        (None, True, None), (None, True, None),
    ]  # fmt: skip


def test_judged_items_of_a_ranking_without_a_line_are_neither_good_nor_left_out(export: Any) -> None:
    project, _ = ranked((0, 1), (1, 0), spec=without_line())
    make_group(project, 2)

    _, rows = export(project, Shape.JUDGED)

    assert [row["qualifies"] for row in rows] == [None] * 4
    assert [row["left_out"] for row in rows] == [None, None, "unrated", "unrated"]


def test_a_reward_model_learns_places_as_tiers() -> None:
    [criterion] = ranking_spec(3).criteria

    assert tiers_of(criterion) == (3, 2, 1, 0)  # the best place the highest, below the line the lowest


def test_a_preference_counts_who_ranked_both() -> None:
    assert preference({1: 0, 2: 3, 3: 1, 4: 0}, {1: 1, 2: 2, 3: 1, 5: 0}) == Preference(
        n_before=1, n_behind=1, n_tied=1
    )
    assert preference({1: 0}, {2: 0}).n == 0


def test_agreement_on_places_is_that_of_an_ordinal_scale() -> None:
    alike, _ = ranked((0, 1, 2, 3), (0, 1, 2, 3))
    near, _ = ranked((0, 1, 2, 3), (1, 0, 2, 3))
    apart, _ = ranked((0, 1, 2, 3), (3, 1, 2, 0))

    values = [alpha(project) for project in (alike, near, apart)]

    # Of the same two levels exchanged, those that lie far apart cost more: places are no bare names.
    assert values[0] == 1.0
    assert values[0] > values[1] > values[2]


def alpha(project: Project) -> float:
    """Krippendorff's alpha of people, on an ordinal scale."""
    return (
        project_agreement(project=project, criterion="place")
        .criteria[0]
        .people.figures["krippendorff_alpha_ordinal"]
        .value
    )
