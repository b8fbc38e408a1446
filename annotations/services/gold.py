"""Making gold and using it. Gold comes from rulings, from firm consensus and from imports, never from one person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.utils import timezone

from annotations.choices import GoldSource, GoldUse
from annotations.errors import GoldError
from annotations.models import Gold, Item, Project, Rubric, Ruling
from annotations.quality import draw_in_mix, joint_classes
from annotations.selectors.gold import FEWEST_FOR_CONSENSUS, agreeing_answers, firm_consensus
from annotations.sentences import sentence as _
from annotations.services.quality import recheck_training


@dataclass(frozen=True)
class GoldDrawn:
    """Gold that was drawn from firm consensus.

    Attributes:
        n_candidates: items with firm consensus that are no gold yet.
        gold: what was made, in the order of the items.
    """

    n_candidates: int
    gold: tuple[Gold, ...]


@transaction.atomic
def gold_from_ruling(
    *,
    item: Item,
    levels: Sequence[int | None],
    rubric: Rubric | None = None,
    use: GoldUse | None = None,
    explanation: str | None = None,
) -> Gold:
    """Make a ruling gold; gold that the item has under the rubric takes the ruled levels.

    Args:
        levels: positions in the order of the rubric; None where the ruling leaves a criterion open.
        rubric: the project's current one unless given.
        use, explanation: None leaves what the gold has; new gold is only known, without an explanation.
    Raises:
        GoldError: every criterion is open, or the rubric ranks and the gold is to be mixed in.
        RubricError: a level is not of the rubric.
    """
    rubric = rubric or item.project.current_rubric()
    rubric.spec().check_levels(levels)
    _refuse_to_mix_in(rubric, use)
    if all(level is None for level in levels):
        raise GoldError(
            _("item %(item)s: expected a level on at least one criterion, all are open", item=item.external_id)
        )
    values: dict[str, object] = {"levels": list(levels), "source": GoldSource.RULING, "retired_at": None, "batch": None}
    if use is not None:
        values["use"] = use
    if explanation is not None:
        values["explanation"] = explanation.strip()
    gold, _is_new = Gold.objects.update_or_create(item=item, rubric=rubric, defaults=values)
    recheck_training(item.project)
    return gold


@transaction.atomic
def gold_from_consensus(*, project: Project, n: int, least: int, seed: int, use: GoldUse = GoldUse.HIDDEN) -> GoldDrawn:
    """Draw gold from the items on which people agree firmly, in the mix of classes that these have.

    Args:
        n: items wanted; fewer are drawn where there are no more.
        least: blind answers that an item must have, all alike on every criterion.
        seed: of the draw.
    Raises: GoldError, if `n` is below 1, or `least` below 2: one person's answer is never gold; or if the rubric ranks.
    """
    if least < FEWEST_FOR_CONSENSUS:
        raise GoldError(
            _(
                "expected at least %(fewest)s answers that agree, got %(least)s",
                fewest=FEWEST_FOR_CONSENSUS,
                least=least,
            )
        )
    if n < 1:
        raise GoldError(_("expected to draw at least 1 item, got %(n)s", n=n))
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # two draws at once draw one after the other
    rubric = project.current_rubric()
    _refuse_to_mix_in(rubric, use)
    found = firm_consensus(project, rubric, least=least)
    taken = set(Gold.objects.filter(rubric=rubric).values_list("item_id", flat=True))
    free = np.flatnonzero([item not in taken for item in found.items])
    levels = found.levels[free]
    drawn = free[draw_in_mix(joint_classes(rubric.spec(), levels), n, rng=np.random.default_rng(seed))]
    gold = Gold.objects.bulk_create(
        [
            Gold(
                item_id=found.items[index], rubric=rubric, levels=found.levels[index].tolist(),
                source=GoldSource.CONSENSUS, use=use,
            )
            for index in drawn
        ]
    )  # fmt: skip
    if use == GoldUse.TRAINING:
        recheck_training(project)
    return GoldDrawn(n_candidates=len(free), gold=tuple(gold))


@transaction.atomic
def use_as_gold(*, project: Project, item_ids: Collection[int], use: GoldUse) -> int:
    """Put many items to a use of gold, in a number of statements that does not grow with them.

    Gold that an item has under the current rubric changes its use. An item that is no gold yet becomes so by its
    standing ruling, or else by firm consensus; one that has neither, and one whose gold was retired, stays as it is.

    Returns: how many items were changed.
    Raises: GoldError, if the rubric ranks and the gold is to be mixed in.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)  # as in a draw of gold
    rubric = project.current_rubric()
    _refuse_to_mix_in(rubric, use)
    gold = Gold.objects.filter(rubric=rubric, item__project=project, item__in=list(item_ids))
    n_changed = gold.filter(retired_at__isnull=True).exclude(use=use).update(use=use)
    n_made = _make_gold(rubric, set(item_ids) - set(gold.values_list("item_id", flat=True)), project, use)
    if n_changed or n_made:
        recheck_training(project)
    return n_changed + n_made


