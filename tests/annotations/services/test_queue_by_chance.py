"""The queue under any sequence of what people and leads can do, held against a plain one after each step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from annotations.allocation import PolicySettings
from annotations.choices import AssignmentStatus, DisputeState, GoldSource, GoldUse, Order, Purpose, QueueState
from annotations.errors import AlreadyJudgedError, LeaseLostError
from annotations.models import Assignment, Dispute, Gold, Item, Judgement, QueuedItem, Rater
from annotations.selectors.item_filters import ItemFilter
from annotations.services.bulk import Action
from annotations.services.chores import ask_action
from annotations.services.projects import change_policy
from annotations.services.quality import pause_annotator, resume_annotator
from annotations.services.queue import go_on, queue_items, release_expired, skip_item, submit_annotation
from annotations.services.reservations import release_items, reserve_items
from annotations.services.settling import stop_asking, sweep_unsettled
from tests.annotations.services.plain_queue import PlainItem, PlainQueue, PlainTurn
from tests.factories import make_items, make_project, make_rater, make_user, rubric_spec

N_RATERS = 4
N_ITEMS = 3
MOST_ITEMS = 5
N_GOLD_APART = 1
N_EXAMPLES = 40
N_STEPS = 25
FIRST_ID = 1_000_000_000

one_of_many = st.integers(0, 999)
levels = st.sampled_from([(0,), (0,), (1,)])


class QueueMachine(RuleBasedStateMachine):
    """Four annotators, a few items of which two are gold too, and a lead who changes everything under their hands."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        start_ids_anew()
        self.project = make_project(spec=rubric_spec(1), overlap=2)
        # So small a difference never pauses anybody: pausing is a lead's here.
        self.change(lambda policy: replace(policy, gold_acceptable=0.02, gold_bad=0.01, gold_share=0.5, seed=7))
        self.lead = make_user()
        self.raters = {rater.pk: rater for rater in (self.person() for _ in range(N_RATERS))}
        items = make_items(self.project, N_ITEMS)
        golds = [*items[:2], *make_items(self.project, N_GOLD_APART)]
        self.plain = PlainQueue(policy=self.policy, gold=frozenset(item.pk for item in golds))
        self.queue(items)
        for number, item in enumerate(golds):
            Gold.objects.create(
                item=item,
                lot=number / len(golds), rubric=self.project.current_rubric(), levels=[0], source=GoldSource.IMPORTED,
                use=GoldUse.HIDDEN,
            )  # fmt: skip

    def teardown(self) -> None:
        try:
            self.everybody_works_to_the_end()
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    # --- annotators

    @rule(rater=one_of_many)
    def claim(self, rater: int) -> None:
        self.claim_for(self.rater(rater), None)

    @precondition(lambda self: self.plain.turns)
    @rule(turn=one_of_many)
    def claim_one_beside(self, turn: int) -> None:
        """Beside a turn that is in hand, or was."""
        plain, assignment = self.turn(turn)
        self.claim_for(self.raters[plain.rater], assignment)

    @precondition(lambda self: self.plain.turns)
    @rule(turn=one_of_many, levels=levels)
    def answer(self, turn: int, levels: tuple[int, ...]) -> None:
        """For the first time or again, in time or late."""
        plain, assignment = self.turn(turn)
        self.answer_at(plain, assignment, levels)

    @precondition(lambda self: any(turn.status == AssignmentStatus.LEASED for turn in self.plain.turns.values()))
    @rule(turn=one_of_many, levels=levels)
    def answer_and_send_it_again(self, turn: int, levels: tuple[int, ...]) -> None:
        held = [turn for turn in self.plain.turns.values() if turn.status == AssignmentStatus.LEASED]
        plain = held[turn % len(held)]
        for _ in range(2):
            self.answer_at(
                plain, Assignment.objects.select_related("item", "project", "rater").get(pk=plain.pk), levels
            )

    @precondition(lambda self: self.plain.turns)
    @rule(turn=one_of_many)
    def skip(self, turn: int) -> None:
        plain, assignment = self.turn(turn)
        is_held = plain.status == AssignmentStatus.LEASED
        assert skip_item(assignment=assignment, reason="unclear") == is_held
        if is_held:
            self.plain.skip(plain)

    @precondition(lambda self: any(turn.status == AssignmentStatus.LEASED for turn in self.plain.turns.values()))
    @rule(turn=one_of_many)
    def lease_runs_out(self, turn: int) -> None:
        held = [turn for turn in self.plain.turns.values() if turn.status == AssignmentStatus.LEASED]
        self.run_out(held[turn % len(held)])

    @rule()
    def release_what_ran_out(self) -> None:
        assert release_expired(project=self.project) == self.plain.release()

    # --- the lead

    @rule(item=one_of_many, rater=one_of_many, n=st.integers(1, 2))
    def reserve(self, item: int, rater: int, n: int) -> None:
        wanted = self.item(item)
        named = [self.rater(rater + step) for step in range(n)]
        reserved = reserve_items(project=self.project, item_ids=[wanted.pk], raters=named)
        assert reserved.n_items == self.plain.reserve(wanted, [rater.pk for rater in named])

    @rule(item=one_of_many)
    def give_back_to_everybody(self, item: int) -> None:
        wanted = self.item(item)
        assert release_items(project=self.project, item_ids=[wanted.pk]) == self.plain.unreserve(wanted)

    @rule(item=one_of_many)
    def make_urgent(self, item: int) -> None:
        wanted = self.item(item)
        assert self.run(Action.URGENT, wanted) == (wanted.urgency == 0)
        wanted.urgency = max(wanted.urgency, 1)

    @rule(item=one_of_many)
    def ask_one_more(self, item: int) -> None:
        wanted = self.item(item)
        assert self.run(Action.AGAIN, wanted) == (not wanted.is_reserved)
        wanted.overlap += not wanted.is_reserved

    @rule(item=one_of_many)
    def stop_asking(self, item: int) -> None:
        wanted = self.item(item)
        assert (stop_asking(item_id=wanted.pk) is not None) == self.plain.stop_asking(wanted)

    @rule(rater=one_of_many)
    def pause_or_resume(self, rater: int) -> None:
        person = self.rater(rater)
        if person.pk in self.plain.paused:
            resume_annotator(rater=person, by=self.lead, note="")
        else:
            pause_annotator(rater=person, by=self.lead, note="A word, please.")
        self.plain.paused ^= {person.pk}

    @rule(overlap=st.integers(1, 3), more=st.sampled_from([None, 1]), gold_share=st.sampled_from([0.0, 0.5, 1.0]))
    def change_the_policy(self, overlap: int, more: int | None, gold_share: float) -> None:
        most = None if more is None else overlap + more
        self.change(lambda policy: replace(policy, overlap=overlap, most_overlap=most, gold_share=gold_share))
        self.plain.policy = self.policy

    @precondition(lambda self: len(self.plain.items) < MOST_ITEMS)
    @rule()
    def queue_one_more(self) -> None:
        self.queue(make_items(self.project, 1))

    # --- what must hold after each step

    @invariant()
    def all_is_as_meant(self) -> None:
        """In this order: the sweep changes what a step left."""
        self.what_is_settled_is_as_meant()
        self.the_queue_is_as_meant()
        self.the_turns_are_as_meant()
        self.nobody_has_an_item_twice_and_none_goes_to_more_people_than_wanted()
        self.every_acknowledged_answer_is_stored_once_as_it_was_given()

    def what_is_settled_is_as_meant(self) -> None:
        sweep_unsettled()
        self.plain.settle_all()
        found = Dispute.objects.filter(project=self.project, state=DisputeState.OPEN)
        expected = {item.pk for item in self.plain.items.values() if item.is_disputed}
        assert set(found.values_list("item_id", flat=True)) == expected

    def the_queue_is_as_meant(self) -> None:
        columns = ("overlap", "urgency", "is_reserved", "settled_overlap", "state")
        rows = QueuedItem.objects.filter(project=self.project).values_list("item_id", *columns)
        assert {pk: tuple(rest) for pk, *rest in rows} == {
            item.pk: (item.overlap, item.urgency, item.is_reserved, item.settled, self.state(item))
            for item in self.plain.items.values()
        }

    def the_turns_are_as_meant(self) -> None:
        rows = Assignment.objects.filter(project=self.project).values_list(
            "pk", "rater_id", "item_id", "purpose", "position", "status", "judgement_id"
        )
        assert {pk: tuple(rest) for pk, *rest in rows} == {
            turn.pk: (turn.rater, turn.item, turn.purpose, turn.position, turn.status, turn.judgement)
            for turn in self.plain.turns.values()
        }

    def nobody_has_an_item_twice_and_none_goes_to_more_people_than_wanted(self) -> None:
        for item in self.plain.items.values():
            taken = self.plain.taken(item.pk)
            assert len({turn.rater for turn in taken}) == len(taken) <= item.overlap
        places = Assignment.objects.filter(
            project=self.project, purpose=Purpose.WORK, status__in=[AssignmentStatus.LEASED, AssignmentStatus.DONE]
        ).values_list("item_id", "place")
        assert len(set(places)) == len(places)

    def every_acknowledged_answer_is_stored_once_as_it_was_given(self) -> None:
        said = Judgement.objects.filter(item__project=self.project)
        rows = said.values_list("pk", "rater_id", "item_id", "levels", "purpose", "superseded_at")
        assert {pk: (rater, item, tuple(levels), *rest) for pk, rater, item, levels, *rest in rows} == {
            turn.judgement: (turn.rater, turn.item, turn.levels, turn.purpose, None)
            for turn in self.plain.turns.values()
            if turn.judgement is not None
        }

    # --- how

    @property
    def policy(self) -> PolicySettings:
        return self.project.current_policy().settings()

    def change(self, changed: Callable[[PolicySettings], PolicySettings]) -> None:
        change_policy(project=self.project, settings=changed(self.policy))

    def person(self) -> Rater:
        return make_rater(self.project, user=make_user())

    def queue(self, items: list[Item]) -> None:
        queue_items(
            project=self.project, items=Item.objects.filter(pk__in=[item.pk for item in items]), order=Order.GIVEN
        )
        for row in QueuedItem.objects.filter(item__in=items):
            overlap = self.plain.policy.overlap
            self.plain.items[row.pk] = PlainItem(pk=row.pk, position=row.position, overlap=overlap, asked=overlap)

    def rater(self, number: int) -> Rater:
        return list(self.raters.values())[number % len(self.raters)]

    def item(self, number: int) -> PlainItem:
        return list(self.plain.items.values())[number % len(self.plain.items)]

    def turn(self, number: int) -> tuple[PlainTurn, Assignment]:
        plain = list(self.plain.turns.values())[number % len(self.plain.turns)]
        return plain, Assignment.objects.select_related("item", "project", "rater", "policy").get(pk=plain.pk)

    def state(self, item: PlainItem) -> QueueState:
        return QueueState.OPEN if self.plain.is_open(item) else QueueState.FULL

    def run(self, action: Action, item: PlainItem) -> int:
        chosen = ItemFilter(ids=(item.pk,))
        return ask_action(action=action, project=self.project, wanted=chosen, user=self.lead).n_changed

    def run_out(self, turn: PlainTurn) -> None:
        past = timezone.now() - timedelta(seconds=1)
        Assignment.objects.filter(pk=turn.pk).update(lease_expires_at=past)
        turn.is_overdue = True

    def claim_for(self, rater: Rater, in_hand: Assignment | None) -> Assignment | None:
        given = self.plain.claim(rater.pk, 0 if in_hand is None else in_hand.pk)
        turn = go_on(project=self.project, rater=rater, in_hand=0 if in_hand is None else in_hand.pk).turn
        if given is None or turn is None:
            assert turn is given is None
        elif given.turn is not None:
            assert turn.pk == given.turn
        else:
            assert turn.pk not in self.plain.turns
            assert (turn.purpose, turn.position, turn.item_id in given.items) == (given.purpose, given.position, True)
            new = PlainTurn(
                pk=turn.pk, rater=rater.pk, item=turn.item_id, purpose=Purpose(turn.purpose), position=turn.position
            )
            self.plain.give(new)
        return turn

    def answer_at(self, plain: PlainTurn, assignment: Assignment, levels: tuple[int, ...]) -> None:
        refusal: type[Exception] | None = None
        if plain.status == AssignmentStatus.DONE:
            refusal = None if plain.levels == levels else AlreadyJudgedError
        elif not self.plain.takes(plain):
            refusal = LeaseLostError
        if refusal is not None:
            with pytest.raises(refusal), transaction.atomic():
                submit_annotation(assignment=assignment, rubric=self.project.current_rubric(), levels=levels)
            return
        with transaction.atomic():
            said = submit_annotation(assignment=assignment, rubric=self.project.current_rubric(), levels=levels)
        if plain.status == AssignmentStatus.DONE:
            assert said.pk == plain.judgement
        else:
            self.plain.store(plain, levels, said.pk)

    def everybody_works_to_the_end(self) -> None:
        """Whatever was done before: once nobody is paused, all that is wanted of whoever is left gets done."""
        for person in [self.raters[pk] for pk in self.plain.paused]:
            resume_annotator(rater=person, by=self.lead, note="")
        self.plain.paused.clear()
        self.what_is_settled_is_as_meant()
        is_moving = True
        while is_moving:
            is_moving = False
            for rater in self.raters.values():
                while (turn := self.claim_for(rater, None)) is not None:
                    self.answer_at(self.plain.turns[turn.pk], turn, (0,))
                    is_moving = True
                    self.what_is_settled_is_as_meant()
        self.all_is_as_meant()
        assert not any(turn.status == AssignmentStatus.LEASED for turn in self.plain.turns.values())
        for item in self.plain.items.values():
            may = item.reserved if item.is_reserved else self.raters
            assert not self.plain.is_open(item) or all(self.plain.has_had(rater, item.pk) for rater in may)


def start_ids_anew() -> None:
    """The same for each example: lots are drawn over ids, and an example must run the same way twice."""
    with connection.cursor() as cursor:
        for model in (Item, Rater):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [model._meta.db_table, FIRST_ID])


@pytest.mark.django_db
def test_the_queue_is_exact_whatever_is_done_in_whatever_order() -> None:
    run_state_machine_as_test(
        QueueMachine,
        settings=settings(
            max_examples=N_EXAMPLES,
            stateful_step_count=N_STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
