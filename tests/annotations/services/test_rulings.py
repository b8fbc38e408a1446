"""Disputes in the hands of adjudicators, and what they decide."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from annotations.choices import Cause, DisputeState, GoldSource, GoldUse, Order, Purpose, RaterKind, Role
from annotations.errors import (
    AnnotationsError,
    DisputeClosedError,
    LeaseLostError,
    OwnWorkError,
    RubricError,
    RulingError,
)
from annotations.models import Assignment, Dispute, Gold, Judgement, Project, QueuedItem, Ruling, User
from annotations.selectors.disputes import (
    answers_in,
    cause_counts,
    dispute_view,
    live_rulings,
    rulings_on,
    unclear_guidelines,
)
from annotations.selectors.item_filters import ItemFilter
from annotations.selectors.projects import project_lines
from annotations.services.bulk import Action
from annotations.services.chores import ask_action
from annotations.services.projects import change_policy
from annotations.services.queue import claim_item, queue_items, release_expired, submit_annotation
from annotations.services.raters import rater_of
from annotations.services.reservations import reserve_items
from annotations.services.revisions import revise_annotation
from annotations.services.rulings import NewRuling, claim_dispute, look, put_back, reopen, rule, settle_guidelines
from tests.factories import judge_item, make_dispute, make_items, make_member, make_project, make_rater, make_ruling

pytestmark = pytest.mark.django_db
CARELESS = NewRuling(levels=(0, 0), cause=Cause.CARELESS, reason="the second overlooked the date")


def disputes_of(n: int) -> tuple[Project, list[Dispute]]:
    project = make_project()
    return project, [make_dispute(item) for item in make_items(project, n)]


def adjudicator_of(project: Project) -> User:
    return make_member(project, Role.ADJUDICATOR)


def claim(project: Project, user: User) -> Dispute:
    dispute = claim_dispute(project=project, user=user)
    assert dispute is not None
    return dispute


# --- who gets which


def test_disputes_go_out_one_to_an_adjudicator_the_longest_waiting_first() -> None:
    project, disputes = disputes_of(2)
    ann, bob, eve = (adjudicator_of(project) for _ in range(3))
    assert claim(project, ann) == disputes[0]
    assert claim(project, ann) == disputes[0]
    assert claim(project, bob) == disputes[1]
    assert claim_dispute(project=project, user=eve) is None
    assert set(Dispute.objects.values_list("holder", flat=True)) == {ann.pk, bob.pk}


def test_nobody_gets_a_dispute_on_which_they_have_an_answer_or_a_turn() -> None:
    project, disputes = disputes_of(3)
    user = adjudicator_of(project)
    judge_item(rater_of(project=project, user=user), disputes[0].item, (0, 0))
    assert claim(project, user) == disputes[1]
    assert claim_dispute(project=project, user=user, dispute_id=disputes[0].pk) is None
    assert claim(project, user) == disputes[1], "what is not theirs to rule on takes nothing out of their hands"


def test_a_lease_that_ran_out_lets_another_take_it_who_has_seen_nothing() -> None:
    project, [dispute] = disputes_of(1)
    ann, bob = adjudicator_of(project), adjudicator_of(project)
    held = claim(project, ann)
    assert look(dispute=held, user=ann, at=["names", "verdicts"])
    assert (claim(project, ann).saw_names, claim(project, ann).saw_verdicts) == (True, True)
    Dispute.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    taken = claim(project, bob)
    assert (taken, taken.saw_names, taken.saw_verdicts) == (dispute, False, False)
    with pytest.raises(LeaseLostError):
        rule(dispute=held, adjudicator=ann, ruling=CARELESS)
    assert not look(dispute=held, user=ann, at=["names"])
    assert Dispute.objects.get().saw_names is False


def test_one_that_is_put_back_waits_behind_the_others() -> None:
    project, disputes = disputes_of(2)
    user = adjudicator_of(project)
    assert put_back(dispute=claim(project, user), user=user)
    assert claim(project, user) == disputes[1]
    assert not put_back(dispute=disputes[0], user=user)


def test_asking_for_a_certain_one_frees_the_one_in_hand() -> None:
    project, disputes = disputes_of(2)
    ann, bob = adjudicator_of(project), adjudicator_of(project)
    claim(project, ann)
    assert claim_dispute(project=project, user=ann, dispute_id=disputes[1].pk) == disputes[1]
    assert claim_dispute(project=project, user=bob, dispute_id=disputes[1].pk) is None
    assert claim(project, bob) == disputes[0]


def test_a_dispute_that_became_ones_own_is_freed_and_the_next_one_given() -> None:
    project, disputes = disputes_of(2)
    user = adjudicator_of(project)
    held = claim(project, user)
    judge_item(rater_of(project=project, user=user), held.item, (0, 0))
    with pytest.raises(OwnWorkError):
        rule(dispute=held, adjudicator=user, ruling=CARELESS)
    assert claim(project, user) == disputes[1]
    assert Dispute.objects.get(pk=held.pk).holder is None
    assert not Ruling.objects.exists()


# --- ruling


def test_a_ruling_keeps_what_was_looked_at_and_closes_the_dispute() -> None:
    project, [dispute] = disputes_of(1)
    user = adjudicator_of(project)
    held = claim(project, user)
    look(dispute=held, user=user, at=["names"])
    answers = [answer.pk for answer in answers_in(held)]
    [foreign] = make_items(project, 1)
    stray = judge_item(make_rater(project), foreign, (0, 0))
    ruling = rule(dispute=held, adjudicator=user, ruling=replace(CARELESS, shown=(*answers, stray.pk), seconds=12.5))
    stored = Ruling.objects.get()
    assert stored == ruling
    assert (stored.item, stored.rubric, stored.adjudicator) == (dispute.item, dispute.rubric, user)
    assert (stored.levels, stored.cause, stored.criterion, stored.seconds) == ([0, 0], Cause.CARELESS, None, 12.5)
    assert (stored.shown, stored.saw_names, stored.saw_verdicts) == (sorted(answers), True, False)
    dispute.refresh_from_db()
    assert (dispute.state, dispute.holder, dispute.closed_at) == (DisputeState.RULED, None, stored.created_at)
    assert not Gold.objects.exists()
    assert Judgement.objects.live().count() == 3, "the answers stay as they are"


def test_the_same_ruling_twice_is_stored_once_and_another_is_refused() -> None:
    project, _ = disputes_of(1)
    ann, bob = adjudicator_of(project), adjudicator_of(project)
    held = claim(project, ann)
    first = rule(dispute=held, adjudicator=ann, ruling=CARELESS)
    assert rule(dispute=held, adjudicator=ann, ruling=CARELESS) == first
    for user, ruling in ((ann, replace(CARELESS, levels=(1, 1))), (bob, CARELESS)):
        with pytest.raises(DisputeClosedError):
            rule(dispute=held, adjudicator=user, ruling=ruling)
    assert Ruling.objects.count() == 1


@pytest.mark.parametrize(
    ("ruling", "error"),
    [
        (replace(CARELESS, levels=(0, None)), RulingError),
        (replace(CARELESS, levels=(0, 2)), RubricError),
        (replace(CARELESS, levels=(0,)), RubricError),
        (replace(CARELESS, cause=Cause.GUIDELINE_UNCLEAR), RulingError),
        (replace(CARELESS, criterion=1), RulingError),
        (replace(CARELESS, cause=Cause.GUIDELINE_UNCLEAR, criterion=2), RulingError),
        (replace(CARELESS, cause=Cause.OTHER, reason=""), RulingError),
    ],
)
def test_a_ruling_that_lacks_something_is_refused_and_changes_nothing(
    ruling: NewRuling, error: type[AnnotationsError]
) -> None:
    project, _ = disputes_of(1)
    user = adjudicator_of(project)
    held = claim(project, user)
    with pytest.raises(error):
        rule(dispute=held, adjudicator=user, ruling=ruling)
    assert not Ruling.objects.exists()
    assert Dispute.objects.get().state == DisputeState.OPEN


def test_a_ruling_after_the_lease_counts_if_nobody_took_the_dispute() -> None:
    project, _ = disputes_of(1)
    user = adjudicator_of(project)
    held = claim(project, user)
    Dispute.objects.update(lease_expires_at=timezone.now() - timedelta(hours=1))
    assert rule(dispute=held, adjudicator=user, ruling=CARELESS).pk


def test_a_dispute_whose_answers_came_to_agree_meanwhile_is_not_ruled_on() -> None:
    project, [dispute] = disputes_of(1)
    user = adjudicator_of(project)
    held = claim(project, user)
    first = next(answer for answer in answers_in(dispute) if answer.levels == [0, 1])
    revise_annotation(judgement=first, levels=(0, 0))
    with pytest.raises(DisputeClosedError, match="changed an answer"):
        rule(dispute=held, adjudicator=user, ruling=CARELESS)
    assert claim_dispute(project=project, user=user) is None


def test_rulings_stay_as_they_were_made() -> None:
    project, [dispute] = disputes_of(1)
    ruling = make_ruling(dispute, adjudicator_of(project))
    for change in ({"levels": [1, 1]}, {"cause": Cause.OTHER}, {"saw_names": True}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Ruling.objects.filter(pk=ruling.pk).update(**change)


# --- gold, reopening, causes


def test_a_ruling_becomes_gold_and_takes_it_back_when_it_is_reopened() -> None:
    project, [dispute] = disputes_of(1)
    user, lead = adjudicator_of(project), make_member(project, Role.LEAD)
    first = make_ruling(dispute, user, is_gold=True, reason="the date decides")
    gold = Gold.objects.get()
    assert (gold.item, gold.levels, gold.source) == (dispute.item, [0, 0], GoldSource.RULING)
    assert (gold.use, gold.explanation) == ("known", "the date decides")
    reopen(dispute=dispute, by=lead)
    gold.refresh_from_db()
    assert gold.retired_at is not None
    dispute.refresh_from_db()
    assert (dispute.state, dispute.reopened_by) == (DisputeState.OPEN, lead)
    second = make_ruling(dispute, user, levels=(1, 1))
    first.refresh_from_db()
    assert (second.supersedes, first.superseded_at is None) == (first, False)
    assert live_rulings([dispute.item_id], rubric_id=dispute.rubric_id) == {dispute.item_id: second}
    assert [ruling for ruling, _ in rulings_on(dispute.item)] == [second, first]


def test_whoever_ruled_is_not_given_the_item_as_gold() -> None:
    project, [dispute] = disputes_of(1)
    change_policy(project=project, settings=replace(project.current_policy().settings(), gold_share=1.0))
    make_items(project, 1)
    queue_items(project=project, order=Order.GIVEN)
    user = adjudicator_of(project)
    make_ruling(dispute, user, is_gold=True)
    Gold.objects.update(use=GoldUse.HIDDEN)
    other = rater_of(project=project, user=adjudicator_of(project))
    given = claim_item(project=project, rater=other)
    assert given is not None
    assert (given.item, given.purpose) == (dispute.item, Purpose.GOLD)
    own = claim_item(project=project, rater=rater_of(project=project, user=user))
    assert own is not None
    assert own.purpose == Purpose.WORK


def test_whoever_ruled_is_not_asked_about_the_item_afterwards() -> None:
    project, [dispute] = disputes_of(1)
    user = adjudicator_of(project)
    make_ruling(dispute, user)
    ask_action(action=Action.AGAIN, project=project, wanted=ItemFilter(), user=user)
    own, other = rater_of(project=project, user=user), make_rater(project)
    reserved = reserve_items(project=project, item_ids=[dispute.item_id], raters=[own])
    assert (reserved.n_items, reserved.n_left_out) == (0, 1)
    [line] = project_lines(user)
    assert line.n_waiting == 0
    assert claim_item(project=project, rater=own) is None
    given = claim_item(project=project, rater=other)
    assert given is not None
    assert given.item == dispute.item


def test_a_late_answer_of_who_has_ruled_meanwhile_is_refused() -> None:
    project, [dispute] = disputes_of(1)
    user = adjudicator_of(project)
    ask_action(action=Action.AGAIN, project=project, wanted=ItemFilter(), user=user)
    late = claim_item(project=project, rater=rater_of(project=project, user=user))
    assert late is not None
    Assignment.objects.filter(pk=late.pk).update(lease_expires_at=timezone.now())
    assert release_expired(project=project) == 1
    make_ruling(dispute, user)
    with pytest.raises(LeaseLostError, match="ruled"):
        submit_annotation(assignment=late, rubric=dispute.rubric, levels=(0, 0))
    assert Judgement.objects.filter(item=dispute.item).count() == 2


def test_gold_from_elsewhere_stays_as_it_is() -> None:
    project, [dispute] = disputes_of(1)
    Gold.objects.create(item=dispute.item, rubric=dispute.rubric, levels=[1, 1], source=GoldSource.IMPORTED)
    make_ruling(dispute, adjudicator_of(project), is_gold=True)
    reopen(dispute=dispute, by=make_member(project, Role.LEAD))
    assert list(Gold.objects.values_list("levels", "source")) == [([1, 1], GoldSource.IMPORTED)]


def test_only_what_was_ruled_on_is_reopened() -> None:
    project, [dispute] = disputes_of(1)
    with pytest.raises(DisputeClosedError):
        reopen(dispute=dispute, by=make_member(project, Role.LEAD))


def test_settling_again_leaves_a_ruled_dispute_ruled() -> None:
    project, [dispute] = disputes_of(1)
    make_ruling(dispute, adjudicator_of(project))
    first = next(answer for answer in answers_in(dispute) if answer.levels == [0, 1])
    revise_annotation(judgement=first, levels=(1, 1))
    dispute.refresh_from_db()
    assert dispute.state == DisputeState.RULED


def test_causes_are_counted_with_their_intervals() -> None:
    project, disputes = disputes_of(4)
    user = adjudicator_of(project)
    for dispute, cause in zip(disputes, (Cause.CARELESS, Cause.CARELESS, Cause.CARELESS, Cause.OTHER), strict=True):
        make_ruling(dispute, user, cause, reason="x")
    counts = {count.cause: count for count in cause_counts(project)}
    assert set(counts) == set(Cause)
    assert (counts[Cause.CARELESS].n, counts[Cause.CARELESS].share) == (3, 0.75)
    # Wilson for 3 of 4: (0.30, 0.95), as in Newcombe's tables
    assert counts[Cause.CARELESS].interval.low == pytest.approx(0.3006, abs=1e-4)
    assert counts[Cause.CARELESS].interval.high == pytest.approx(0.9544, abs=1e-4)
    assert counts[Cause.JUDGE_WRONG].n == 0


def test_unclear_guidelines_collect_by_criterion_until_they_are_dealt_with() -> None:
    project, disputes = disputes_of(4)
    user, lead = adjudicator_of(project), make_member(project, Role.LEAD)
    for dispute, criterion in zip(disputes, (1, 0, 1, None), strict=True):
        cause = Cause.CARELESS if criterion is None else Cause.GUIDELINE_UNCLEAR
        make_ruling(dispute, user, cause, criterion=criterion)
    found = unclear_guidelines(project)
    assert [(unclear.name, len(unclear.rulings)) for unclear in found] == [("Criterion 1", 2), ("Criterion 0", 1)]
    rubric_id = disputes[0].rubric_id
    assert settle_guidelines(project=project, rubric_id=rubric_id, criterion=1, by=lead) == 2
    assert settle_guidelines(project=project, rubric_id=rubric_id, criterion=1, by=lead) == 0
    assert [unclear.name for unclear in unclear_guidelines(project)] == ["Criterion 0"]
    assert Ruling.objects.filter(dealt_by=lead).count() == 2


# --- what an adjudicator sees


def test_names_and_verdicts_are_seen_only_when_they_were_asked_for() -> None:
    project, [dispute] = disputes_of(1)
    judge_item(make_rater(project, RaterKind.JUDGE, "judge v1"), dispute.item, (1, 1), rationale="JUDGE-REASON")
    user = adjudicator_of(project)
    held = claim(project, user)
    view = dispute_view(held)
    assert [column.name for column in view.columns] == ["Annotator 1", "Annotator 2"]
    assert (view.verdicts, view.disputed) == ((), ("Criterion 1",))
    look(dispute=held, user=user, at=["verdicts", "names", "everything"])
    view = dispute_view(held)
    assert [verdict.rater.name for verdict in view.verdicts] == ["judge v1"]
    assert {column.name for column in view.columns} == {column.judgement.rater.name for column in view.columns}


def test_an_answer_much_faster_than_its_annotators_usual_one_is_marked() -> None:
    project, [dispute] = disputes_of(1)
    fast, _ = answers_in(dispute)
    items = make_items(project, 12)
    for item in items:  # twelve answers of 60 s
        judgement = judge_item(fast.rater, item, (0, 0), seconds=60.0)
        turn = fast.assignment
        turn.pk, turn.item, turn.judgement, turn._state.adding = None, item, judgement, True
        turn.save()
    by_rater: dict[int, Any] = {column.judgement.rater_id: column for column in dispute_view(dispute).columns}
    column = by_rater.pop(fast.rater_id)
    assert (column.usual_seconds, column.is_fast) == (60.0, True)
    [other] = by_rater.values()
    assert (other.usual_seconds, other.is_fast) == (None, False)


# --- many at once


@pytest.mark.django_db(transaction=True)
def test_many_adjudicators_at_once_never_hold_the_same_and_rule_each_once() -> None:
    project, disputes = disputes_of(24)
    users = [adjudicator_of(project) for _ in range(12)]
    own = {user.pk: disputes[n].item_id for n, user in enumerate(users)}
    for n, user in enumerate(users):
        judge_item(rater_of(project=project, user=user), disputes[n].item, (0, 0))
    with ThreadPoolExecutor(2 * len(users)) as pool:  # two tabs each
        rulings = [pk for pks in pool.map(lambda user: work(project, user), [*users, *users]) for pk in pks]
    assert sorted(set(rulings)) == sorted(Ruling.objects.values_list("pk", flat=True))
    assert set(Dispute.objects.values_list("state", flat=True)) == {DisputeState.RULED}
    made = list(Ruling.objects.values_list("item_id", "adjudicator_id"))
    assert sorted(item for item, _ in made) == sorted(dispute.item_id for dispute in disputes)
    assert all(own[adjudicator] != item for item, adjudicator in made)
    assert QueuedItem.objects.count() == 24


def work(project: Project, user: User) -> list[int]:
    made = []
    try:
        while (dispute := claim_dispute(project=project, user=user)) is not None:
            try:
                made.append(rule(dispute=dispute, adjudicator=user, ruling=CARELESS).pk)
            except (LeaseLostError, DisputeClosedError):  # the other tab was quicker, with another ruling in between
                continue
    finally:
        connections.close_all()
    return made
