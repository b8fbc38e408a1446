"""One change to many items."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotations.choices import (
    AssignmentStatus,
    FlagReason,
    GoldSource,
    GoldUse,
    Order,
    Purpose,
    QueueState,
    Role,
    Visible,
    WorkState,
)
from annotations.errors import BulkActionError, LeaseLostError
from annotations.models import Assignment, Chore, Flag, Gold, Item, Project, QueuedItem, Rater, Reservation, User
from annotations.models.review import TAKES_A_PLACE
from annotations.selectors.item_filters import ItemFilter
from annotations.services.bulk import ACTIONS, Action, BulkPlan, BulkValues, plan_action
from annotations.services.chores import AT_ONCE, ask_action
from annotations.services.gold import retire_gold
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.queue import claim_item, queue_items, release_expired, skip_item, submit_annotation
from annotations.services.threads import flag_item, resolve_flag
from tests.factories import (
    judge_item,
    make_dispute,
    make_items,
    make_member,
    make_project,
    make_rater,
    make_ruling,
    make_user,
)

pytestmark = pytest.mark.django_db


def queue_of(n: int, *, overlap: int = 1) -> tuple[Project, list[Item]]:
    project = make_project(overlap=overlap)
    items = make_items(project, n)
    queue_items(project=project, order=Order.GIVEN)
    return project, items


def person(project: Project) -> Rater:
    return make_rater(project, user=make_user())


def values_in(project: Project) -> BulkValues:
    """What any action may need."""
    return BulkValues(
        raters=(person(project),), skill="fr", reason=FlagReason.BROKEN, use=GoldUse.HIDDEN
    )  # fmt: skip


def agree_on(items: list[Item], levels: tuple[int, int] = (0, 1)) -> None:
    """Two people answer all of the items blind and alike."""
    project = items[0].project
    for _ in range(2):
        record_judgements(
            rater=make_rater(project), rubric=project.current_rubric(), visible=Visible.BLIND,
            judgements=[NewJudgement(item_id=item.pk, levels=levels) for item in items],
        )  # fmt: skip


class Done(NamedTuple):
    n_chosen: int
    n_changed: int


def run(
    action: str, project: Project, items: list[Item], values: BulkValues | None = None, *, user: User | None = None
) -> Done:
    chosen = ItemFilter(ids=tuple(item.pk for item in items))
    chore = ask_action(action=action, project=project, wanted=chosen, values=values, user=user or make_user())
    assert (chore.state, chore.error) == (WorkState.READY, "")
    assert chore.n_chosen is not None
    return Done(chore.n_chosen, chore.n_changed)


def answer(project: Project, rater: Rater) -> Item:
    turn = claim_item(project=project, rater=rater)
    assert turn is not None
    submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))
    return turn.item


def test_items_are_sent_to_the_queue_once() -> None:
    project, items = queue_of(2)
    items += make_items(project, 3)
    assert run(Action.QUEUE, project, items) == Done(n_chosen=5, n_changed=3)
    assert run(Action.QUEUE, project, items) == Done(n_chosen=5, n_changed=0)
    assert QueuedItem.objects.filter(project=project).count() == 5


def test_urgent_items_are_asked_first_until_they_are_so_no_more() -> None:
    project, items = queue_of(3)
    assert run(Action.URGENT, project, items[2:]).n_changed == 1
    assert answer(project, make_rater(project)) == items[2]
    assert run(Action.NOT_URGENT, project, items) == Done(n_chosen=3, n_changed=1)
    assert answer(project, make_rater(project)) == items[0]


def test_asking_again_opens_an_item_for_one_more_person() -> None:
    project, [item] = queue_of(1)
    ann, bob = person(project), person(project)
    answer(project, ann)
    assert run(Action.AGAIN, project, [item]).n_changed == 1
    assert claim_item(project=project, rater=ann) is None
    assert answer(project, bob) == item
    queued = QueuedItem.objects.get()
    assert (queued.overlap, queued.state) == (2, QueueState.FULL)


def test_a_reserved_item_is_not_asked_again_of_everybody() -> None:
    project, [item] = queue_of(1)
    ann = person(project)
    assert run(Action.RESERVE, project, [item], BulkValues(raters=(ann,))).n_changed == 1
    assert run(Action.AGAIN, project, [item]) == Done(n_chosen=1, n_changed=0)
    assert run(Action.RELEASE, project, [item]).n_changed == 1
    assert not Reservation.objects.exists()


def test_items_with_a_skill_are_asked_of_those_who_have_it() -> None:
    project, items = queue_of(2)
    assert run(Action.SKILL, project, items[:1], BulkValues(skill="fr")).n_changed == 1
    assert run(Action.SKILL, project, items[:1], BulkValues(skill="fr")).n_changed == 0
    assert answer(project, make_rater(project)) == items[1]
    assert answer(project, make_rater(project, skills=["fr"])) == items[0]
    assert run(Action.SKILL, project, items, BulkValues()).n_changed == 1


def test_only_what_nobody_holds_or_has_answered_leaves_the_queue() -> None:
    project, items = queue_of(4)
    answer(project, make_rater(project))
    held, skipped = (claim_item(project=project, rater=make_rater(project)) for _ in range(2))
    assert held is not None
    assert skipped is not None
    skip_item(assignment=skipped, reason="unclear")
    assert run(Action.UNQUEUE, project, items) == Done(n_chosen=4, n_changed=2)
    assert set(QueuedItem.objects.values_list("pk", flat=True)) == {items[0].pk, items[1].pk}


def test_an_answer_to_an_item_that_left_the_queue_is_refused_in_words() -> None:
    project, items = queue_of(1)
    turn = claim_item(project=project, rater=make_rater(project))
    assert turn is not None
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    release_expired(project=project)
    assert run(Action.UNQUEUE, project, items).n_changed == 1
    with pytest.raises(LeaseLostError, match="left the queue"):
        submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))


def test_items_are_flagged_once_by_each_person() -> None:
    project = make_project()
    items = make_items(project, 3)
    lead, other = make_user(), make_user()
    first = flag_item(item=items[0], user=lead, reason=FlagReason.UNSAFE)
    resolved = flag_item(item=items[1], user=lead, reason=FlagReason.UNSAFE)
    flag_item(item=items[2], user=other, reason=FlagReason.OTHER)
    resolve_flag(flag=resolved, by=lead)
    values = BulkValues(reason=FlagReason.BROKEN, note="no picture")
    assert run(Action.FLAG, project, items, values, user=lead) == Done(n_chosen=3, n_changed=2)
    assert run(Action.FLAG, project, items, values, user=lead) == Done(n_chosen=3, n_changed=0)
    mine = Flag.objects.filter(user=lead, resolved_at__isnull=True).order_by("item")
    assert list(mine.values_list("item", "project", "reason", "note")) == [
        (items[0].pk, project.pk, FlagReason.UNSAFE, ""),
        (items[1].pk, project.pk, FlagReason.BROKEN, "no picture"),
        (items[2].pk, project.pk, FlagReason.BROKEN, "no picture"),
    ]
    assert mine[0].pk == first.pk


def test_items_become_gold_by_their_ruling_or_by_firm_consensus() -> None:
    project = make_project()
    known, ruled, agreed, overruled, apart, bare, wrong = make_items(project, 7)
    rubric = project.current_rubric()
    Gold.objects.create(item=known, rubric=rubric, levels=[1, 1], source=GoldSource.IMPORTED)
    adjudicator = make_member(project, Role.ADJUDICATOR)
    make_ruling(make_dispute(ruled), adjudicator, levels=(1, 0))
    make_ruling(make_dispute(overruled, answers=((0, 0), (0, 1))), adjudicator, levels=(1, 1))
    agree_on([agreed], (0, 1))
    make_dispute(apart)
    judge_item(make_rater(project), bare, (0, 0))
    agree_on([wrong])
    retire_gold(gold=Gold.objects.create(item=wrong, rubric=rubric, levels=[0, 1], source=GoldSource.CONSENSUS))
    items = [known, ruled, agreed, overruled, apart, bare, wrong]
    plan = plan_action(action=Action.GOLD, project=project, items=project.items.all())
    assert (plan.n_fitting, plan.n_left_out) == (4, 3)
    hidden = BulkValues(use=GoldUse.HIDDEN)
    assert run(Action.GOLD, project, items, hidden) == Done(n_chosen=7, n_changed=4)
    assert run(Action.GOLD, project, items, hidden) == Done(n_chosen=7, n_changed=0)
    gold = Gold.objects.filter(retired_at__isnull=True).order_by("item")
    assert list(gold.values_list("item", "levels", "source", "use")) == [
        (known.pk, [1, 1], GoldSource.IMPORTED, GoldUse.HIDDEN),
        (ruled.pk, [1, 0], GoldSource.RULING, GoldUse.HIDDEN),
        (agreed.pk, [0, 1], GoldSource.CONSENSUS, GoldUse.HIDDEN),
        (overruled.pk, [1, 1], GoldSource.RULING, GoldUse.HIDDEN),
    ]
    assert run(Action.GOLD, project, items[:2], BulkValues(use=GoldUse.TRAINING)).n_changed == 2
    assert Gold.objects.get(item=wrong).use == GoldUse.KNOWN


@pytest.mark.parametrize("action", ACTIONS)
def test_items_of_another_project_are_never_changed(action: str) -> None:
    project, _ = queue_of(1)
    other, items = queue_of(1)
    items += make_items(other, 1)
    agree_on(items)
    before = list(QueuedItem.objects.values())
    assert run(action, project, items, values_in(project)) == Done(n_chosen=0, n_changed=0)
    assert list(QueuedItem.objects.values()) == before
    assert not Flag.objects.exists()
    assert not Gold.objects.exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_plan_counts_what_then_changes(action: str) -> None:
    project, items = queue_of(6)
    run(Action.URGENT, project, items[:2])
    run(Action.RESERVE, project, items[1:3], BulkValues(raters=(person(project),)))
    answer(project, make_rater(project))
    items += make_items(project, 2)
    agree_on(items[4:])
    chosen = Item.objects.filter(project=project)
    plan = plan_action(action=action, project=project, items=chosen)
    result = run(action, project, items, values_in(project))
    assert plan == BulkPlan(n_chosen=8, n_fitting=result.n_changed)


def test_nothing_is_done_with_other_items_than_agreed_or_without_what_is_needed() -> None:
    project, items = queue_of(2)
    chosen, lead = ItemFilter(), make_user()
    with pytest.raises(BulkActionError, match="3 items were to change, and it would be 2"):
        ask_action(action=Action.URGENT, project=project, wanted=chosen, n_agreed=3, user=lead)
    with pytest.raises(BulkActionError, match="expected one of queue"):
        ask_action(action="delete", project=project, wanted=chosen, user=lead)
    with pytest.raises(BulkActionError, match="got nobody"):
        ask_action(action=Action.RESERVE, project=project, wanted=chosen, user=lead)
    with pytest.raises(BulkActionError, match="got no reason"):
        ask_action(action=Action.FLAG, project=project, wanted=chosen, user=lead)
    with pytest.raises(BulkActionError, match="got no use"):
        ask_action(action=Action.GOLD, project=project, wanted=chosen, user=lead)
    assert not QueuedItem.objects.exclude(urgency=0, is_reserved=False).exists()
    assert not Flag.objects.exists()
    assert not Chore.objects.exists()
    assert ask_action(action=Action.URGENT, project=project, wanted=chosen, n_agreed=2, user=lead).n_changed == len(
        items
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_many_items_take_no_more_statements_than_few(action: str) -> None:
    project, items = queue_of(40)
    items += make_items(project, 40)
    agree_on(items[:40])
    values = values_in(project)
    assert len(items) < AT_ONCE
    if action in (Action.NOT_URGENT, Action.RELEASE):
        run({Action.NOT_URGENT: Action.URGENT, Action.RELEASE: Action.RESERVE}[Action(action)], project, items, values)

    def n_statements(chosen: list[Item]) -> int:
        with CaptureQueriesContext(connection) as asked:
            n_changed = run(action, project, chosen, values).n_changed
        assert n_changed == len(chosen) if action == Action.FLAG else len(chosen) // 2
        return len(asked)

    few = [*items[:2], *items[-2:]]
    assert n_statements(few) == n_statements([item for item in items if item not in few])


@pytest.mark.django_db(transaction=True)
def test_the_queue_stays_exact_while_leads_change_it_under_the_annotators() -> None:
    """Whatever was wanted when an item was locked holds, and not what was wanted when the search for it began."""
    project, items = queue_of(40)
    ann, *others = [person(project) for _ in range(7)]
    rubric = project.current_rubric()

    def annotate(rater: Rater) -> None:
        try:
            while (turn := claim_item(project=project, rater=rater)) is not None:
                submit_annotation(assignment=turn, rubric=rubric, levels=(0, 1))
        finally:
            connections.close_all()

    def lead(_: int) -> None:
        try:
            for start in range(0, 40, 4):
                some = items[start : start + 4]
                run(Action.AGAIN, project, some)
                run(Action.RESERVE, project, some[:2], BulkValues(raters=(ann,)))
                run(Action.URGENT, project, some[2:])
                run(Action.UNQUEUE, project, some[3:])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(annotate, rater) for rater in (ann, *others)]
        done += [pool.submit(lead, 0)]
        for future in done:
            future.result()
    for rater in (ann, *others):
        annotate(rater)

    kept = Reservation.objects.exclude(taken_at__isnull=True, rater__in=others)
    for queued in QueuedItem.objects.all():
        turns = Assignment.objects.filter(item=queued.pk, purpose=Purpose.WORK, status__in=TAKES_A_PLACE)
        assert turns.count() == queued.overlap, "as many as wanted when the last lead had spoken"
        assert queued.state == QueueState.FULL
        assert kept.filter(item=queued).count() == int(queued.is_reserved)
    assert not Assignment.objects.exclude(status=AssignmentStatus.DONE).exists()
