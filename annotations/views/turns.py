"""What the review page shows of an annotator's turn."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from annotations.choices import Mode, RationaleNeed
from annotations.evidence import item_view
from annotations.forms.keys import keys_of
from annotations.forms.ranking import candidate_fields, read_ranking
from annotations.forms.review import Answer, CriterionField, criterion_fields
from annotations.models import Assignment, Item, Project, Rubric, User
from annotations.rubrics import RubricSpec
from annotations.selectors.finished import JudgeSaid, shown_ranking, shown_verdict
from annotations.selectors.rankings import candidate_name, group_name, ranked_items, shown_order

SLICES_SHOWN = ("category", "domain", "language", "season")
"""Slices that an annotator may see. The others could tell which model wrote a candidate."""


def item_context(item: Item, project: Project, *, is_swapped: bool = False) -> dict[str, Any]:
    """What an annotator sees of an item, and nothing else of it."""
    view = item_view(item.context, item.candidates, is_swapped=is_swapped)
    return {
        "project": project,
        "item": item,
        "item_name": item.external_id,
        "slices": [str(item.slices[key]) for key in SLICES_SHOWN if item.slices.get(key)],
        "evidence": view.evidence,
        "candidates": view.candidates,
        "marks": view.marks,
        "is_pair": len(view.candidates) > 1,
    }


def answer_context(
    spec: RubricSpec, answer: Answer, missing: Sequence[int] = (), *, is_swapped: bool = False
) -> dict[str, Any]:
    """The criteria and the note, with what was chosen before."""
    needs = {criterion.rationale for criterion in spec.criteria}
    levels = spec.with_sides_exchanged(answer.levels) if is_swapped and answer.levels else answer.levels
    return {
        "criteria": criteria_as_keys(spec, levels, missing),
        "can_all_pass": all(any(level.passes for level in criterion.levels) for criterion in spec.criteria),
        "rationale": answer.rationale,
        "highlights": json.dumps(answer.highlights or [], ensure_ascii=False),
        "is_note_required": RationaleNeed.REQUIRED in needs,
        "is_note_required_when_failing": RationaleNeed.REQUIRED_WHEN_FAILING in needs,
    }


def group_context(
    turn: Assignment, project: Project, spec: RubricSpec, answer: Answer, missing: Sequence[int] = ()
) -> dict[str, Any]:
    """The candidates of a group over the evidence that they share, with what was chosen before, and the note."""
    items = ranked_items(turn)
    view = item_view(items[0].context, [candidate for item in items for candidate in item.candidates[:1]])
    [criterion] = spec.criteria
    slices = [{key: item.slices.get(key) for key in SLICES_SHOWN} for item in items]
    return {
        "project": project,
        "item": turn.item,
        "item_name": group_name(turn),
        "slices": [
            str(value) for key, value in slices[0].items() if value and all(one[key] == value for one in slices)
        ],
        "evidence": view.evidence,
        "marks": view.marks,
        "ranked": list(candidate_fields(criterion, view.candidates, answer.levels, missing)),
        "criterion": criterion,
        "rationale": answer.rationale,
        "is_note_required": criterion.rationale is RationaleNeed.REQUIRED,
        "is_note_required_when_failing": criterion.rationale is RationaleNeed.REQUIRED_WHEN_FAILING,
    }


def read_answer(turn: Assignment, spec: RubricSpec, data: Mapping[str, str]) -> Answer:
    """What came from the page of a turn."""
    if spec.ranking is not None:
        return read_ranking(spec.ranking, len(shown_order(turn)), data)
    return Answer.read(spec, data, is_swapped=is_shown_swapped(turn, spec))


def turn_context(
    turn: Assignment, project: Project, rubric: Rubric, user: User, answer: Answer, missing: tuple[int, ...] = ()
) -> dict[str, Any]:
    """A turn that is open, with the verdict that its mode shows before the answer."""
    spec = rubric.spec()
    left_s = seconds_left(turn.lease_expires_at)
    assist = shown_verdict(turn, rubric) if spec.ranking is None else shown_ranking(turn, rubric)
    return {
        **_shown(turn, project, spec, answer, missing),
        "turn": turn,
        "rubric": rubric,
        "assist": assist,
        "assist_rows": [] if assist is None else list(zip(_rated(spec, assist), assist.levels, strict=True)),
        "is_blind": Mode(turn.mode) in (Mode.BLIND, Mode.REVEAL),
        "lease_left_s": left_s,
        "lease_left": f"{left_s // 60}:{left_s % 60:02d}",
        "may_skip": turn.policy.may_skip,
        "daily_target": turn.policy.daily_target,
        "keys": keys_of(user.review_keys),
    }


def _shown(
    turn: Assignment, project: Project, spec: RubricSpec, answer: Answer, missing: Sequence[int]
) -> dict[str, Any]:
    if spec.ranking is not None:
        return group_context(turn, project, spec, answer, missing)
    is_swapped = is_shown_swapped(turn, spec)
    return {
        **item_context(turn.item, project, is_swapped=is_swapped),
        **answer_context(spec, answer, missing, is_swapped=is_swapped),
    }


def _rated(spec: RubricSpec, said: JudgeSaid) -> list[str]:
    """What the levels that a judge said are of."""
    if spec.ranking is not None:
        return [candidate_name(position) for position in range(len(said.levels))]
    return [criterion.name for criterion in spec.criteria]


def is_shown_swapped(turn: Assignment, spec: RubricSpec) -> bool:
    """Whether the annotator sees the second candidate of a pair first."""
    return turn.is_swapped and spec.has_sides


def seconds_left(ends_at: datetime) -> int:
    return max(0, math.ceil((ends_at - timezone.now()).total_seconds()))


def criteria_as_keys(spec: RubricSpec, levels: Sequence[int | None], missing: Sequence[int]) -> SafeString:
    """The rubric as rows of keys, with what was chosen before."""
    if missing or any(level is not None for level in levels):
        return _keys(list(criterion_fields(spec, levels, missing)))
    return _keys_with_nothing_chosen(spec, get_language())


@lru_cache(maxsize=64)
def _keys_with_nothing_chosen(spec: RubricSpec, language: str | None) -> SafeString:  # noqa: ARG001  of the cache
    """Kept, because it is the same for every item of a rubric and is most of the page."""
    return _keys(list(criterion_fields(spec)))


def _keys(fields: list[CriterionField]) -> SafeString:
    return render_to_string("annotations/_criteria.html", {"criteria": fields})
