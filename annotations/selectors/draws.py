"""Draws of items for people: what one would select, and what the stored ones did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256

import numpy as np
from django.db.models import QuerySet

from annotations import allocation
from annotations.allocation import (
    Chances,
    FloatArray,
    IntArray,
    Plan,
    PolicySettings,
    Pool,
    chance_of_any,
    draw_items,
    generator_of,
    probabilities_of,
    stream_of,
)
from annotations.choices import GoldUse, Mode, Order
from annotations.errors import DrawError, PolicyError
from annotations.models import Draw, Gold, Item, Project, QueuedItem
from annotations.rubrics import FEWEST_RANKED
from annotations.selectors.groups import Groups, groups_to_rank, in_words
from annotations.selectors.pools import pool_again, read_pool
from annotations.sentences import sentence as _

_NOTHING = _("expected items to draw from, there are none; import some first")


@dataclass(frozen=True)
class PlannedDraw:
    """A draw that has not been stored.

    Attributes:
        values: slice values that the pool's groups are numbers of.
        slice_key: the slice that they are values of.
        stream: the randomness it uses.
        groups: where the rubric ranks groups, these; the pool is then of the items that stand for them.
    """

    pool: Pool
    values: tuple[str, ...]
    slice_key: str
    plan: Plan
    seed: int
    stream: str
    draw: allocation.Draw
    groups: Groups = field(default_factory=Groups)

    @property
    def drawn_ids(self) -> IntArray:
        """In the order in which people are asked."""
        return self.pool.ids[self.draw.indices]


@dataclass(frozen=True)
class SliceOfDraw:
    """What a draw selects of one slice value."""

    value: str
    n_items: int
    n_drawn: int
    mean_probability: float


@dataclass(frozen=True)
class Preview:
    """What a policy would select and ask.

    Attributes:
        n_items, n_drawn, n_in_queue: items to draw from, drawn, and of these in the queue already.
        n_as_gold: of those drawn, given as gold and not as work.
        least_probability, mean_probability, most_probability: of the items drawn from.
        slices: by value of the policy's slice; empty without one.
        n_answers: expected over the lots of the overlap.
        n_gold: gold items that are expected to be mixed in.
        n_gold_items: gold items that there are to mix in; nobody gets one twice.
        modes: answers expected by mode.
    """

    n_items: int
    n_drawn: int
    n_in_queue: int
    n_as_gold: int
    least_probability: float
    mean_probability: float
    most_probability: float
    slices: list[SliceOfDraw]
    n_answers: float
    n_gold: float
    n_gold_items: int
    modes: dict[Mode, float]


@dataclass(frozen=True)
class Repeated:
    """A stored draw, drawn again from what is stored of it.

    Attributes:
        is_same: whether it selects the same items in the same order.
        n_drawn: items that it selects now.
        n_found: of the items that it brought to the queue, those that it selects now.
    """

    is_same: bool
    n_drawn: int
    n_found: int


def plan_draw(
    *,
    project: Project,
    settings: PolicySettings,
    items: QuerySet[Item] | None = None,
    n: int | None = None,
    seed: int | None = None,
    order: Order | None = None,
) -> PlannedDraw:
    """What a draw under the settings selects now; arguments as of `annotations.services.queue.queue_items`.

    Under a rubric that ranks, groups are drawn: each stands in the pool as its first item, with a score of all of it.

    Raises: DrawError, also where the policy has not what another order than its own needs, and where the rubric ranks
        and there is no group that can be.
    """
    settings = _ordered(settings, order)
    order = settings.order
    seed = settings.seed if seed is None else seed
    ranking = project.current_rubric().spec().ranking
    groups = Groups() if ranking is None else groups_to_rank(project=project, items=items, ranking=ranking)
    if ranking is not None:
        if not groups.members:
            raise DrawError(
                _(
                    "expected groups of %(fewest)s to %(most)s candidates to be ranked, found %(found)s",
                    fewest=FEWEST_RANKED,
                    most=ranking.n_places,
                    found=in_words(groups.left_out) or _("no items"),
                )
            )
        items = Item.objects.filter(pk__in=list(groups.members))
    named = read_pool(
        project=project, items=items, order=order, slice_key=settings.slice_key, n=n, members=groups.members
    )
    if not len(named.pool.ids):
        raise DrawError(_NOTHING)
    plan = Plan(n=n, order=order, uniform_share=settings.uniform_share, least=settings.slice_least)
    stream = stream_of(named.pool, plan, seed)
    return PlannedDraw(
        pool=named.pool,
        values=named.values,
        slice_key=settings.slice_key,
        plan=plan,
        seed=seed,
        stream=stream,
        draw=draw_items(named.pool, plan, rng=generator_of(stream)),
        groups=groups,
    )


def check_draw(*, project: Project, settings: PolicySettings, n: int | None, order: Order | None) -> None:
    """What can be seen of a draw before its items are read.

    Raises: DrawError, as `plan_draw`; not for floors.
    """
    _ordered(settings, order)
    if n is not None and n < 1:
        raise DrawError(_("expected a sample of at least one item, got %(n)s", n=n))
    if not Item.objects.filter(project=project).exists():
        raise DrawError(_NOTHING)


def preview_draw(
    *,
    project: Project,
    settings: PolicySettings,
    n: int | None,
    seed: int | None = None,
    order: Order | None = None,
) -> Preview:
    """What the settings would select of the project's items, with nothing changed.

    Raises: DrawError.
    """
    planned = plan_draw(project=project, settings=settings, n=n, seed=seed, order=order)
    probabilities, n_drawn = planned.draw.probabilities, len(planned.draw.indices)
    queued = np.fromiter(
        QueuedItem.objects.filter(project=project).values_list("item_id", flat=True).iterator(), dtype=np.int64
    )
    n_as_gold = len(gold_among(project, planned.drawn_ids))
    more = (settings.more_overlap or settings.overlap) - settings.overlap
    n_answers = (n_drawn - n_as_gold) * (settings.overlap + settings.more_overlap_share * more)
    gold = Gold.objects.filter(rubric=project.current_rubric(), use=GoldUse.HIDDEN)
    n_gold_items = gold.count()
    return Preview(
        n_items=len(planned.pool.ids),
        n_drawn=n_drawn,
        n_in_queue=int(np.isin(planned.drawn_ids, queued).sum()),
        n_as_gold=n_as_gold,
        least_probability=float(probabilities.min()),
        mean_probability=float(probabilities.mean()),
        most_probability=float(probabilities.max()),
        slices=_by_slice(planned),
        n_answers=n_answers,
        n_gold=n_answers * settings.gold_share if n_gold_items else 0.0,
        n_gold_items=n_gold_items,
        modes={mode: n_answers * share for mode, share in settings.mode_shares.items()},
    )


def gold_among(project: Project, item_ids: IntArray) -> IntArray:
    """Of the items, those that people are given as gold and that are not in the queue."""
    gold = Gold.objects.filter(
        rubric=project.current_rubric(), use__in=(GoldUse.HIDDEN, GoldUse.TRAINING), item__queued__isnull=True
    )
    ids = np.fromiter(gold.values_list("item_id", flat=True).iterator(), dtype=np.int64)
    return ids[np.isin(ids, item_ids)]


def draws_of(project: Project) -> QuerySet[Draw]:
    """Newest first."""
    return project.draws.select_related("policy", "drawn_by").order_by("-pk")


def repeat_draw(draw: Draw) -> Repeated:
    """Draw it again from the items, the scores, the settings and the seed that are stored."""
    pool, plan = _stored(draw)
    ids = pool.ids[draw_items(pool, plan, rng=generator_of(stream_of(pool, plan, draw.seed))).indices]
    brought = np.fromiter(
        QueuedItem.objects.filter(project=draw.project_id, draw=draw).values_list("item_id", flat=True).iterator(),
        dtype=np.int64,
    )
    return Repeated(
        is_same=digest_of_ids(ids) == draw.digest, n_drawn=len(ids), n_found=int(np.isin(brought, ids).sum())
    )


def chances_of_any_draw(project: Project, *, newest: int | None = None) -> tuple[IntArray, FloatArray]:
    """For every item that a draw of the project was over, how likely it was to be selected by one of them at least.

    What an estimate over all that was queued weighs by. `QueuedItem.probability` is of one draw alone, so after a
    second one it is too small: an item that the first draw missed had a chance in both. Items that came to the queue
    without a draw count with the probability that their row has.

    Args:
        newest: id of the last draw that counts; None counts all. Draws are never changed, so what was read up to one
            can be read again later.
    Returns: item ids, ascending, and their probabilities.
    """
    draws = project.draws.all() if newest is None else project.draws.filter(pk__lte=newest)
    return chance_of_any(_chances(project, draws))


def digest_of_ids(ids: IntArray) -> str:
    return sha256(ids.astype("<i8").tobytes()).hexdigest()


def _ordered(settings: PolicySettings, order: Order | None) -> PolicySettings:
    """The settings with the order in place of their own."""
    try:
        return settings if order is None else replace(settings, order=order)
    except PolicyError as err:
        raise DrawError(
            _("under this policy nothing can be drawn by %(order)s: %(fault)s", order=order, fault=err)
        ) from err


def _chances(project: Project, draws: QuerySet[Draw]) -> Iterator[Chances]:
    for draw in draws.select_related("drawn_from").order_by("pk").iterator(chunk_size=1):
        pool, plan = _stored(draw)
        yield Chances(draw.stream, pool.ids, probabilities_of(pool, plan))
    unstored = QueuedItem.objects.filter(project=project, draw=None).values_list("item_id", "probability")
    rows = np.array(list(unstored), dtype=[("item", np.int64), ("probability", np.float64)])
    if len(rows):
        yield Chances("unstored", rows["item"], rows["probability"])


def _stored(draw: Draw) -> tuple[Pool, Plan]:
    plan = Plan(
        n=draw.n_wanted, order=Order(draw.order), uniform_share=draw.uniform_share, least=draw.slice_least
    )  # fmt: skip
    kept = draw.drawn_from
    return (
        pool_again(project=draw.project, item_ids=kept.items, scores=kept.scores, slice_key=draw.slice_key),
        plan,
    )  # fmt: skip


def _by_slice(planned: PlannedDraw) -> list[SliceOfDraw]:
    groups = planned.pool.groups
    if groups is None:
        return []
    n_values = len(planned.values)
    n_items = np.bincount(groups, minlength=n_values)
    n_drawn = np.bincount(groups[planned.draw.indices], minlength=n_values)
    expected = np.bincount(groups, weights=planned.draw.probabilities, minlength=n_values)
    return [
        SliceOfDraw(value=value, n_items=int(of), n_drawn=int(drawn), mean_probability=float(total / of))
        for value, of, drawn, total in zip(planned.values, n_items, n_drawn, expected, strict=True)
    ]
