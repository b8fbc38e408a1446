from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotations.choices import AssignmentStatus, ChoreStep, Mode, Order, QueueState, RaterKind, Visible
from annotations.errors import AlreadyJudgedError, IncompleteAnnotationError, LeaseLostError, RubricError
from annotations.models import Assignment, Draw, Item, Judgement, Project, QueuedItem, Rater
from annotations.services.queue import claim_item, drawing, queue_items, release_expired, skip_item, submit_annotation
from annotations.services.raters import rater_of
from annotations.services.worker_leases import LeaseEndedError
from tests.factories import judge_item, make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db


def queue_of(n: int, overlap: int = 1) -> tuple[Project, list[Item]]:
    project = make_project(overlap=overlap)
    items = make_items(project, n)
    queue_items(project=project, order=Order.GIVEN)
    return project, items


def claim(project: Project, rater: Rater) -> Assignment:
    assignment = claim_item(project=project, rater=rater)
    assert assignment is not None
    return assignment


def submit(assignment: Assignment, levels: tuple[int | None, ...] = (0, 1), rationale: str = "") -> Judgement:
    rubric = assignment.project.current_rubric()
    return submit_annotation(assignment=assignment, rubric=rubric, levels=levels, rationale=rationale)


def let_lease_run_out(assignment: Assignment) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Assignment.objects.filter(pk=assignment.pk).update(lease_expires_at=past)


# --- sending items to people


def test_queueing_all_keeps_the_order_of_the_items_and_probability_one() -> None:
    project, items = queue_of(3)
    rows = QueuedItem.objects.filter(project=project).order_by("position")
    assert [row.item_id for row in rows] == [item.pk for item in items]
    assert {(row.probability, row.seed, row.overlap) for row in rows} == {(1.0, None, 1)}


def test_a_draw_goes_into_the_queue_in_parts_and_what_ends_it_undoes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "ENQUEUED_AT_ONCE", 2)
    project = make_project()
    items = make_items(project, 5)
    steps: list[ChoreStep] = []

    def stop_in_the_third_part(step: ChoreStep) -> None:
        steps.append(step)
        if steps.count(ChoreStep.QUEUEING) == 3:
            raise LeaseEndedError

    with pytest.raises(LeaseEndedError):
        queue_items(project=project, order=Order.GIVEN, on_step=stop_in_the_third_part)
    assert steps == [ChoreStep.READING, *[ChoreStep.QUEUEING] * 3]
    assert (Draw.objects.count(), QueuedItem.objects.count()) == (0, 0)
    assert queue_items(project=project, order=Order.GIVEN).n_added == 5
    rows = QueuedItem.objects.order_by("position").values_list("item", "position")
    assert list(rows) == [(item.pk, place) for place, item in enumerate(items, start=1)]


def test_a_sample_stores_its_probability_seed_and_policy() -> None:
    project = make_project(overlap=3)
    make_items(project, 8)
    queued = queue_items(project=project, n=2, seed=5)
    assert (queued.n_items, queued.n_drawn, queued.n_added) == (8, 2, 2)
    assert (queued.least_probability, queued.most_probability) == (0.25, 0.25)
    rows = QueuedItem.objects.filter(project=project)
    assert {(row.probability, row.seed, row.overlap, row.policy_id) for row in rows} == {
        (0.25, 5, 3, project.current_policy().pk)
    }


def test_the_same_draw_again_adds_nothing_and_a_larger_one_adds_the_difference() -> None:
    project = make_project()
    make_items(project, 20)
    queue_items(project=project, n=5, seed=9)
    first = set(QueuedItem.objects.values_list("item_id", flat=True))
    assert queue_items(project=project, n=5, seed=9).n_added == 0
    assert queue_items(project=project, n=8, seed=9).n_added == 3
    assert first < set(QueuedItem.objects.values_list("item_id", flat=True))


def test_only_items_of_the_project_are_queued() -> None:
    project, other = make_project(), make_project()
    [mine] = make_items(project, 1)
    make_items(other, 1)
    assert queue_items(project=project, items=Item.objects.all()).n_added == 1
    assert list(QueuedItem.objects.values_list("item_id", flat=True)) == [mine.pk]


# --- claiming


def test_items_come_in_their_order_and_each_once() -> None:
    project, items = queue_of(3)
    rater = make_rater(project)
    seen = []
    for _ in items:
        assignment = claim(project, rater)
        seen.append(assignment.item_id)
        submit(assignment)
    assert seen == [item.pk for item in items]
    assert claim_item(project=project, rater=rater) is None


