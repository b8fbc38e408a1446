"""Ranking a group: one place in the queue, one turn, one judgement a candidate."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from annotations.allocation import lot
from annotations.choices import (
    AssignmentStatus,
    GoldUse,
    Purpose,
    QueueState,
    RaterKind,
    RationaleNeed,
    SecondLook,
    Visible,
)
from annotations.errors import (
    AlreadyJudgedError,
    DrawError,
    GoldError,
    IncompleteAnnotationError,
    LeaseLostError,
    RationaleMissingError,
    RubricError,
)
from annotations.models import Assignment, Gold, Item, Judgement, Project, QueuedCandidate, QueuedItem, Rater
from annotations.selectors.rankings import shown_order
from annotations.services.gold import change_gold, gold_from_consensus, gold_from_ruling, use_as_gold
from annotations.services.queue import claim_item, queue_items, release_expired, skip_item, submit_ranking
from annotations.services.queue.turns import submit_annotation
from annotations.services.revisions import revise_annotation, revise_ranking
from annotations.services.rubrics import add_rubric_version
from tests.factories import (
    judge_item,
    make_group,
    make_items,
    make_project,
    make_rater,
    ranking_spec,
)

pytestmark = pytest.mark.django_db


def queued_group(n: int = 3, *, overlap: int = 1) -> tuple[Project, list[Item]]:
    project = make_project(spec=ranking_spec(), overlap=overlap)
    group = make_group(project, n)
    queue_items(project=project)
    return project, group


def claimed(project: Project, rater: Rater) -> Assignment:
    turn = claim_item(project=project, rater=rater)
    assert turn is not None
    return turn


def places_of(rater: Rater) -> dict[int, int | None]:
    return {item: levels[0] for item, levels in rater.judgements.live().values_list("item_id", "levels")}


# --- the queue


def test_a_group_has_one_row_of_the_queue_and_all_its_candidates() -> None:
    project = make_project(spec=ranking_spec())
    first, second = make_group(project, 3), make_group(project, 2)

    draw = queue_items(project=project)

    assert (draw.n_items, draw.n_drawn, draw.n_added, draw.left_out) == (2, 2, 2, {})
    assert set(QueuedItem.objects.values_list("pk", flat=True)) == {first[0].pk, second[0].pk}
    assert dict(QueuedCandidate.objects.values_list("item", "queued")) == {
        **{item.pk: first[0].pk for item in first},
        **{item.pk: second[0].pk for item in second},
    }


def test_a_group_comes_to_the_queue_whole_by_any_of_its_items_and_once() -> None:
    project = make_project(spec=ranking_spec())
    group = make_group(project, 3)

    draws = [queue_items(project=project, items=Item.objects.filter(pk=item.pk)) for item in reversed(group)]

    assert [draw.n_added for draw in draws] == [1, 0, 0]
    assert QueuedCandidate.objects.count() == 3


def test_what_cannot_be_ranked_is_left_out_with_the_reason() -> None:
    project = make_project(spec=ranking_spec(n_places=4))
    fine = make_group(project, 4)
    make_group(project, 5)
    make_group(project, 1)
    make_items(project, 2)
    make_group(project, 1, "apart", context={"interests": ["chess"]})
    make_group(project, 1, "apart", context={"interests": ["go"]})
    make_items(project, 2, group="pairs", candidates=["one", "other"])

    draw = queue_items(project=project)

    assert draw.left_out == {"too_many": 1, "alone": 1, "no_group": 2, "evidence_differs": 1, "not_one_candidate": 1}
    assert QueuedItem.objects.get().pk == fine[0].pk


def test_a_draw_of_nothing_that_can_be_ranked_is_refused() -> None:
    project = make_project(spec=ranking_spec(n_places=4))
    make_group(project, 5)

    with pytest.raises(DrawError, match="2 to 4 candidates to be ranked, found 1 groups with more candidates"):
        queue_items(project=project)
    assert not QueuedItem.objects.exists()


def test_what_comes_to_a_group_later_is_not_ranked_with_it() -> None:
    project, group = queued_group(2)
    make_group(project, 1, group[0].group)

    assert queue_items(project=project).n_added == 0
    assert set(shown_order(claimed(project, make_rater(project)))) == {item.pk for item in group}


def test_a_queue_of_single_items_cannot_begin_to_be_ranked() -> None:
    project = make_project()
    make_items(project, 1)
    queue_items(project=project)

    with pytest.raises(RubricError, match="1 items were queued one by one"):
        add_rubric_version(project=project, spec=ranking_spec())
    assert project.current_rubric().version == 1


def test_a_new_ranking_has_places_for_the_groups_in_the_queue() -> None:
    project, _ = queued_group(4)

    with pytest.raises(RubricError, match="the 4 candidates of a group in the queue, got 3"):
        add_rubric_version(project=project, spec=ranking_spec(n_places=3))
    assert add_rubric_version(project=project, spec=ranking_spec(n_places=5)).version == 2


# --- the order


def test_the_order_is_by_lot_and_can_be_drawn_again() -> None:
    project, group = queued_group(4, overlap=30)
    turns = [claimed(project, make_rater(project)) for _ in range(30)]

    for turn in turns:
        lots = [lot(turn.seed or 0, "order", turn.rater_id, item) for item in shown_order(turn)]
        assert all(one < other for one, other in pairwise(lots))
        assert set(shown_order(turn)) == {item.pk for item in group}
    # 30 of 24 orders: that all are the same has a chance of 24 ** -29.
    assert len({shown_order(turn) for turn in turns}) > 1


# --- the answer


def test_each_candidate_has_a_judgement_with_its_place() -> None:
    project, _ = queued_group(3)
    rater = make_rater(project)
    turn = claimed(project, rater)
    order = shown_order(turn)

    judgement = submit_ranking(
        assignment=turn, rubric=project.current_rubric(), levels=(1, 4, 0), rationale="the last is exact", seconds=30
    )

    assert places_of(rater) == dict(zip(order, (1, 4, 0), strict=True))
    stored = Judgement.objects.order_by("pk")
    assert {one.rationale for one in stored} == {"the last is exact"}
    assert {one.seconds for one in stored} == {10.0}
    assert {one.visible for one in stored} == {Visible.BLIND}
    assert {one.created_at for one in stored} == {judgement.created_at}
    turn.refresh_from_db()
    assert (turn.status, turn.judgement, turn.shown_order) == (AssignmentStatus.DONE, judgement, list(order))
    assert QueuedItem.objects.get().state == QueueState.FULL


def test_ties_are_closed_up() -> None:
    project, _ = queued_group(3)
    rater = make_rater(project)
    turn = claimed(project, rater)

    submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(3, 1, 1))

    assert [places_of(rater)[item] for item in shown_order(turn)] == [2, 0, 0]


def test_an_incomplete_ranking_is_refused_and_says_what_is_open() -> None:
    project, _ = queued_group(3)
    turn = claimed(project, make_rater(project))

    with pytest.raises(IncompleteAnnotationError, match="a place for every candidate") as caught:
        submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(0, None, None))

    assert caught.value.positions == (1, 2)
    assert not Judgement.objects.exists()
    turn.refresh_from_db()
    assert turn.status == AssignmentStatus.LEASED


@pytest.mark.parametrize("levels", [(0, 1), (0, 1, 2, 3), (0, 1, 5), (0, 1, -1)])
def test_what_is_no_ranking_of_the_group_is_refused(levels: tuple[int, ...]) -> None:
    project, _ = queued_group(3)
    turn = claimed(project, make_rater(project))

    with pytest.raises(RubricError):
        submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=levels)
    assert not Judgement.objects.exists()


def test_a_required_rationale_is_asked_for() -> None:
    project = make_project(spec=ranking_spec(rationale=RationaleNeed.REQUIRED_WHEN_FAILING))
    make_group(project, 2)
    queue_items(project=project)
    turn = claimed(project, make_rater(project))

    with pytest.raises(RationaleMissingError):
        submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(0, 4))
    submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))


def test_the_same_ranking_twice_is_stored_once() -> None:
    project, _ = queued_group(3)
    turn = claimed(project, make_rater(project))
    rubric = project.current_rubric()

    first = submit_ranking(assignment=turn, rubric=rubric, levels=(0, 1, 1), rationale="so")
    again = submit_ranking(assignment=turn, rubric=rubric, levels=(1, 3, 3), rationale="so")  # the same order

    assert again == first
    assert Judgement.objects.count() == 3


def test_another_ranking_of_an_ended_turn_is_refused() -> None:
    project, _ = queued_group(3)
    turn = claimed(project, make_rater(project))
    rubric = project.current_rubric()
    submit_ranking(assignment=turn, rubric=rubric, levels=(0, 1, 2))
    stored = sorted(Judgement.objects.values_list("item", "levels"))

    with pytest.raises(AlreadyJudgedError):
        submit_ranking(assignment=turn, rubric=rubric, levels=(0, 2, 1))
    assert sorted(Judgement.objects.values_list("item", "levels")) == stored


def test_exactly_overlap_annotators_rank_a_group() -> None:
    project, group = queued_group(3, overlap=2)
    raters = [make_rater(project) for _ in range(3)]

    for rater in raters[:2]:
        submit_ranking(assignment=claimed(project, rater), rubric=project.current_rubric(), levels=(0, 1, 2))

    assert [claim_item(project=project, rater=rater) for rater in raters] == [None, None, None]
    assert sorted(Judgement.objects.values_list("item", "rater")) == sorted(
        (item.pk, rater.pk) for item in group for rater in raters[:2]
    )


def test_rankings_that_differ_are_settled() -> None:
    project, group = queued_group(3, overlap=2)
    for levels in ((0, 1, 2), (2, 0, 1)):
        submit_ranking(assignment=claimed(project, make_rater(project)), rubric=project.current_rubric(), levels=levels)

    assert QueuedItem.objects.get(pk=group[0].pk).settled_overlap == 2
    assert not group[0].project.disputes.exists()


def test_a_late_ranking_finds_its_place_or_is_refused_whole() -> None:
    project, _ = queued_group(3)
    late, other = make_rater(project), make_rater(project)
    turn = claimed(project, late)
    Assignment.objects.filter(pk=turn.pk).update(lease_expires_at="2020-01-01T00:00Z")
    release_expired(project=project)
    taken = claimed(project, other)

    with pytest.raises(LeaseLostError):
        submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(0, 1, 2))
    assert not Judgement.objects.exists()

    skip_item(assignment=taken, reason="unclear")
    submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(0, 1, 2))
    assert sorted(places_of(late).values(), key=str) == [0, 1, 2]


def test_what_an_annotator_said_of_a_candidate_before_is_superseded() -> None:
    project = make_project()
    group = make_group(project, 3)
    rater = make_rater(project)
    before = judge_item(rater, group[2], (0, 0))
    add_rubric_version(project=project, spec=ranking_spec())
    queue_items(project=project)

    submit_ranking(assignment=claimed(project, rater), rubric=project.current_rubric(), levels=(0, 1, 2))

    before.refresh_from_db()
    assert before.superseded_at is not None
    assert Judgement.objects.live().get(item=group[2]).supersedes == before
    assert set(places_of(rater)) == {item.pk for item in group}


def test_nothing_is_stored_of_a_ranking_whose_last_judgement_fails() -> None:
    """A judgement that comes in between reading and storing is refused by the database, and all with it."""
    project, group = queued_group(3)
    rater = make_rater(project)
    turn = claimed(project, rater)
    judge_item(rater, group[0], (0,))  # as from another tab, under the same rubric

    with pytest.raises(AlreadyJudgedError):
        submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(0, 1, 2))

    assert Judgement.objects.count() == 1
    turn.refresh_from_db()
    assert (turn.status, turn.shown_order) == (AssignmentStatus.LEASED, None)


# --- changing it


def test_a_revision_replaces_the_ranking_whole() -> None:
    project, _ = queued_group(3)
    rater = make_rater(project)
    turn = claimed(project, rater)
    first = submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(0, 1, 2), rationale="so")

    new = revise_ranking(judgement=first, turn=turn, levels=(1, 0, 2), rationale="so")
    again = revise_ranking(judgement=first, turn=turn, levels=(1, 0, 2), rationale="so")

    assert again == new
    assert [places_of(rater)[item] for item in shown_order(turn)] == [1, 0, 2]
    assert Judgement.objects.count() == 6
    assert Judgement.objects.filter(superseded_at__isnull=True, supersedes__isnull=False).count() == 3
    with pytest.raises(AlreadyJudgedError):
        revise_ranking(judgement=first, turn=turn, levels=(2, 1, 0))


def test_one_candidate_cannot_be_changed_alone() -> None:
    project, _ = queued_group(3)
    turn = claimed(project, make_rater(project))
    judgement = submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(0, 1, 2))

    with pytest.raises(RubricError, match="the places of all candidates"):
        revise_annotation(judgement=judgement, levels=(2,))


def test_a_revision_after_judges_were_shown_is_a_second_look() -> None:
    project, group = queued_group(2)
    judge = make_rater(project, RaterKind.JUDGE)
    for place, item in enumerate(group):
        judge_item(judge, item, (place,))
    rater = make_rater(project)
    turn = claimed(project, rater)
    first = submit_ranking(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))

    revise_ranking(judgement=first, turn=turn, levels=(1, 0))

    first.refresh_from_db()
    assert first.superseded_at is None
    second = Judgement.objects.filter(rater=rater, purpose=Purpose.SECOND)
    assert {one.visible for one in second} == {Visible.ASSISTED}
    assert len(second) == 2
    turn.refresh_from_db()
    assert turn.second_look == SecondLook.REVISED


def test_a_single_answer_to_a_ranking_turn_is_not_taken() -> None:
    project, _ = queued_group(3)
    turn = claimed(project, make_rater(project))

    with pytest.raises(RubricError):
        submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0,))
    assert not Judgement.objects.exists()


def test_gold_of_a_ranking_is_given_to_nobody() -> None:
    project, group = queued_group(3)
    gold = gold_from_ruling(item=group[0], levels=(0,))

    refusals: list[Callable[[], object]] = [
        lambda: gold_from_ruling(item=group[1], levels=(0,), use=GoldUse.HIDDEN),
        lambda: gold_from_consensus(project=project, n=1, least=2, seed=1),
        lambda: use_as_gold(project=project, item_ids=[group[0].pk], use=GoldUse.TRAINING),
        lambda: change_gold(gold=gold, use=GoldUse.HIDDEN),
    ]
    for refused in refusals:
        with pytest.raises(GoldError, match="can only be known"):
            refused()
    assert list(Gold.objects.values_list("item", "use")) == [(group[0].pk, GoldUse.KNOWN)]
