"""A finished item beside what the judges said of it and what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from annotations.choices import Mode, Purpose
from annotations.models import Assignment, Gold, Judgement, Rubric
from annotations.rubrics import CriterionSpec, RubricSpec
from annotations.selectors.rankings import candidate_name, group_name, places_with, rankings_on, shown_order
from annotations.selectors.review import verdicts_on


@dataclass(frozen=True)
class SaidLevel:
    """What a judge said on one criterion, or what is known, beside what the annotator said."""

    label: str
    differs: bool
    rationale: str = ""


@dataclass(frozen=True)
class JudgeSaid:
    """What a judge said of an item. `differing` names the criteria on which it and the annotator differ."""

    name: str
    rationale: str
    levels: tuple[SaidLevel, ...]
    differing: tuple[str, ...]


@dataclass(frozen=True)
class KnownAnswer:
    """The known levels of an item of the gold, with the reason."""

    levels: tuple[SaidLevel, ...]
    differing: tuple[str, ...]
    explanation: str


@dataclass(frozen=True)
class FinishedItem:
    """An item that the annotator has just judged.

    Attributes:
        own: criterion name and own level, in the order of the rubric.
        judges: what judges said of it; empty where the mode does not show it, or no judge has judged it.
        is_revealing: whether judges are shown after the answer.
        known: the known answer, where the policy tells it: after training, a challenge, and gold with feedback.
        was_challenge: whether a verdict was shown before that is known to be wrong.
        is_ranking: it is a group, and its candidates stand in the place of criteria.
    """

    turn_id: int
    judgement_id: int
    external_id: str
    own: tuple[tuple[str, str], ...]
    judges: tuple[JudgeSaid, ...] = ()
    is_revealing: bool = False
    known: KnownAnswer | None = None
    was_challenge: bool = False
    is_ranking: bool = False

    @property
    def rows(self) -> list[tuple[str, str, SaidLevel | None, list[SaidLevel]]]:
        """Criterion, own level, what is known, and each judge's level."""
        return [
            (
                name,
                label,
                None if self.known is None else self.known.levels[index],
                [judge.levels[index] for judge in self.judges],
            )
            for index, (name, label) in enumerate(self.own)
        ]

    @property
    def has_comparison(self) -> bool:
        return bool(self.judges) or self.known is not None

    @property
    def is_for_a_decision(self) -> bool:
        """Whether to keep or to revise is asked."""
        return self.is_revealing and any(judge.differing for judge in self.judges)


def finished_turn(*, assignment: Assignment, judgement: Judgement, rubric: Rubric) -> FinishedItem:
    """What was answered in a turn: one item, or a group."""
    finished = finished_item if rubric.spec().ranking is None else finished_ranking
    return finished(assignment=assignment, judgement=judgement, rubric=rubric)


def finished_item(*, assignment: Assignment, judgement: Judgement, rubric: Rubric) -> FinishedItem:
    """A judged item; judges' verdicts and the known answer only as far as the turn lets them be seen.

    To be called when the judgement is stored, never before: beside `shown_verdict` this is the one way by which a
    verdict reaches a reviewer.
    """
    spec = rubric.spec()
    is_swapped = assignment.is_swapped and spec.has_sides
    own = _in_shown_order(spec, judgement.levels, is_swapped)
    mode = Mode(assignment.mode)
    if mode is Mode.REVEAL:
        verdicts = list(verdicts_on(item_id=judgement.item_id, rubric=rubric))
    elif mode is Mode.CHALLENGE and assignment.shown_id is not None:
        verdicts = list(Judgement.objects.select_related("rater").filter(pk=assignment.shown_id))
    else:
        verdicts = []
    return FinishedItem(
        turn_id=assignment.pk,
        judgement_id=judgement.pk,
        external_id=assignment.item.external_id,
        own=tuple(
            (criterion.name, "" if level is None else criterion.levels[level].label)
            for criterion, level in zip(spec.criteria, own, strict=True)
        ),
        judges=tuple(_said(verdict, spec, is_swapped, own) for verdict in verdicts),
        is_revealing=mode is Mode.REVEAL,
        known=_known(assignment, judgement, rubric, is_swapped) if _tells_what_is_known(assignment) else None,
        was_challenge=mode is Mode.CHALLENGE,
    )