def test_the_assignment_says_how_its_item_was_selected() -> None:
    project = make_project(overlap=2)
    make_items(project, 4)
    queue_items(project=project, n=1, seed=3)
    assignment = claim(project, make_rater(project))
    assert (assignment.probability, assignment.seed, assignment.overlap) == (0.25, 3, 2)
    assert (assignment.mode, assignment.policy_id) == (Mode.REVEAL, project.current_policy().pk)


def test_who_holds_a_lease_gets_the_same_assignment_again() -> None:
    project, _ = queue_of(3)
    rater = make_rater(project)
    assert claim(project, rater).pk == claim(project, rater).pk
    assert Assignment.objects.count() == 1


def test_an_item_is_given_to_as_many_people_as_its_overlap() -> None:
    project, [item] = queue_of(1, overlap=2)
    first, second = claim(project, make_rater(project)), claim(project, make_rater(project))
    assert (first.place, second.place) == (0, 1)
    assert claim_item(project=project, rater=make_rater(project)) is None
    assert QueuedItem.objects.get(pk=item.pk).state == QueueState.FULL


def test_a_skipped_item_goes_to_somebody_else_and_never_back() -> None:
    project, [item] = queue_of(1)
    rater = make_rater(project)
    assert skip_item(assignment=claim(project, rater), reason="unclear", note="no date")
    assert claim_item(project=project, rater=rater) is None
    assert claim(project, make_rater(project)).item_id == item.pk
    skipped = Assignment.objects.get(rater=rater)
    assert (skipped.status, skipped.skip_reason, skipped.skip_note) == ("skipped", "unclear", "no date")


def test_skipping_twice_or_after_the_answer_changes_nothing() -> None:
    project, [item] = queue_of(1)
    assignment = claim(project, make_rater(project))
    submit(assignment)
    assert not skip_item(assignment=assignment, reason="unclear")
    assert Assignment.objects.get().status == AssignmentStatus.DONE
    assert QueuedItem.objects.get(pk=item.pk).state == QueueState.FULL


def test_a_lease_that_ran_out_goes_to_the_next_annotator() -> None:
    project, [item] = queue_of(1)
    slow, quick = make_rater(project), make_rater(project)
    let_lease_run_out(claim(project, slow))
    assert claim(project, quick).item_id == item.pk
    assert Assignment.objects.get(rater=slow).status == AssignmentStatus.EXPIRED


def test_a_lease_that_ran_out_and_nobody_took_starts_anew() -> None:
    project, _ = queue_of(1)
    rater = make_rater(project)
    assignment = claim(project, rater)
    let_lease_run_out(assignment)
    again = claim(project, rater)
    assert again.pk == assignment.pk
    assert again.lease_expires_at > timezone.now()


def test_what_came_back_is_offered_to_those_who_are_past_it() -> None:
    project, items = queue_of(2)
    slow, quick = make_rater(project), make_rater(project)
    held = claim(project, slow)
    submit(claim(project, quick))
    let_lease_run_out(held)
    assert claim(project, quick).item_id == items[0].pk


def test_an_item_judged_outside_the_queue_is_not_asked_again() -> None:
    project, items = queue_of(2)
    rater = make_rater(project)
    judge_item(rater, items[0], (0, 0))
    assert claim(project, rater).item_id == items[1].pk


def test_release_counts_what_it_gave_back() -> None:
    project, _ = queue_of(3)
    turns = [claim(project, make_rater(project)) for _ in range(3)]
    let_lease_run_out(turns[0])
    let_lease_run_out(turns[1])
    assert release_expired(project=project) == 2
    assert release_expired(project=project) == 0


# --- submitting


def test_an_answer_finishes_the_turn_and_is_blind() -> None:
    project, _ = queue_of(1)
    assignment = claim(project, make_rater(project))
    judgement = submit(assignment, (1, 0), rationale="thin evidence")
    assignment.refresh_from_db()
    assert (assignment.status, assignment.judgement_id) == (AssignmentStatus.DONE, judgement.pk)
    assert (judgement.levels, judgement.rationale, judgement.visible) == ([1, 0], "thin evidence", Visible.BLIND)


def test_an_open_criterion_is_named_and_nothing_is_stored() -> None:
    project, _ = queue_of(1)
    assignment = claim(project, make_rater(project))
    with pytest.raises(IncompleteAnnotationError) as refused:
        submit(assignment, (0, None))
    assert refused.value.positions == (1,)
    assert not Judgement.objects.exists()


def test_a_level_that_is_not_of_the_rubric_is_refused_and_the_turn_goes_on() -> None:
    project, _ = queue_of(1)
    assignment = claim(project, make_rater(project))
    with pytest.raises(RubricError):
        submit(assignment, (0, 7))
    assert Assignment.objects.get().status == AssignmentStatus.LEASED


