"""What becomes of an item once all the answers that were wanted are in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotations.allocation import Decision
from annotations.choices import DisputeState, Order, QueueState, RaterKind
from annotations.models import Assignment, Dispute, Escalation, Item, Judgement, Project, QueuedItem, Rater, Reservation
from annotations.rubrics import LevelSpec
from annotations.services.projects import change_policy
from annotations.services.queue import claim_item, queue_items, skip_item, submit_annotation
from annotations.services.revisions import revise_annotation
from annotations.services.rubrics import add_rubric_version
from annotations.services.settling import settle_item, stop_asking, sweep_unsettled
from annotations.tasks import sweep_unsettled_items
from tests.factories import PASS_FAIL, judge_item, make_items, make_project, make_rater, rubric_spec

pytestmark = pytest.mark.django_db


def queue_of(n: int, overlap: int = 2, most_overlap: int | None = None) -> tuple[Project, list[Item]]:
    project = make_project(overlap=overlap)
    settings = replace(project.current_policy().settings(), most_overlap=most_overlap)
    change_policy(project=project, settings=settings)
    items = make_items(project, n)
    queue_items(project=project, order=Order.GIVEN)
    return project, items


def answer(project: Project, levels: tuple[int, ...], rater: Rater | None = None) -> Judgement:
    turn = claim_item(project=project, rater=rater or make_rater(project))
    assert turn is not None
    return submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=levels)


def state(item: Item) -> tuple[Any, ...]:
    queued = QueuedItem.objects.get(pk=item.pk)
    return queued.overlap, queued.state, queued.urgency, queued.settled_overlap


def test_answers_that_agree_settle_the_item() -> None:
    project, [item] = queue_of(1)
    answer(project, (0, 1))
    assert state(item) == (2, "open", 0, None)
    answer(project, (0, 1))
    assert state(item) == (2, "full", 0, 2)
    assert not Dispute.objects.exists()
    assert not Escalation.objects.exists()


def test_answers_that_differ_open_a_dispute_where_nobody_more_is_asked() -> None:
    project, [item] = queue_of(1)
    answer(project, (0, 1))
    answer(project, (0, 0))
    dispute = Dispute.objects.get()
    assert (dispute.item, dispute.project, dispute.rubric) == (item, project, project.current_rubric())
    assert (dispute.state, dispute.criteria) == (DisputeState.OPEN, [1])
    assert dispute.reason == "Criterion 1: 1 Pass, 1 Fail"
    assert state(item) == (2, "full", 0, 2)


def test_one_more_person_is_asked_first_up_to_the_limit() -> None:
    project, items = queue_of(3, most_overlap=4)
    first, second = answer(project, (0, 1)), answer(project, (1, 1))
    assert state(items[0]) == (3, "open", 1, None)
    escalation = Escalation.objects.get()
    assert (escalation.item, escalation.overlap, escalation.criteria) == (items[0], 3, [0])
    assert sorted(escalation.compared) == [first.pk, second.pk]
    assert not Dispute.objects.exists()
    third = make_rater(project)
    turn = claim_item(project=project, rater=third)
    assert turn is not None
    assert turn.item == items[0], "it comes before all that waits"
    submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(1, 0))
    assert state(items[0]) == (3, "full", 1, 3), "two of three agree on each criterion"


def test_after_the_limit_it_is_a_dispute() -> None:
    unsure = LevelSpec(key="unsure", label="Unsure", value=0.5, passes=False)
    project = make_project(spec=rubric_spec(1, levels=(*PASS_FAIL, unsure)), overlap=2)
    change_policy(project=project, settings=replace(project.current_policy().settings(), most_overlap=3))
    [item] = make_items(project, 1)
    queue_items(project=project, order=Order.GIVEN)
    for level in (0, 1, 2):
        answer(project, (level,))
    assert state(item) == (3, "full", 1, 3)
    assert Dispute.objects.get().criteria == [0]
    assert list(Escalation.objects.values_list("overlap", flat=True)) == [3]


def test_an_item_kept_for_named_people_goes_to_anybody_once_they_have_all_answered() -> None:
    project, [item] = queue_of(1, most_overlap=3)
    QueuedItem.objects.update(is_reserved=True)
    people = [make_rater(project), make_rater(project)]
    for rater in people:
        Reservation.objects.create(item_id=item.pk, rater=rater, position=1)
    answer(project, (0, 0), people[0])
    answer(project, (1, 0), people[1])
    assert QueuedItem.objects.get().is_reserved is False
    assert claim_item(project=project, rater=make_rater(project)) is not None


@pytest.mark.parametrize(
    ("overlap", "n_before", "n_queries"),
    [
        (1, 0, 1),  # the answer itself
        (2, 0, 2),  # and whether it was the last
        (2, 1, 3),  # and that they agree
    ],
)
def test_an_answer_costs_one_query_more_where_others_are_wanted_and_the_last_one_two(
    overlap: int, n_before: int, n_queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    project, _ = queue_of(2, overlap=overlap)
    for _ in range(overlap):
        answer(project, (0, 1))  # locks the rubric
    for _ in range(n_before):
        answer(project, (0, 1))
    rubric = project.current_rubric()
    rubric.spec()
    turn = claim_item(project=project, rater=make_rater(project))
    assert turn is not None
    with django_assert_num_queries(n_queries):
        submit_annotation(assignment=turn, rubric=rubric, levels=(0, 1))


def test_the_sweep_settles_what_a_dead_process_left() -> None:
    project, items = queue_of(3)
    rubric = project.current_rubric()
    for item, levels in ((items[0], ((0, 0), (0, 0))), (items[1], ((0, 0), (1, 0)))):
        for given in levels:
            answer_unsettled(project, item, given, rubric)
    assert Dispute.objects.count() == 0
    sweep_unsettled_items()
    assert [state(item)[3] for item in items] == [2, 2, None]
    assert Dispute.objects.get().item == items[1]
    assert sweep_unsettled() == 0


def answer_unsettled(project: Project, item: Item, levels: tuple[int, int], rubric: Any) -> None:
    """An answer whose process died right after storing it."""
    rater = make_rater(project)
    turn = claim_item(project=project, rater=rater)
    assert turn is not None
    assert turn.item == item
    judgement = judge_item(rater, item, levels, rubric)
    Assignment.objects.filter(pk=turn.pk).update(status="done", judgement=judgement, finished_at=timezone.now())


def test_items_of_which_an_answer_is_out_are_left_alone() -> None:
    project, [item] = queue_of(1)
    answer(project, (0, 1))
    assert claim_item(project=project, rater=make_rater(project)) is not None
    assert state(item)[1] == QueueState.FULL
    assert settle_item(item_id=item.pk) is None
    assert sweep_unsettled() == 0


def test_judges_imported_people_and_unqueued_items_settle_nothing() -> None:
    project, [item] = queue_of(1)
    judge_item(make_rater(project, RaterKind.JUDGE), item, (1, 1))
    judge_item(make_rater(project), item, (1, 1))
    answer(project, (0, 1))
    answer(project, (0, 1))
    assert state(item)[3] == 2
    assert not Dispute.objects.exists()
    [other] = make_items(project, 1)
    assert settle_item(item_id=other.pk) is None


def test_a_revision_that_brings_agreement_drops_the_dispute_and_one_that_breaks_it_opens_it_again() -> None:
    project, [item] = queue_of(1)
    first = answer(project, (0, 1))
    answer(project, (0, 0))
    dispute = Dispute.objects.get()
    second = revise_annotation(judgement=first, levels=(0, 0))
    dispute.refresh_from_db()
    assert (dispute.state, dispute.closed_at is None) == (DisputeState.DROPPED, False)
    assert state(item)[3] == 2
    revise_annotation(judgement=second, levels=(1, 0))
    dispute.refresh_from_db()
    assert (dispute.state, dispute.criteria, dispute.closed_at) == (DisputeState.OPEN, [0], None)


def test_a_second_look_settles_nothing_anew() -> None:
    project, [item] = queue_of(1)
    judge_item(make_rater(project, RaterKind.JUDGE), item, (0, 0))
    first = answer(project, (0, 1))
    answer(project, (0, 0))
    revise_annotation(judgement=first, levels=(0, 0))  # after the judge was revealed
    assert Dispute.objects.get().state == DisputeState.OPEN


def test_answers_under_an_older_rubric_are_not_compared() -> None:
    project, [item] = queue_of(1)
    answer(project, (0, 1))
    add_rubric_version(project=project, spec=rubric_spec(3))
    answer(project, (1, 1, 1))
    assert state(item)[3] == 2
    assert not Dispute.objects.exists()


def test_more_places_given_later_are_settled_for_themselves() -> None:
    project, [item] = queue_of(1)
    answer(project, (0, 1))
    answer(project, (0, 0))
    QueuedItem.objects.update(overlap=3, state="open")
    answer(project, (0, 0))
    assert state(item) == (3, "full", 0, 3)
    assert Dispute.objects.get().state == DisputeState.DROPPED


def test_settling_twice_is_settling_once() -> None:
    project, [item] = queue_of(1)
    answer(project, (0, 1))
    answer(project, (0, 0))
    assert settle_item(item_id=item.pk) is None
    QueuedItem.objects.update(settled_overlap=None)
    assert settle_item(item_id=item.pk) == Decision.DISPUTE
    assert Dispute.objects.count() == 1


def test_where_nobody_is_left_to_ask_a_lead_has_it_adjudicated_by_what_there_is() -> None:
    project, [item] = queue_of(1, most_overlap=4)
    answer(project, (0, 1))
    assert stop_asking(item_id=item.pk) is None, "two were wanted from the beginning, and one is missing"
    answer(project, (1, 1))
    held = claim_item(project=project, rater=make_rater(project))
    assert held is not None
    assert stop_asking(item_id=item.pk) is None, "somebody has it in hand"
    assert state(item) == (3, "full", 1, None)
    skip_item(assignment=held, reason="unclear")
    assert stop_asking(item_id=item.pk) == Decision.DISPUTE
    assert state(item) == (2, "full", 1, 2)
    assert Dispute.objects.get().state == DisputeState.OPEN
    assert stop_asking(item_id=item.pk) is None
    assert sweep_unsettled() == 0