def finished_ranking(*, assignment: Assignment, judgement: Judgement, rubric: Rubric) -> FinishedItem:
    """A ranked group, its candidates in the place of criteria; judges as far as the turn lets them be seen.

    To be called when the ranking is stored, never before.

    Args:
        judgement: of one of the candidates; the ranking is what was stored with it.
    """
    order = shown_order(assignment)
    [criterion] = rubric.spec().criteria
    own = places_with(judgement, order)
    is_revealing = Mode(assignment.mode) is Mode.REVEAL
    return FinishedItem(
        turn_id=assignment.pk,
        judgement_id=judgement.pk,
        external_id=group_name(assignment),
        own=tuple(
            (candidate_name(at), "" if level is None else criterion.levels[level].label) for at, level in enumerate(own)
        ),
        judges=tuple(_ranked(said, criterion, own) for said in rankings_on(order, rubric)) if is_revealing else (),
        is_revealing=is_revealing,
        is_ranking=True,
    )


def shown_ranking(assignment: Assignment, rubric: Rubric) -> JudgeSaid | None:
    """How the judge ranks the group whose verdict this turn shows before the answer; None in the modes without."""
    if Mode(assignment.mode) not in (Mode.ASSIST, Mode.CHALLENGE) or assignment.shown is None:
        return None
    [criterion] = rubric.spec().criteria
    found = rankings_on(shown_order(assignment), rubric)
    said = next((said for said in found if said[0].rater_id == assignment.shown.rater_id), None)
    return None if said is None else _ranked(said, criterion, ())


def shown_verdict(assignment: Assignment, rubric: Rubric) -> JudgeSaid | None:
    """The verdict that this turn shows before the answer; None in the modes that show none.

    One that is known to be wrong looks like any other.
    """
    if Mode(assignment.mode) not in (Mode.ASSIST, Mode.CHALLENGE) or assignment.shown is None:
        return None
    spec = rubric.spec()
    if assignment.shown.rubric_id != rubric.pk:
        return None
    return _said(assignment.shown, spec, assignment.is_swapped and spec.has_sides, ())


def _ranked(said: list[Judgement], criterion: CriterionSpec, own: Sequence[int | None]) -> JudgeSaid:
    levels = tuple(
        SaidLevel(
            label="" if level is None else criterion.levels[level].label,
            differs=bool(own) and level is not None and level != own[at],
            rationale=said[at].rationale or "".join(said[at].rationales or ()),
        )
        for at, level in enumerate(one.levels[0] for one in said)
    )
    differing = tuple(candidate_name(at) for at, level in enumerate(levels) if level.differs)
    return JudgeSaid(name=said[0].rater.name, rationale="", levels=levels, differing=differing)


def _tells_what_is_known(assignment: Assignment) -> bool:
    purpose = Purpose(assignment.purpose)
    return (
        purpose is Purpose.TRAINING
        or assignment.mode == Mode.CHALLENGE
        or (purpose is Purpose.GOLD and assignment.policy.gold_feedback)
    )


def _known(assignment: Assignment, judgement: Judgement, rubric: Rubric, is_swapped: bool) -> KnownAnswer | None:
    gold = Gold.objects.filter(item=assignment.item_id, rubric=rubric).first()
    if gold is None:
        return None
    spec = rubric.spec()
    own = _in_shown_order(spec, judgement.levels, is_swapped)
    levels = _beside(spec, _in_shown_order(spec, gold.levels, is_swapped), own, ())
    return KnownAnswer(levels=levels, differing=_differing(spec, levels), explanation=gold.explanation)


def _said(verdict: Judgement, spec: RubricSpec, is_swapped: bool, own: tuple[int | None, ...]) -> JudgeSaid:
    said = _in_shown_order(spec, verdict.levels, is_swapped)
    levels = _beside(spec, said, own, tuple(verdict.rationales or ()))
    return JudgeSaid(
        name=verdict.rater.name,
        rationale=verdict.rationale,
        levels=levels,
        differing=_differing(spec, levels),
    )


def _beside(
    spec: RubricSpec, said: tuple[int | None, ...], own: tuple[int | None, ...], rationales: tuple[str, ...]
) -> tuple[SaidLevel, ...]:
    return tuple(
        SaidLevel(
            label=gettext("not rated") if level is None else criterion.levels[level].label,
            differs=bool(own) and level is not None and level != own[index],
            rationale=rationales[index] if rationales else "",
        )
        for index, (criterion, level) in enumerate(zip(spec.criteria, said, strict=True))
    )


def _differing(spec: RubricSpec, levels: tuple[SaidLevel, ...]) -> tuple[str, ...]:
    return tuple(criterion.name for criterion, level in zip(spec.criteria, levels, strict=True) if level.differs)


def _in_shown_order(spec: RubricSpec, levels: list[int | None], is_swapped: bool) -> tuple[int | None, ...]:
    return spec.with_sides_exchanged(levels) if is_swapped else tuple(levels)