@transaction.atomic
def change_gold(*, gold: Gold, use: GoldUse | None = None, explanation: str | None = None) -> None:
    """Say what gold is used for, and what annotators read beside it. None leaves it as it is.

    Raises: GoldError, if it is retired and is to be used, or of a ranking.
    """
    _refuse_to_mix_in(gold.rubric, use)
    values: dict[str, str] = {}
    if use is not None:
        values["use"] = use
    if explanation is not None:
        values["explanation"] = explanation.strip()
    rows = Gold.objects.filter(pk=gold.pk)
    if use not in (None, GoldUse.KNOWN):
        rows = rows.filter(retired_at__isnull=True)
    if values and not rows.update(**values):
        raise GoldError(_("expected gold that holds; this was retired. Rule on the item again to use it"))
    if use is not None:
        recheck_training(gold.item.project)


@transaction.atomic
def retire_gold(*, gold: Gold) -> bool:
    """Take gold out of use for good because it is wrong: answers to it count neither for nor against anybody.

    A pause that it helped to cause stays until a lead ends it. Gold that is only worn out goes back to “known”.

    Returns: whether it was retired now.
    """
    rows = Gold.objects.filter(pk=gold.pk, retired_at__isnull=True)
    retired = bool(rows.update(retired_at=timezone.now(), use=GoldUse.KNOWN))
    if retired:
        recheck_training(gold.item.project)
    return retired


def _refuse_to_mix_in(rubric: Rubric, use: GoldUse | None) -> None:
    """Raises: GoldError, if the rubric ranks and the gold is to be given to people: it would come without its group."""
    if use not in (None, GoldUse.KNOWN) and rubric.spec().ranking is not None:
        raise GoldError(_("expected a rubric that judges each item by itself; of a ranking gold can only be known"))


def _make_gold(rubric: Rubric, item_ids: Collection[int], project: Project, use: GoldUse) -> int:
    """Gold by rulings, which go before consensus. What somebody else makes gold meanwhile stays theirs."""
    ruled = Ruling.objects.live().filter(rubric=rubric, item__project=project, item__in=item_ids)
    agreed = agreeing_answers(project, rubric).filter(item_id__in=item_ids)
    known = {item: (levels, GoldSource.CONSENSUS) for item, levels in agreed.values_list("item_id", "agreed")}
    known |= {item: (levels, GoldSource.RULING) for item, levels in ruled.values_list("item_id", "levels")}
    now = timezone.now()
    Gold.objects.bulk_create(
        (
            Gold(item_id=item, rubric=rubric, levels=levels, source=source, use=use, created_at=now)
            for item, (levels, source) in sorted(known.items())
        ),
        ignore_conflicts=True,
    )
    return Gold.objects.filter(rubric=rubric, item__in=list(known), created_at=now).count()
