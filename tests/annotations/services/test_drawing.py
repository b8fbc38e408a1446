"""What sending items to people leaves in the queue and in the draws, under each order of the policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annotations.allocation import lot
from annotations.choices import GoldSource, GoldUse, Order, RaterKind
from annotations.errors import DrawError
from annotations.models import Draw, DrawnFrom, Gold, Item, Project, QueuedItem, Rater
from annotations.selectors.draws import chances_of_any_draw, preview_draw, repeat_draw
from annotations.services.projects import change_policy
from annotations.services.queue import queue_items
from tests.factories import judge_item, make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db


def project_with(n: int = 0, **settings: Any) -> Project:
    """A project under the settings, half of its items of one category and half of another."""
    project = make_project()
    change_policy(project=project, settings=replace(project.current_policy().settings(), **settings))
    make_items(project, n - n // 2, slices={"category": "boots", "language": "en"})
    make_items(project, n // 2, slices={"category": "tents"})
    return project


def probabilities(project: Project) -> dict[int, float]:
    return dict(QueuedItem.objects.filter(project=project).values_list("item_id", "probability"))


def say(judge: Rater, item: Item, levels: tuple[int, int], *passing: float) -> None:
    """A verdict with the probability of passing on each of the two criteria."""
    shares = tuple(share for p in passing for share in (p, 1 - p)) or None
    judge_item(judge, item, levels, distributions=shares)


# --- what is stored


def test_a_draw_is_stored_with_what_it_took_and_who_asked_for_it() -> None:
    project = project_with(8, seed=41)
    lead = make_member(project)
    draw = queue_items(project=project, n=2, drawn_by=lead)
    stored = Draw.objects.get()
    assert stored == draw
    assert (stored.order, stored.seed, stored.n_wanted, stored.n_items, stored.n_drawn, stored.n_added) == (
        "random", 41, 2, 8, 2, 2,
    )  # fmt: skip
    assert (stored.policy, stored.drawn_by) == (project.current_policy(), lead)
    rows = list(project.queue.all())
    assert {(row.draw_id, row.probability, row.seed) for row in rows} == {(stored.pk, 0.25, 41)}
    assert DrawnFrom.objects.get().items == list(project.items.order_by("pk").values_list("pk", flat=True))


def test_an_item_drawn_again_keeps_the_draw_that_brought_it() -> None:
    project = project_with(8)
    first = queue_items(project=project, n=4, seed=1)
    second = queue_items(project=project, seed=2)
    assert (second.n_drawn, second.n_added) == (8, 4)
    assert sorted(project.queue.values_list("draw", "probability")) == [(first.pk, 0.5)] * 4 + [(second.pk, 1.0)] * 4


def test_what_is_given_as_gold_stays_out_of_the_queue_until_it_is_no_gold() -> None:
    project = project_with(8, seed=41)
    items = list(project.items.order_by("pk"))
    uses = (GoldUse.HIDDEN, GoldUse.TRAINING, GoldUse.KNOWN)
    for item, use in zip(items, uses, strict=False):
        Gold.objects.create(
            item=item, rubric=project.current_rubric(), levels=[0, 0], source=GoldSource.IMPORTED, use=use
        )
    preview = preview_draw(project=project, settings=project.current_policy().settings(), n=None)
    assert (preview.n_drawn, preview.n_as_gold, preview.n_answers) == (8, 2, 6)
    draw = queue_items(project=project)
    assert (draw.n_drawn, draw.n_added, draw.left_out) == (8, 6, {"gold": 2})
    assert set(probabilities(project)) == {item.pk for item in items[2:]}
    assert sorted(project.queue.values_list("position", flat=True)) == list(range(1, 7))
    assert repeat_draw(draw).is_same

    Gold.objects.update(use=GoldUse.KNOWN)
    again = queue_items(project=project)
    assert (again.n_added, again.left_out) == (2, {})
    Gold.objects.update(use=GoldUse.HIDDEN)
    assert queue_items(project=project).left_out == {}, "what is in the queue stays there"


def test_nothing_to_draw_from_is_refused_and_leaves_nothing() -> None:
    project = project_with(0)
    with pytest.raises(DrawError, match="there are none"):
        queue_items(project=project)
    assert not Draw.objects.exists()


def test_a_sample_below_the_floors_is_refused_and_leaves_nothing() -> None:
    project = project_with(8, slice_key="category", slice_least=3)
    with pytest.raises(DrawError, match="expected at least 6 items"):
        queue_items(project=project, n=5)
    assert not Draw.objects.exists()
    assert not QueuedItem.objects.exists()


@pytest.mark.parametrize("order", [Order.UNCERTAINTY, Order.COVERAGE])
def test_an_order_that_the_policy_has_no_settings_for_is_refused(order: Order) -> None:
    project = project_with(8, uniform_share=0.0 if order == Order.UNCERTAINTY else 0.2)
    with pytest.raises(DrawError, match=f"nothing can be drawn by {order}"):
        queue_items(project=project, n=2, order=order)
    assert not QueuedItem.objects.exists()


# --- what the policy says of the items


def test_floors_of_the_policy_hold_and_an_item_without_the_slice_is_a_value_of_its_own() -> None:
    project = project_with(40, slice_key="language", slice_least=5)
    make_items(project, 3, slices={"language": "zh"})
    queue_items(project=project, n=14)
    languages = [row.item.slices.get("language", "") for row in project.queue.select_related("item")]
    assert {language: languages.count(language) >= 3 for language in ("en", "", "zh")} == dict.fromkeys(
        ("en", "", "zh"), True
    )
    assert languages.count("zh") == 3


def test_a_share_of_the_items_goes_to_more_people_by_lot() -> None:
    project = project_with(40, overlap=2, more_overlap=3, more_overlap_share=0.3, seed=7)
    queue_items(project=project)
    for row in project.queue.all():
        assert row.overlap == (3 if lot(7, "overlap", row.item_id) < 0.3 else 2)
    assert set(project.queue.values_list("overlap", flat=True)) == {2, 3}


def test_an_item_asks_for_the_skill_that_its_slice_names() -> None:
    project = project_with(4, skill_slice="language")
    queue_items(project=project)
    assert sorted(project.queue.values_list("skill", flat=True)) == ["", "", "en", "en"]


def test_priority_draws_and_asks_by_the_number_in_the_slice() -> None:
    project = project_with(order=Order.PRIORITY, uniform_share=0.2)
    items = [make_items(project, 1, slices=slices)[0] for slices in (
        {"priority": 3}, {"priority": "1"}, {}, {"priority": "soon"}, {"priority": 6},
    )]  # fmt: skip
    draw = queue_items(project=project)
    asked = list(project.queue.order_by("position").values_list("item_id", flat=True))
    assert [*asked[:3], *sorted(asked[3:])] == [items[n].pk for n in (4, 0, 1, 2, 3)]
    # The numbers are 3, 1, 0, 0 and 6, with a mean of 2: of one item .2/5 + .8 · u/10.
    one = preview_draw(project=project, settings=project.current_policy().settings(), n=1)
    assert (one.least_probability, one.most_probability) == pytest.approx((0.04, 0.52))
    assert draw.most_probability == 1


def test_uncertainty_draws_by_the_newest_judge_with_distributions() -> None:
    project = project_with(4, order=Order.UNCERTAINTY, uniform_share=0.5)
    older, newest, without = (make_rater(project, RaterKind.JUDGE) for _ in range(3))
    items = list(project.items.order_by("pk"))
    for item in items:
        say(older, item, (0, 0), 0.5, 0.5)
        say(without, item, (0, 1))
    for item, p in zip(items[:3], (0.5, 0.9, 1.0), strict=True):
        say(newest, item, (0, 0), p, p)
    queue_items(project=project, n=1)
    draw = Draw.objects.get()
    scores = draw.drawn_from.scores
    # Roots of 1 - Σ p²: of .5, .18 and 0; the fourth item is unknown.
    assert scores is not None
    assert scores == pytest.approx([np.sqrt(0.5), np.sqrt(0.18), 0, np.nan], nan_ok=True, abs=1e-6)
    assert draw.least_probability == pytest.approx(0.125)


def test_disagreement_draws_by_how_much_judges_differ() -> None:
    project = project_with(3, order=Order.DISAGREEMENT)
    judges = [make_rater(project, RaterKind.JUDGE) for _ in range(2)]
    same, apart, alone = project.items.order_by("pk")
    for item, levels in ((same, (0, 0)), (apart, (1, 1))):
        judge_item(judges[0], item, (0, 0))
        judge_item(judges[1], item, levels)
    judge_item(judges[0], alone, (0, 1))
    judge_item(make_rater(project), alone, (1, 0))  # a person is no judge
    queue_items(project=project, n=1)
    scores = DrawnFrom.objects.get().scores
    assert scores == pytest.approx([0, 1, np.nan], nan_ok=True)


def test_coverage_draws_from_the_slice_with_the_fewest_answers() -> None:
    project = project_with(8, order=Order.COVERAGE, slice_key="category", uniform_share=0.01)
    boots = project.items.filter(slices__category="boots").order_by("pk")
    for item in boots[:3]:
        judge_item(make_rater(project), item, (0, 0))
    preview = preview_draw(project=project, settings=project.current_policy().settings(), n=2)
    by_value = {one.value: one.mean_probability for one in preview.slices}
    # Two to draw, both for the tents: .99 · 2/4 and .01 · 2/8 of each; what is left is the even share.
    assert by_value == pytest.approx({"boots": 0.0025, "tents": 0.4975})


def test_an_order_without_anything_to_go_by_draws_as_at_random() -> None:
    for order in (Order.UNCERTAINTY, Order.DISAGREEMENT, Order.PRIORITY):
        project = project_with(4, order=order)
        draw = queue_items(project=project, n=2)
        assert (draw.least_probability, draw.most_probability) == (0.5, 0.5)


# --- drawn again


@pytest.mark.parametrize(
    ("order", "how"),
    [
        (Order.RANDOM, {}),
        (Order.GIVEN, {"slice_key": "category", "slice_least": 2}),
        (Order.UNCERTAINTY, {"slice_key": "category", "slice_least": 2}),
        (Order.COVERAGE, {"slice_key": "category"}),
    ],
)
def test_a_stored_draw_can_be_repeated_whatever_came_since(order: Order, how: dict[str, Any]) -> None:
    project = project_with(12, order=order, **how)
    judge = make_rater(project, RaterKind.JUDGE)
    items = list(project.items.order_by("pk"))
    for n, item in enumerate(items):
        say(judge, item, (0, 0), n / 12, 0.5)
    draw = queue_items(project=project, n=5, seed=3)
    make_items(project, 4, slices={"category": "boots"})
    for item in items:
        say(make_rater(project, RaterKind.JUDGE), item, (0, 0), 0.5, 0.5)
        judge_item(make_rater(project), item, (0, 0))
    repeated = repeat_draw(draw)
    assert (repeated.is_same, repeated.n_drawn, repeated.n_found) == (True, 5, 5)


def test_a_draw_that_was_tampered_with_is_not_the_same() -> None:
    project = project_with(12)
    draw = queue_items(project=project, n=5, seed=3)
    draw.seed = 4
    assert not repeat_draw(draw).is_same


def test_the_chance_of_any_draw_counts_each_draw_that_an_item_could_be_in() -> None:
    project = project_with(8)
    old = list(project.items.order_by("pk"))
    queue_items(project=project, n=2, seed=1)
    queue_items(project=project, n=4, seed=1)  # holds the two before: the chance is 4/8
    [new] = make_items(project, 1)
    queue_items(project=project, n=3, seed=1)  # of nine items: another lot, 1/3
    ids, chances = chances_of_any_draw(project)
    assert ids.tolist() == [*(item.pk for item in old), new.pk]
    assert chances == pytest.approx([1 - 1 / 2 * 2 / 3] * 8 + [1 / 3])


def test_chances_are_those_of_the_draws_up_to_one() -> None:
    project = project_with(10)
    first = queue_items(project=project, n=3, seed=1)
    queue_items(project=project, n=5, seed=2)
    _, then = chances_of_any_draw(project, newest=first.pk)
    assert then == pytest.approx([0.3] * 10)
    _, now = chances_of_any_draw(project)
    assert now == pytest.approx([1 - 0.7 * 0.5] * 10)


def test_items_queued_before_draws_were_stored_count_with_their_own_probability() -> None:
    project = project_with(4)
    draw = queue_items(project=project, n=2, seed=1)
    project.queue.update(draw=None)
    Draw.objects.filter(pk=draw.pk).delete()
    ids, chances = chances_of_any_draw(project)
    assert set(ids.tolist()) == set(probabilities(project))
    assert chances.tolist() == [0.5, 0.5]
