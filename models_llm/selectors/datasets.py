"""What a data set is asked for, with everything looked up that the question names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform

from annotations.choices import ProjectKind, RaterKind
from annotations.models import Item, Project, Rater, Rubric
from annotations.sentences import sentence as _
from models_llm.choices import Labels
from models_llm.datasets import (
    JudgeName,
    Plan,
    Query,
    ShapeSpec,
    find_shape,
)
from models_llm.errors import DatasetError
from models_llm.models import Calibration
from models_llm.selectors.dataset_calibrations import find_calibrations
from models_llm.selectors.dataset_chances import newest_draw

Horizon = dict[str, int]
"""The newest row of each table that a data set rests on. All of these tables only ever grow, so what stood there at a
horizon can be read again later."""
DRAWS: Final = "draws"
"""The table whose horizon is the newest draw. Manifests without it are older, and count only the draw that brought an
item."""
NO_HORIZON: Final[Horizon] = dict.fromkeys(("items", "judgements", "gold", "queue"), 2**63 - 1)


@dataclass(frozen=True)
class Source:
    """A query with everything looked up that it names.

    Attributes:
        query: as asked, but with the versions of rubric and judge and the calibrations that were newest written out.
        judges: raters of the judges of `plan.judges`, in the same order.
        people: raters that are people, by id.
        calibrations: of the judges that have one, by their position; empty unless the query wants them applied.
        newest_draw: the last draw that counts for how likely an item was to be selected; None where only the draw does
            that brought it.
        horizon: read the tables as they were then; None: as they are.
    """

    project: Project
    query: Query
    shape: ShapeSpec
    rubric: Rubric
    plan: Plan
    judges: tuple[Rater, ...]
    people: dict[int, Rater]
    calibrations: dict[int, Calibration] = field(default_factory=dict)
    newest_draw: int | None = None
    horizon: Horizon | None = None

    @property
    def limits(self) -> Horizon:
        return self.horizon or NO_HORIZON


def find_source(project: Project, query: Query, horizon: Horizon | None = None) -> Source:
    """Look up what a query names.

    Args:
        horizon: of an earlier reading that is to be repeated.
    Raises: DatasetError, if it names a judge or calibration that is not there, needs one and there is none, or can give
        no rows.
    """
    shape = find_shape(query.shape)
    rubric = _find_rubric(project, query.rubric)
    judges = _judges(project)
    chosen = None if query.judge is None else _find_judge(judges, query.judge)
    if query.labels != Labels.PEOPLE and chosen is None:
        raise DatasetError(
            _("labels “%(labels)s” need a judge; there are %(known)s", labels=query.labels, known=_names(judges))
        )
    if chosen is not None:
        judges = [chosen]
    elif shape.is_training:
        judges = []
    limit = shape.max_per_prompt if query.max_per_prompt is None else query.max_per_prompt or None
    plan = Plan(
        kind=ProjectKind(project.kind),
        rubric=rubric.spec(),
        labels=query.labels,
        judges=tuple(name for name, _rater in judges),
        decider=None if query.labels == Labels.PEOPLE else 0,
        max_per_prompt=limit,
        is_calibrated=query.is_calibrated,
    )
    shape.check(plan)
    raters = tuple(rater for _, rater in judges)
    calibrations = find_calibrations(raters, rubric, chosen=query.calibrations) if query.is_calibrated else {}
    people = project.raters.exclude(kind=RaterKind.JUDGE).order_by("pk")
    return Source(
        project=project,
        query=replace(
            query,
            rubric=rubric.version,
            judge=None if chosen is None else str(chosen[0]),
            calibrations=tuple(one.pk for one in calibrations.values()) if query.is_calibrated else None,
        ),
        shape=shape,
        rubric=rubric,
        plan=plan,
        judges=raters,
        people={rater.pk: rater for rater in people},
        calibrations=calibrations,
        newest_draw=newest_draw(project) if horizon is None else horizon.get(DRAWS),
        horizon=horizon,
    )


def list_judges(project: Project) -> list[JudgeName]:
    """Judges whose verdicts a data set can rest on, by name and version."""
    return [name for name, _ in _judges(project)]


def count_items(source: Source) -> int:
    return selected_items(source).count()


def _find_rubric(project: Project, version: int | None) -> Rubric:
    if version is None:
        return project.current_rubric()
    rubric = project.rubrics.filter(version=version).first()
    if rubric is None:
        raise DatasetError(
            _(
                "expected a rubric version from 1 to %(newest)s of this project, got %(came)s",
                newest=project.current_rubric().version,
                came=version,
            )
        )
    return rubric


def _judges(project: Project) -> list[tuple[JudgeName, Rater]]:
    """Every judge of a project by name and version, also those that only an import knows."""
    raters = (
        project.raters.filter(kind=RaterKind.JUDGE)
        .select_related("judge_version__judge")
        .defer("judge_version__artifact")
    )
    return sorted(((_judge_name(rater), rater) for rater in raters), key=lambda pair: _sort_key(pair[0]))


def _judge_name(rater: Rater) -> JudgeName:
    version = getattr(rater, "judge_version", None)
    return JudgeName(rater.name) if version is None else JudgeName(version.judge.name, version.number)


def _sort_key(name: JudgeName) -> tuple[bytes, int]:
    return name.name.encode(), name.version or 0


def _find_judge(judges: Sequence[tuple[JudgeName, Rater]], wanted: str) -> tuple[JudgeName, Rater]:
    """The judge of that name; without a version, its newest."""
    found = [pair for pair in judges if wanted in (str(pair[0]), pair[0].name)]
    if not found:
        raise DatasetError(
            _(
                "expected a judge of this project, got “%(wanted)s”; there are %(known)s",
                wanted=wanted,
                known=_names(judges),
            )
        )
    return found[-1]


def _names(judges: Sequence[tuple[JudgeName, Rater]]) -> str:
    return ", ".join(str(name) for name, _rater in judges) or _("none yet")


def selected_items(source: Source) -> QuerySet[Item]:
    """The items that a data set is of, in no order."""
    items = Item.objects.filter(project=source.project, pk__lte=source.limits["items"])
    for number, (key, value) in enumerate(source.query.slices):
        items = items.annotate(**{f"slice_{number}": KeyTextTransform(key, "slices")}).filter(
            **{f"slice_{number}": value}
        )
    return items
