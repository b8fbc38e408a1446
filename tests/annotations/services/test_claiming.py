"""What an annotator is given next: reserved, urgent and skilled work, gold, training, and in which mode."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotations.allocation import lot
from annotations.choices import (
    AssignmentStatus,
    GoldSource,
    GoldUse,
    Mode,
    Order,
    Purpose,
    RaterKind,
    SecondLook,
    Visible,
)
from annotations.models import Assignment, Gold, Item, Judgement, Project, QueuedItem, Rater, Reservation
from annotations.selectors.ratings import fetch_ratings
from annotations.selectors.review import own_work
from annotations.services.projects import change_policy
from annotations.services.queue import claim_item, go_on, queue_items, release_expired, skip_item, submit_annotation
from annotations.services.revisions import keep_annotation, revise_annotation
from tests.factories import judge_item, make_items, make_project, make_rater

pytestmark = pytest.mark.django_db


def queue_of(n: int, **policy: Any) -> tuple[Project, list[Item]]:
    project = make_project(overlap=policy.pop("overlap", 1))
    set_policy(project, **policy)
    items = make_items(project, n)
    queue_items(project=project, order=Order.GIVEN)
    return project, items


def set_policy(project: Project, **policy: Any) -> None:
    change_policy(project=project, settings=replace(project.current_policy().settings(), **policy))


def claim(project: Project, rater: Rater, in_hand: Assignment | None = None) -> Assignment:
    turn = go_on(project=project, rater=rater, in_hand=0 if in_hand is None else in_hand.pk).turn
    assert turn is not None
    return turn


def answer(turn: Assignment, levels: tuple[int, ...] = (0, 1)) -> Judgement:
    return submit_annotation(assignment=turn, rubric=turn.project.current_rubric(), levels=levels)


def make_gold(items: list[Item], use: GoldUse = GoldUse.HIDDEN, levels: tuple[int, ...] = (0, 0)) -> list[Gold]:
    rubric = items[0].project.current_rubric()
    return [
        Gold.objects.create(item=item, rubric=rubric, levels=list(levels), source=GoldSource.RULING, use=use)
        for item in items
    ]


# --- one more beside the one in hand


def test_one_more_is_given_beside_the_one_in_hand_and_no_third() -> None:
    project, items = queue_of(3)
    rater = make_rater(project)
    first = claim(project, rater)
    second = claim(project, rater, in_hand=first)
    assert [first.item, second.item] == items[:2]
    assert claim(project, rater, in_hand=first) == second
    assert claim(project, rater, in_hand=second) == first
    assert claim(project, rater) == first
    assert Assignment.objects.count() == 2


def test_a_turn_that_is_not_in_hand_counts_for_none() -> None:
    project, _ = queue_of(3)
    ann, bob = make_rater(project), make_rater(project)
    of_bob = claim(project, bob)
    first = claim(project, ann)
    assert claim(project, ann, in_hand=of_bob) == first
    answer(first)
    second = claim(project, ann)
    assert claim(project, ann, in_hand=first) == second


# --- reserved, urgent, skilled


def test_a_reserved_item_goes_to_whom_it_is_kept_for_and_before_all_others() -> None:
    project, items = queue_of(3)
    ann, bob = make_rater(project), make_rater(project)
    QueuedItem.objects.filter(pk=items[2].pk).update(is_reserved=True)
    kept = Reservation.objects.create(item_id=items[2].pk, rater=ann, position=3)
    first_of_bob, second_of_bob = claim(project, bob), claim(project, bob, in_hand=claim(project, bob))
    assert [first_of_bob.item, second_of_bob.item] == items[:2]
    answer(first_of_bob)
    answer(second_of_bob)
    assert claim_item(project=project, rater=bob) is None
    assert claim(project, ann).item == items[2]
    kept.refresh_from_db()
    assert kept.taken_at is not None


def test_a_reserved_item_whose_lease_ran_out_is_kept_for_the_same_person() -> None:
    project, items = queue_of(1)
    ann, bob = make_rater(project), make_rater(project)
    QueuedItem.objects.update(is_reserved=True)
    Reservation.objects.create(item_id=items[0].pk, rater=ann, position=1)
    claim(project, ann)
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert release_expired(project=project) == 1
    assert claim_item(project=project, rater=bob) is None
    assert claim(project, ann).item == items[0]


def test_urgent_items_come_first_the_most_urgent_before_the_others() -> None:
    project, items = queue_of(4)
    QueuedItem.objects.filter(pk=items[2].pk).update(urgency=1)
    QueuedItem.objects.filter(pk=items[3].pk).update(urgency=2)
    rater = make_rater(project)
    had = []
    while (turn := claim_item(project=project, rater=rater)) is not None:
        had.append(turn.item)
        answer(turn)
    assert had == [items[3], items[2], items[0], items[1]]


def test_an_item_that_became_urgent_is_asked_though_the_rater_is_past_it() -> None:
    project, items = queue_of(3, overlap=2)
    ann, bob = make_rater(project), make_rater(project)
    answer(claim(project, ann))
    answer(claim(project, bob))
    QueuedItem.objects.filter(pk=items[0].pk).update(overlap=3, state="open", urgency=1)
    assert claim(project, ann).item == items[1]
    assert claim(project, make_rater(project)).item == items[0]


def test_skilled_items_go_to_those_who_have_the_skill_in_the_order_of_the_queue() -> None:
    project, items = queue_of(4)
    QueuedItem.objects.filter(pk__in=[items[0].pk, items[2].pk]).update(skill="zh")
    ann, bea = make_rater(project), make_rater(project, skills=["zh", "de"])
    assert claim(project, ann).item == items[1]
    had = [claim(project, bea)]
    had.append(claim(project, bea, in_hand=had[0]))
    assert [turn.item for turn in had] == [items[0], items[2]]


# --- pausing and training


def test_whoever_is_paused_gets_nothing_and_may_still_send_what_they_hold() -> None:
    project, _ = queue_of(2)
    rater = make_rater(project)
    turn = claim(project, rater)
    Rater.objects.filter(pk=rater.pk).update(paused_at=timezone.now())
    assert claim_item(project=project, rater=rater) is None
    assert answer(turn).levels == [0, 1]


def test_training_comes_before_work_and_one_item_at_a_time() -> None:
    project, items = queue_of(2, training_pass=0.5)
    lessons = make_items(project, 2)
    make_gold(lessons, GoldUse.TRAINING, levels=(0, 1))
    rater = make_rater(project)
    first = claim(project, rater)
    assert (first.purpose, first.mode, first.item in lessons) == (Purpose.TRAINING, Mode.BLIND, True)
    assert go_on(project=project, rater=rater, in_hand=first.pk).turn is None
    answer(first)
    second = claim(project, rater)
    answer(second)
    assert {first.item, second.item} == set(lessons)
    assert claim(project, rater).item == items[0]


# --- gold


def test_gold_comes_where_the_lot_says_at_most_once_before_an_item_and_never_twice() -> None:
    project, items = queue_of(40, gold_share=0.5, seed=3)
    golds = make_items(project, 30)
    make_gold(golds, levels=(0, 1))
    rater = make_rater(project)
    turns = []
    while (turn := claim_item(project=project, rater=rater)) is not None:
        answer(turn)
        turns.append(turn)
    work = [turn.item for turn in turns if turn.purpose == Purpose.WORK]
    hidden = [turn for turn in turns if turn.purpose == Purpose.GOLD]
    assert work == items
    assert len({turn.item_id for turn in hidden}) == len(hidden)
    assert {turn.item for turn in hidden} <= set(golds)
    expected = [item.pk for item in items if lot(3, "gold", rater.pk, item.pk) < 0.5]
    before = {turn.position: turn for turn in hidden}
    assert [QueuedItem.objects.get(pk=pk).position for pk in expected] == sorted(before)


def test_gold_takes_no_place_of_its_item_and_the_answer_is_not_measured() -> None:
    project, [known] = queue_of(1, gold_share=1.0)
    answer(claim(project, make_rater(project)))  # no gold yet: it is full
    make_gold([known])
    items = make_items(project, 2)
    queue_items(project=project, order=Order.GIVEN)
    ann, bob = make_rater(project), make_rater(project)
    first = claim(project, ann)
    assert (first.item, first.purpose) == (known, Purpose.GOLD)
    said = answer(first)
    assert said.purpose == Purpose.GOLD
    assert len(fetch_ratings(project=project).item) == 1
    assert claim(project, bob).item == known
    rest = [claim(project, ann)]
    rest.append(claim(project, ann, in_hand=rest[0]))
    assert [turn.item for turn in rest] == items
    assert Judgement.objects.live().count() == 1
    assert [judgement.pk for judgement in own_work(ann)] == [said.pk]


def test_gold_that_still_waits_for_answers_is_given_as_work_only() -> None:
    """Whoever met it as gold could not answer it as work: a small team would be used up before the item had enough."""
    project, items = queue_of(2, gold_share=1.0, overlap=2)
    make_gold(items)
    ann, bob, carl = (make_rater(project) for _ in range(3))
    turns = [claim(project, rater) for rater in (ann, bob, carl)]
    assert [(turn.item, turn.purpose) for turn in turns] == [
        (items[0], Purpose.WORK), (items[0], Purpose.WORK), (items[1], Purpose.WORK),
    ]  # fmt: skip
    for turn in turns:
        answer(turn)
    dora = claim(project, make_rater(project))
    assert (dora.item, dora.purpose) == (items[0], Purpose.GOLD)


def test_gold_that_was_skipped_or_ran_out_opens_nothing() -> None:
    project, items = queue_of(1, gold_share=1.0)
    answer(claim(project, make_rater(project)))  # no gold yet: it is full
    make_gold(items)
    other = make_items(project, 1)
    queue_items(project=project, order=Order.GIVEN)
    ann, bob = make_rater(project), make_rater(project)
    assert skip_item(assignment=claim(project, ann), reason="unclear")
    claim(project, bob)
    Assignment.objects.filter(status="leased").update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    release_expired(project=project)
    assert [QueuedItem.objects.get(pk=item.pk).state for item in (*items, *other)] == ["full", "open"]


# --- modes


def with_verdicts(project: Project, items: list[Item], levels: tuple[int, ...] = (1, 1)) -> Rater:
    judge = make_rater(project, RaterKind.JUDGE)
    for item in items:
        judge_item(judge, item, levels)
    return judge


def test_modes_are_drawn_by_lot_and_their_chances_stored() -> None:
    shares = {"blind_share": 0.3, "reveal_share": 0.3, "assist_share": 0.3, "challenge_share": 0.1}
    project, items = queue_of(60, seed=11, **shares)
    with_verdicts(project, items)
    rater = make_rater(project)
    turns = []
    while (turn := claim_item(project=project, rater=rater)) is not None:
        answer(turn)
        turns.append(turn)
    for turn in turns:  # no gold: a challenge cannot be drawn, and its chance is blind's
        drawn = lot(11, "mode", rater.pk, turn.item_id)
        expected = Mode.ASSIST if drawn < 0.3 else Mode.REVEAL if drawn < 0.6 else Mode.BLIND
        chance = {Mode.ASSIST: 0.3, Mode.REVEAL: 0.3, Mode.BLIND: 0.4}[expected]
        assert (turn.mode, turn.mode_probability) == (expected, pytest.approx(chance))
        assert (turn.shown_id is None) == (expected is not Mode.ASSIST)
    assert set(Counter(turn.mode for turn in turns)) == {Mode.ASSIST, Mode.REVEAL, Mode.BLIND}


def test_an_item_without_a_verdict_is_never_assisted() -> None:
    project, _ = queue_of(1, blind_share=0.0, reveal_share=0.0, assist_share=1.0)
    turn = claim(project, make_rater(project))
    assert (turn.mode, turn.mode_probability, turn.shown_id) == (Mode.BLIND, 1.0, None)


def test_a_challenge_shows_a_verdict_that_gold_knows_to_be_wrong() -> None:
    project, _ = queue_of(1, gold_share=1.0, reveal_share=0.0, challenge_share=1.0)
    [known] = make_items(project, 1)
    make_gold([known], levels=(0, 0))
    with_verdicts(project, [known], levels=(0, 1))
    right = with_verdicts(project, [known], levels=(0, 0))
    turn = claim(project, make_rater(project))
    assert (turn.purpose, turn.mode, turn.mode_probability) == (Purpose.GOLD, Mode.CHALLENGE, 1.0)
    assert turn.shown is not None
    assert (turn.shown.levels, turn.shown.rater == right) == ([0, 1], False)


def test_an_answer_with_a_verdict_before_it_is_assisted_and_any_other_blind() -> None:
    project, items = queue_of(1, reveal_share=0.0, assist_share=1.0)
    with_verdicts(project, items)
    assert answer(claim(project, make_rater(project))).visible == Visible.ASSISTED
    project, items = queue_of(1)
    with_verdicts(project, items)
    assert answer(claim(project, make_rater(project))).visible == Visible.BLIND


# --- second looks


def test_a_second_look_stands_beside_the_first_answer_which_is_measured() -> None:
    project, items = queue_of(1)
    with_verdicts(project, items)
    rater = make_rater(project)
    first = answer(claim(project, rater), (0, 0))
    second = revise_annotation(judgement=first, levels=(1, 1))
    assert (second.purpose, second.visible, second.supersedes) == (Purpose.SECOND, Visible.ASSISTED, first)
    assert list(Judgement.objects.live().filter(rater=rater)) == [first]
    assert Assignment.objects.get(rater=rater).second_look == SecondLook.REVISED
    ratings = fetch_ratings(project=project, rater_ids=[rater.pk])
    assert ratings.levels.tolist() == [[0, 0]]
    third = revise_annotation(judgement=second, levels=(1, 0))
    assert (third.purpose, third.supersedes) == (Purpose.SECOND, second)
    assert list(own_work(rater)) == [third]


def test_an_answer_that_is_kept_says_so_once() -> None:
    project, items = queue_of(1)
    with_verdicts(project, items)
    first = answer(claim(project, make_rater(project)))
    assert keep_annotation(judgement=first)
    assert not keep_annotation(judgement=first)
    turn = Assignment.objects.get()
    assert (turn.second_look, turn.status) == (SecondLook.KEPT, AssignmentStatus.DONE)


def test_an_answer_names_the_guidelines_of_its_time() -> None:
    project, _ = queue_of(2)
    rater = make_rater(project)
    before = answer(claim(project, rater))
    guideline = project.guidelines.create(version=1, text="Read the evidence.")
    assert (before.guideline, answer(claim(project, rater)).guideline) == (None, guideline)
