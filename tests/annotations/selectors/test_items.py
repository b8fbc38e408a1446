"""Finding items, page by page."""

from __future__ import annotations

import pytest

from annotations.choices import Outcome, QueueState, RaterKind
from annotations.models import Item, Project, QueuedItem
from annotations.selectors.items import (
    PAGE_SIZE,
    ItemFilter,
    Tally,
    filtered_items,
    item_page,
    slice_values,
)
from tests.factories import judge_item, make_batch, make_items, make_project, make_rater, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def found(project: Project, wanted: ItemFilter) -> set[int]:
    return set(filtered_items(project, wanted).values_list("pk", flat=True))


def queue(item: Item, state: QueueState, position: int) -> None:
    QueuedItem.objects.create(
        item=item,
        project=item.project,
        policy=item.project.current_policy(),
        position=position,
        overlap=1,
        state=state,
        probability=1,
    )


def test_pages_go_forth_and_back_over_every_item_once(project: Project) -> None:
    make_items(project, 2 * PAGE_SIZE + 1)
    viewer, items = make_user(), filtered_items(project, ItemFilter())
    first = item_page(items, viewer=viewer)
    second = item_page(items, viewer=viewer, after=first.after)
    third = item_page(items, viewer=viewer, after=second.after)
    ids = [line.item.external_id for page in (first, second, third) for line in page.lines]
    assert [len(page.lines) for page in (first, second, third)] == [PAGE_SIZE, PAGE_SIZE, 1]
    assert ids == list(items.order_by("external_id").values_list("external_id", flat=True))
    assert (first.before, third.after) == ("", "")
    back = item_page(items, viewer=viewer, before=third.before)
    assert [line.item.pk for line in back.lines] == [line.item.pk for line in second.lines]
    assert item_page(items, viewer=viewer, before=back.before).before == ""


def test_items_of_another_project_are_never_found(project: Project) -> None:
    make_items(make_project(), 2)
    assert found(project, ItemFilter()) == set()


def test_text_is_found_in_candidates_and_ids(project: Project) -> None:
    [boots] = make_items(project, 1, candidates=[{"tag": "hiking boots"}])
    [tent] = make_items(project, 1, candidates=[{"tag": "tent", "reason": "50% off_season"}])
    assert found(project, ItemFilter(text="BOOTS")) == {boots.pk}
    assert found(project, ItemFilter(text="50%")) == {tent.pk}
    assert found(project, ItemFilter(text=tent.external_id)) == {tent.pk}


def test_slices_are_found_and_listed(project: Project) -> None:
    [outdoor] = make_items(project, 1, slices={"category": "outdoor"})
    make_items(project, 1, slices={"category": "family", "language": "en"})
    assert found(project, ItemFilter(slice=("category", "outdoor"))) == {outdoor.pk}
    assert slice_values(project) == [("category", "family"), ("category", "outdoor"), ("language", "en")]


def test_imports_and_queue_states_are_found(project: Project) -> None:
    one, two, three = make_items(project, 3)
    [other] = make_items(project, 1, batch=(batch := make_batch(project)))
    queue(one, QueueState.OPEN, 1)
    queue(two, QueueState.FULL, 2)
    assert found(project, ItemFilter(batch_id=batch.pk)) == {other.pk}
    assert found(project, ItemFilter(queue="open")) == {one.pk}
    assert found(project, ItemFilter(queue="full")) == {two.pk}
    assert found(project, ItemFilter(queue="none")) == {three.pk, other.pk}


def test_judgements_are_found_by_who_made_them_and_how_they_ended(project: Project) -> None:
    by_person, by_judge, by_nobody = make_items(project, 3)
    judge_item(make_rater(project), by_person, (0, 0))
    judge_item(make_rater(project, RaterKind.JUDGE), by_judge, None, outcome=Outcome.UNPARSED)
    assert found(project, ItemFilter(has_people=True)) == {by_person.pk}
    assert found(project, ItemFilter(has_people=False)) == {by_judge.pk, by_nobody.pk}
    assert found(project, ItemFilter(outcome=Outcome.UNPARSED)) == {by_judge.pk}


def test_a_line_counts_what_people_and_judges_said(project: Project) -> None:
    [item] = make_items(project, 1)
    judge_item(make_rater(project), item, (0, 0))
    judge_item(make_rater(project), item, (0, 1))
    judge_item(make_rater(project), item, (0, None))
    judge_item(make_rater(project, RaterKind.JUDGE), item, None, outcome=Outcome.REFUSED)
    [line] = item_page(filtered_items(project, ItemFilter()), viewer=make_user()).lines
    assert line.people == Tally(n_pass=1, n_fail=1, n_rated=1)
    assert line.judges == Tally(unrated=(("refused", 1),))
