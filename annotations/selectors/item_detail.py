"""One item with everything that was said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.db.models import QuerySet

from annotations.models import Gold, Item, Judgement, Rater, Rubric, User
from annotations.rubrics import RubricSpec
from annotations.selectors.items import held_by, rubric_specs


@dataclass(frozen=True)
class RatedCriterion:
    """One cell: the level, whether it passes, and the real number the rater gave, each where there is one."""

    name: str
    label: str = ""
    passes: bool | None = None
    score: float | None = None
    rationale: str = ""


@dataclass(frozen=True)
class Said:
    """One judgement, or the known ratings."""

    cells: tuple[RatedCriterion, ...]
    qualifies: bool | None
    judgement: Judgement | None = None
    gold: Gold | None = None

    @property
    def has_reasons(self) -> bool:
        return bool(self.judgement and (self.judgement.rationale or any(cell.rationale for cell in self.cells)))


@dataclass(frozen=True)
class UnderRubric:
    """What was said under one version of the rubric: known ratings first, then people, then judges."""

    rubric: Rubric
    spec: RubricSpec
    live: tuple[Said, ...]
    earlier: tuple[Said, ...]


@dataclass(frozen=True)
class ItemDetail:
    """`versions` is empty and `is_covered` true while the viewer holds the item for review."""

    item: Item
    queue_state: str
    is_covered: bool
    versions: tuple[UnderRubric, ...]


def item_detail(item: Item, *, viewer: User) -> ItemDetail:
    queued = getattr(item, "queued", None)
    state: Literal["", "open", "full"] = queued.state if queued else ""
    if held_by(viewer, [item.pk]):
        return ItemDetail(item=item, queue_state=state, is_covered=True, versions=())
    judgements = item.judgements.select_related("rater", "rubric")
    gold = item.gold.select_related("rubric")
    return ItemDetail(item=item, queue_state=state, is_covered=False, versions=_versions(judgements, gold))


def _versions(judgements: QuerySet[Judgement], gold: QuerySet[Gold]) -> tuple[UnderRubric, ...]:
    said = sorted(judgements, key=lambda judgement: (_place(judgement.rater), judgement.created_at))
    known = list(gold)
    live = [row for row in said if row.superseded_at is None]
    earlier = [row for row in said if row.superseded_at is not None]
    rubrics = {row.rubric_id: row.rubric for row in said} | {row.rubric_id: row.rubric for row in known}
    specs = rubric_specs(set(rubrics))
    return tuple(
        UnderRubric(
            rubric=rubric,
            spec=specs[pk],
            live=(
                *[_known(specs[pk], row) for row in known if row.rubric_id == pk],
                *[_said(specs[pk], row) for row in live if row.rubric_id == pk],
            ),
            earlier=tuple(_said(specs[pk], row) for row in earlier if row.rubric_id == pk),
        )
        for pk, rubric in sorted(rubrics.items(), key=lambda pair: -pair[1].version)
    )


def _place(rater: Rater) -> tuple[int, str]:
    return (("person", "people", "judge").index(rater.kind), rater.name)


def _known(spec: RubricSpec, gold: Gold) -> Said:
    return Said(cells=_cells(spec, gold.levels), qualifies=spec.qualifies(gold.levels), gold=gold)


def _said(spec: RubricSpec, judgement: Judgement) -> Said:
    return Said(
        cells=_cells(spec, judgement.levels, judgement.scores, judgement.rationales),
        qualifies=spec.qualifies(judgement.levels),
        judgement=judgement,
    )


def _cells(
    spec: RubricSpec,
    levels: list[int | None],
    scores: list[float | None] | None = None,
    rationales: list[str] | None = None,
) -> tuple[RatedCriterion, ...]:
    cells = []
    for position, (criterion, rated) in enumerate(zip(spec.criteria, levels, strict=True)):
        level = None if rated is None else criterion.levels[rated]
        cells.append(
            RatedCriterion(
                name=criterion.name,
                label=level.label if level else "",
                passes=level.passes if level else None,
                score=scores[position] if scores else None,
                rationale=rationales[position] if rationales and position < len(rationales) else "",
            )
        )
    return tuple(cells)