def test_the_same_answer_twice_is_stored_once_and_another_is_refused() -> None:
    project, _ = queue_of(1)
    assignment = claim(project, make_rater(project))
    assert submit(assignment) == submit(assignment)
    with pytest.raises(AlreadyJudgedError):
        submit(assignment, (1, 1))
    assert [judgement.levels for judgement in Judgement.objects.all()] == [[0, 1]]


def test_an_answer_after_the_lease_counts_while_nobody_has_the_place() -> None:
    project, [item] = queue_of(1)
    assignment = claim(project, make_rater(project))
    let_lease_run_out(assignment)
    release_expired(project=project)
    submit(assignment)
    assert Assignment.objects.get().status == AssignmentStatus.DONE
    assert QueuedItem.objects.get(pk=item.pk).state == QueueState.FULL


def test_an_answer_after_the_lease_is_refused_when_the_places_are_taken() -> None:
    project, _ = queue_of(1)
    slow, quick = make_rater(project), make_rater(project)
    late = claim(project, slow)
    let_lease_run_out(late)
    claim(project, quick)
    with pytest.raises(LeaseLostError):
        submit(late)
    assert not Judgement.objects.exists()


def test_a_turn_given_a_second_time_is_answered_through_the_second() -> None:
    project, _ = queue_of(1)
    rater = make_rater(project)
    late = claim(project, rater)
    let_lease_run_out(late)
    release_expired(project=project)
    second = claim(project, rater)
    with pytest.raises(LeaseLostError, match="a second time"):
        submit(late)
    submit(second)
    assert Judgement.objects.count() == 1


# --- who a person is


def test_a_member_has_one_rater_and_takes_over_no_imported_one() -> None:
    project = make_project()
    imported = make_rater(project, name="ana")
    user = make_member(project, name="ana")
    rater = rater_of(project=project, user=user)
    assert rater == rater_of(project=project, user=user)
    assert rater != imported
    assert (rater.kind, rater.user) == (RaterKind.PERSON, user)


# --- what the database refuses, whoever writes


def turn(project: Project, item: Item, rater: Rater, place: int, **fields: object) -> Assignment:
    values = {
        "overlap": 2,
        "position": 1,
        "probability": 1.0,
        "policy": project.current_policy(),
        "lease_expires_at": timezone.now() + timedelta(minutes=5),
        **fields,
    }
    return Assignment.objects.create(project=project, item=item, rater=rater, place=place, **values)


@pytest.mark.parametrize("status", ["leased", "skipped"])
def test_the_database_refuses_a_second_turn_of_one_annotator(status: str) -> None:
    project, [item] = queue_of(1, overlap=2)
    rater = make_rater(project)
    turn(project, item, rater, place=0, status=status)
    with pytest.raises(IntegrityError, match="once_per_annotator_and_item"), transaction.atomic():
        turn(project, item, rater, place=1)
    assert Assignment.objects.count() == 1


def test_the_database_refuses_two_holders_of_one_place() -> None:
    project, [item] = queue_of(1, overlap=2)
    turn(project, item, make_rater(project), place=0)
    with pytest.raises(IntegrityError, match="one_assignment_per_item_and_place"), transaction.atomic():
        turn(project, item, make_rater(project), place=0)


def test_the_database_refuses_a_place_beyond_the_overlap() -> None:
    project, [item] = queue_of(1, overlap=2)
    with pytest.raises(IntegrityError, match="place_is_below_overlap"), transaction.atomic():
        turn(project, item, make_rater(project), place=2)


def test_the_database_refuses_a_finished_turn_without_a_judgement() -> None:
    project, [item] = queue_of(1, overlap=2)
    with pytest.raises(IntegrityError, match="done_means_judged"), transaction.atomic():
        turn(project, item, make_rater(project), place=0, status="done")


@pytest.mark.parametrize("probability", [0.0, 1.5])
def test_the_database_refuses_a_probability_that_is_none(probability: float) -> None:
    project = make_project()
    [item] = make_items(project, 1)
    with pytest.raises(IntegrityError, match="selection_probability_is_in_0_1"), transaction.atomic():
        QueuedItem.objects.create(
            item=item,
            project=project,
            policy=project.current_policy(),
            position=1,
            overlap=1,
            probability=probability,
        )


def test_the_database_refuses_two_items_at_one_position() -> None:
    project, _ = queue_of(2)
    with pytest.raises(IntegrityError, match="one_queued_item_per_position"), transaction.atomic():
        QueuedItem.objects.filter(project=project).update(position=1)
