"""Calibrations that were asked for, and the items behind their marks."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from django.db.models import QuerySet

from annotations.choices import WorkState
from annotations.models import Item, Project, User
from annotations.selectors.items import held_by
from models_llm.calibration import Calibrator, CriterionCalibrator
from models_llm.models import Calibration, JudgeVersion

Side = Literal["before", "after"]
SIDES: Final[tuple[Side, ...]] = ("before", "after")
MOST_SHOWN: Final = 100


def calibrations_of(project: Project) -> QuerySet[Calibration]:
    """The project's calibrations, newest first, without their examples."""
    found = Calibration.objects.filter(project=project).select_related("judge_version__rater", "created_by")
    return found.defer(
        "examples", "judge_version__artifact", "judge_version__config", "judge_version__evaluation"
    ).order_by("-pk")


def newest_ready(version: JudgeVersion) -> QuerySet[Calibration]:
    """The version's finished calibrations, newest first: the first is the one that applies."""
    return Calibration.objects.filter(judge_version=version, state=WorkState.READY).order_by("-pk")


def latest_calibration(version: JudgeVersion) -> Calibration | None:
    """The newest finished calibration of a version, without its examples; None if there is none."""
    return newest_ready(version).defer("examples").first()


def calibrator_of(calibration: Calibration) -> Calibrator:
    """What a finished calibration does to its version's probabilities."""
    assert calibration.document is not None and calibration.examples is not None  # noqa: S101, PT018  it is ready
    with np.load(io.BytesIO(calibration.examples)) as kept:
        return Calibrator(
            tuple(
                CriterionCalibrator.read(one, items=kept[f"{number}_items"], folds=kept[f"{number}_folds"])
                for number, one in enumerate(calibration.document["criteria"])
            )
        )


@dataclass(frozen=True)
class ItemInBin:
    """An item behind a mark of a reliability diagram."""

    item: Item
    before: float
    after: float
    is_right: bool


@dataclass(frozen=True)
class ItemsInBin:
    """The items behind a mark, the most surprising first; `n` in all, of which some are shown."""

    n: int
    shown: tuple[ItemInBin, ...]


def items_in_bin(calibration: Calibration, *, viewer: User, criterion: int, side: Side, number: int) -> ItemsInBin:
    """The items of one bin of a criterion's diagram; those that the viewer holds for review are counted and not shown.

    Args:
        criterion: position among the criteria of the document.
        side: whether the bin is of the judge's own probabilities or of the calibrated ones.
        number: position of the bin; none has items where there is no such bin.
    """
    assert calibration.document is not None and calibration.examples is not None  # noqa: S101, PT018  it is ready
    bins = calibration.document["criteria"][criterion][side]["bins"]
    if not 0 <= number < len(bins):
        return ItemsInBin(0, ())
    with np.load(io.BytesIO(calibration.examples)) as kept:
        ids, before, after, right = (kept[f"{criterion}_{name}"] for name in ("items", "before", "after", "right"))
    chosen = before if side == "before" else after
    above, up_to = bins[number]["above"], bins[number]["up_to"]
    inside = (chosen <= up_to) & ((chosen > above) if number else True)
    rows = np.flatnonzero(inside)
    surprise = np.abs(chosen[rows] - right[rows])
    rows = rows[np.argsort(-surprise, kind="stable")][:MOST_SHOWN]
    items = Item.objects.in_bulk([int(pk) for pk in ids[rows]])
    held = held_by(viewer, list(items))
    return ItemsInBin(
        n=int(inside.sum()),
        shown=tuple(
            ItemInBin(items[int(ids[row])], float(before[row]), float(after[row]), bool(right[row]))
            for row in rows
            if int(ids[row]) in items and int(ids[row]) not in held
        ),
    )
