"""Finding items, page by page."""

from __future__ import annotations

import pytest

from annotations.choices import Order, Outcome, RaterKind
from annotations.models import Project, QueuedItem
from annotations.selectors.item_filters import ItemFilter, filtered_items
from annotations.selectors.items import PAGE_SIZE, Sort, Tally, item_page, slice_values
from annotations.services.queue import claim_item, queue_items, submit_annotation
from annotations.services.reservations import reserve_items
from tests.factories import judge_item, make_items, make_project, make_rater, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


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


@pytest.mark.parametrize("sort", ["id", "-id", "place", "-place"])
def test_every_order_goes_forth_and_back_over_every_item_once(project: Project, sort: Sort) -> None:
    made = make_items(project, 7)
    queue_items(project=project, seed=3)
    viewer, items = make_user(), filtered_items(project, ItemFilter())
    whole = [line.item.pk for line in item_page(items, viewer=viewer, sort=sort, size=10).lines]
    assert sorted(whole) == [item.pk for item in made]
    by_id = sort.endswith("id")
    key = {item.pk: item.external_id if by_id else item.queued.position for item in items.select_related("queued")}
    assert [key[pk] for pk in whole] == sorted(key.values(), reverse=sort.startswith("-"))

    pages, page = [], item_page(items, viewer=viewer, sort=sort, size=3)
    pages.append(page)
    while page.after:
        page = item_page(items, viewer=viewer, sort=sort, after=page.after, size=3)
        pages.append(page)
    assert [line.item.pk for page in pages for line in page.lines] == whole
    back = item_page(items, viewer=viewer, sort=sort, before=pages[2].before, size=3)
    assert [line.item.pk for line in back.lines] == whole[3:6]
    assert (pages[0].before, pages[-1].after) == ("", "")


def test_what_is_no_place_begins_at_the_first_page(project: Project) -> None:
    make_items(project, 2)
    queue_items(project=project)
    items = filtered_items(project, ItemFilter())
    for after in ("x", "9" * 30):
        assert len(item_page(items, viewer=make_user(), sort="place", after=after).lines) == 2


def test_slices_are_listed(project: Project) -> None:
    make_items(project, 1, slices={"category": "outdoor"})
    make_items(project, 1, slices={"category": "family", "language": "en"})
    assert slice_values(project) == [("category", "family"), ("category", "outdoor"), ("language", "en")]


def test_a_line_counts_what_people_and_judges_said(project: Project) -> None:
    [item] = make_items(project, 1)
    judge_item(make_rater(project), item, (0, 0))
    judge_item(make_rater(project), item, (0, 1))
    judge_item(make_rater(project), item, (0, None))
    judge_item(make_rater(project, RaterKind.JUDGE), item, None, outcome=Outcome.REFUSED)
    [line] = item_page(filtered_items(project, ItemFilter()), viewer=make_user()).lines
    assert line.people == Tally(n_pass=1, n_fail=1, n_rated=1)
    assert line.judges == Tally(unrated=(("refused", 1),))


def test_a_line_says_how_its_item_stands_in_the_queue(project: Project) -> None:
    waiting, held, done, unqueued = make_items(project, 4)
    queue_items(project=project, items=project.items.filter(pk__in=[waiting.pk, held.pk, done.pk]), order=Order.GIVEN)
    ann, bob = make_rater(project, name="Ann", user=make_user()), make_rater(project)
    for item, rater in ((done, bob), (held, ann)):
        QueuedItem.objects.filter(pk=item.pk).update(urgency=1)
        turn = claim_item(project=project, rater=rater)
        assert turn is not None
        assert turn.item == item
        if item == done:
            submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 1))
    reserve_items(project=project, item_ids=[waiting.pk], raters=[ann])
    page = item_page(filtered_items(project, ItemFilter()), viewer=make_user())
    lines = {line.item.pk: line.queue for line in page.lines}
    assert lines[unqueued.pk] is None
    told = {pk: (line.state, line.n_held, line.n_done, line.reserved_for) for pk, line in lines.items() if line}
    assert told == {
        waiting.pk: ("waiting", 0, 0, ("Ann",)),
        held.pk: ("in hand", 1, 0, ()),
        done.pk: ("done", 0, 1, ()),
    }
