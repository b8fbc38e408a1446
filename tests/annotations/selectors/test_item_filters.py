"""Finding items by each filter, and by several at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from annotations.choices import FlagReason, GoldSource, GoldUse, Order, Outcome, RaterKind
from annotations.models import Assignment, Flag, Gold, Item, Project, QueuedItem, Rater
from annotations.selectors.item_filters import (
    COUNTED_TO,
    CellFilter,
    ItemCount,
    ItemFilter,
    count_items,
    filtered_items,
)
from annotations.selectors.items import visible_items
from annotations.services.queue import claim_item, queue_items, skip_item, submit_annotation
from annotations.services.reservations import reserve_items
from annotations.services.rubrics import add_rubric_version
from annotations.services.threads import flag_item, resolve_flag
from tests.factories import (
    judge_item,
    make_batch,
    make_items,
    make_member,
    make_project,
    make_rater,
    make_user,
    rubric_spec,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def found(project: Project, **wanted: Any) -> set[int]:
    return set(filtered_items(project, ItemFilter(**wanted)).values_list("pk", flat=True))


def pks(*items: Item) -> set[int]:
    return {item.pk for item in items}


def judge(project: Project, name: str | None = None) -> Rater:
    return make_rater(project, RaterKind.JUDGE, name=name)


def test_items_of_another_project_are_never_found(project: Project) -> None:
    make_items(make_project(), 2)
    assert found(project) == set()


def test_items_that_are_named_are_found_where_the_rest_fits_too(project: Project) -> None:
    one, two, _ = make_items(project, 3)
    [elsewhere] = make_items(make_project(), 1)
    assert found(project, ids=(one.pk, two.pk, elsewhere.pk)) == pks(one, two)
    assert found(project, ids=(one.pk, two.pk), text=two.external_id) == pks(two)
    assert found(project, ids=()) == set()


@pytest.mark.parametrize(
    "wanted",
    [
        ItemFilter(),
        ItemFilter(ids=(3, 1)),
        ItemFilter(text="tea", slices=(("language", "en"), ("language", "fr")), queue="open", is_urgent=False),
        ItemFilter(gold_use=GoldUse.HIDDEN, outcome="pass", cell=CellFilter("relevance", 4, "unread", 1)),
    ],
)
def test_a_filter_is_stored_and_read_again(wanted: ItemFilter) -> None:
    read = ItemFilter.from_json(json.loads(json.dumps(wanted.to_json())))
    assert (read, type(read.gold_use)) == (wanted, type(wanted.gold_use))


def test_text_is_found_in_ids_candidates_and_context(project: Project) -> None:
    [boots] = make_items(project, 1, candidates=[{"tag": "hiking boots"}], context={"interests": ["tea"]})
    [tent] = make_items(project, 1, candidates=[{"tag": "tent", "reason": "50% off_season"}])
    assert found(project, text="BOOTS") == pks(boots)
    assert found(project, text="50%") == pks(tent)
    assert found(project, text="tea") == pks(boots)
    assert found(project, text=tent.external_id) == pks(tent)


def test_values_of_one_slice_are_alternatives_and_slices_combine(project: Project) -> None:
    [a] = make_items(project, 1, slices={"category": "outdoor", "language": "en"})
    [b] = make_items(project, 1, slices={"category": "family", "language": "en"})
    [c] = make_items(project, 1, slices={"category": "family"})
    assert found(project, slices=(("category", "outdoor"),)) == pks(a)
    assert found(project, slices=(("category", "outdoor"), ("category", "family"))) == pks(a, b, c)
    assert found(project, slices=(("category", "family"), ("language", "en"))) == pks(b)


def test_imports_are_found(project: Project) -> None:
    make_items(project, 1)
    [other] = make_items(project, 1, batch=(batch := make_batch(project)))
    assert found(project, batch_id=batch.pk) == pks(other)


def test_states_of_the_queue_are_found(project: Project) -> None:
    done, held, skipped, waiting, unqueued = make_items(project, 5)
    queue_items(project=project, items=project.items.exclude(pk=unqueued.pk), order=Order.GIVEN)
    for item in (done, held, skipped):
        turn = claim_item(project=project, rater=make_rater(project))
        assert turn is not None
        assert turn.item == item
        if item == done:
            submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))
        if item == skipped:
            skip_item(assignment=turn, reason="unclear")
    assert found(project, queue="open") == pks(skipped, waiting)
    assert found(project, queue="full") == pks(done, held)
    assert found(project, queue="leased") == pks(held)
    assert found(project, queue="done") == pks(done)
    assert found(project, queue="skipped") == pks(skipped)
    assert found(project, queue="none") == pks(unqueued)
    assert found(project, queue="stuck") == set()


def test_what_nobody_may_take_is_stuck(project: Project) -> None:
    given_back, kept, waits, unknown, known, overdue, _ = make_items(project, 7)
    queue_items(project=project, order=Order.GIVEN)
    ann = make_rater(project, user=make_member(project), skills=["fr"])
    bob = make_rater(project, user=make_member(project), skills=["de"])
    reserve_items(project=project, item_ids=[given_back.pk, kept.pk], raters=[ann])
    turn = claim_item(project=project, rater=ann)
    assert turn is not None
    skip_item(assignment=turn, reason="unclear")
    reserve_items(project=project, item_ids=[waits.pk], raters=[bob])
    QueuedItem.objects.filter(pk=unknown.pk).update(skill="de")
    QueuedItem.objects.filter(pk=known.pk).update(skill="fr")
    assert found(project, queue="stuck") == set()
    Rater.objects.filter(pk=bob.pk).update(paused_at=timezone.now())
    assert found(project, queue="stuck") == pks(waits, unknown)
    QueuedItem.objects.filter(pk=overdue.pk).update(urgency=1)
    assert claim_item(project=project, rater=make_rater(project)) is not None
    Assignment.objects.filter(item=overdue).update(lease_expires_at=timezone.now())
    assert found(project, queue="stuck") == pks(waits, unknown, overdue)


def test_places_skills_urgency_and_reservations_are_found(project: Project) -> None:
    one, two, three, four = make_items(project, 4)
    queue_items(project=project, order=Order.GIVEN)
    ann, bob = (make_rater(project, user=make_user()) for _ in range(2))
    reserve_items(project=project, item_ids=[one.pk], raters=[ann])
    reserve_items(project=project, item_ids=[two.pk], raters=[bob])
    QueuedItem.objects.filter(pk=three.pk).update(urgency=1, skill="fr")
    assert found(project, first=2, last=3) == pks(two, three)
    assert found(project, first=4) == pks(four)
    assert found(project, skill="fr") == found(project, is_urgent=True) == pks(three)
    assert found(project, is_urgent=False) == pks(one, two, four)
    assert found(project, reserved_for=0) == pks(one, two)
    assert found(project, reserved_for=bob.pk) == pks(two)


def test_answers_of_people_are_found(project: Project) -> None:
    ann, bob = make_rater(project), make_rater(project)
    differ, agree, one, by_judge = make_items(project, 4)
    judge_item(ann, differ, (0, 0))
    judge_item(bob, differ, (0, 1))
    judge_item(ann, agree, (0, None))
    judge_item(bob, agree, (0, None))
    judge_item(bob, one, (1, 1))
    judge_item(judge(project), by_judge, (0, 0))
    assert found(project, has_people=True) == pks(differ, agree, one)
    assert found(project, has_people=False) == pks(by_judge)
    assert found(project, answered_by=ann.pk) == pks(differ, agree)
    assert found(project, people_differ=True) == pks(differ)
    assert found(project, people_differ=False) == pks(agree, one, by_judge)


def test_verdicts_are_found_by_judge_and_end(project: Project) -> None:
    passing, failing, unread, neither, unjudged = make_items(project, 5)
    first, second = judge(project), judge(project)
    judge_item(first, passing, (0, 0))
    judge_item(first, failing, (0, 1))
    judge_item(first, unread, None, outcome=Outcome.UNPARSED)
    judge_item(first, neither, (0, None))
    judge_item(second, passing, (1, 1))
    judge_item(make_rater(project), unjudged, (0, 0))
    assert found(project, outcome="pass") == pks(passing)
    assert found(project, outcome="fail") == pks(passing, failing)
    assert found(project, outcome="fail", verdict_by=first.pk) == pks(failing)
    assert found(project, outcome="unparsed") == pks(unread)
    assert found(project, outcome="rated", verdict_by=first.pk) == pks(passing, failing, neither)
    assert found(project, outcome="none") == pks(unjudged)
    assert found(project, outcome="none", verdict_by=second.pk) == pks(failing, unread, neither, unjudged)
    assert found(project, verdict_by=second.pk) == pks(passing)


def test_a_preference_neither_passes_nor_fails() -> None:
    levels = tuple(level.__class__(key=level.key, label=level.label) for level in rubric_spec().criteria[0].levels)
    project = make_project(spec=rubric_spec(1, levels))
    [item] = make_items(project, 1)
    judge_item(judge(project), item, (0,))
    assert found(project, outcome="pass") == found(project, outcome="fail") == set()
    assert found(project, outcome="rated") == pks(item)


def test_items_are_found_where_a_judge_and_a_person_differ(project: Project) -> None:
    differ, agree, unread = make_items(project, 3)
    first, second = judge(project), judge(project)
    ann = make_rater(project)
    judge_item(ann, differ, (0, 0))
    judge_item(ann, agree, (0, 0))
    judge_item(ann, unread, (0, 0))
    judge_item(first, differ, (0, 1))
    judge_item(second, differ, (0, 0))
    judge_item(first, agree, (0, 0))
    judge_item(first, unread, None, outcome=Outcome.REFUSED)
    assert found(project, judge_differs=True) == pks(differ)
    assert found(project, judge_differs=True, verdict_by=second.pk) == set()
    assert found(project, judge_differs=False, verdict_by=first.pk) == pks(agree, unread)


def test_gold_is_found(project: Project) -> None:
    [known], [unknown] = make_items(project, 1), make_items(project, 1)
    Gold.objects.create(item=known, rubric=project.current_rubric(), levels=[0, 0], source=GoldSource.IMPORTED)
    assert found(project, has_gold=True) == pks(known)
    assert found(project, has_gold=False) == pks(unknown)


def test_gold_is_found_by_its_use_under_the_current_rubric(project: Project) -> None:
    hidden, known, retired, none = make_items(project, 4)
    rubric = project.current_rubric()
    for item, use in ((hidden, GoldUse.HIDDEN), (known, GoldUse.KNOWN), (retired, GoldUse.KNOWN)):
        Gold.objects.create(item=item, rubric=rubric, levels=[0, 0], source=GoldSource.IMPORTED, use=use)
    Gold.objects.filter(item=retired).update(retired_at=timezone.now())
    assert found(project, gold_use=GoldUse.HIDDEN) == pks(hidden)
    assert found(project, gold_use=GoldUse.KNOWN) == pks(known)
    assert found(project, gold_use=GoldUse.TRAINING) == set()
    assert found(project, has_gold=False) == pks(none)
    add_rubric_version(project=project, spec=rubric_spec(3))
    assert found(project, gold_use=GoldUse.HIDDEN) == set()


def test_items_are_found_by_open_flags(project: Project) -> None:
    flagged, resolved, plain = make_items(project, 3)
    lead = make_user()
    for item in (flagged, resolved):
        flag_item(item=item, user=lead, reason=FlagReason.BROKEN)
    resolve_flag(flag=Flag.objects.get(item=resolved), by=lead)
    assert found(project, is_flagged=True) == pks(flagged)
    assert found(project, is_flagged=False) == pks(resolved, plain)


def test_filters_hold_all_at_once(project: Project) -> None:
    both, _ = make_items(project, 2, slices={"category": "outdoor"})
    [other] = make_items(project, 1)
    ann = make_rater(project)
    for item in (both, other):
        judge_item(ann, item, (0, 0))
    assert found(project, slices=(("category", "outdoor"),), answered_by=ann.pk) == pks(both)


@pytest.mark.parametrize("wanted", [{"outcome": "pass"}, {"people_differ": False}, {"has_gold": False}])
def test_an_item_in_hand_is_not_found_by_what_others_said_of_it(project: Project, wanted: dict[str, Any]) -> None:
    held, other = make_items(project, 2)
    for item in (held, other):
        judge_item(judge(project), item, (0, 0))
    queue_items(project=project, order=Order.GIVEN)
    lead = make_user()
    assert claim_item(project=project, rater=make_rater(project, user=lead)) is not None
    assert set(visible_items(project, ItemFilter(**wanted), lead)) == {other}
    assert set(visible_items(project, ItemFilter(), lead)) == {held, other}


def test_few_items_are_counted_and_many_are_estimated(project: Project) -> None:
    make_items(project, 3)
    assert count_items(filtered_items(project, ItemFilter())) == ItemCount(3, is_exact=True)
    make_items(project, COUNTED_TO)
    count = count_items(filtered_items(project, ItemFilter()))
    assert not count.is_exact
    assert count.n > COUNTED_TO
