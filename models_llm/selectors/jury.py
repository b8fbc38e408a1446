"""How alike the errors of a jury's members are, from what each said by itself."""

from __future__ import annotations

from typing import Final

import numpy as np

from annotations.agreement import dimensions, levels_of, people_ratings, positions_of, reference_of
from annotations.choices import PEOPLE
from annotations.models import Rater
from annotations.selectors.ratings import fetch_ratings
from models_llm.cards import JuryErrors
from models_llm.choices import JudgeKind
from models_llm.judging import ErrorCorrelation, correlate_errors, member_errors
from models_llm.models import JudgeVersion

SEED: Final = 20_251_123
"""The same judgements give the same intervals."""


def jury_errors(version: JudgeVersion) -> tuple[JuryErrors, ...]:
    """One for each criterion; none for a version that is no jury, or whose members are no versions of the project.

    Members are held to the people's majority on the items that they judged in runs of their own; verdicts on items
    whose ratings they have seen are left out.
    """
    if version.judge.kind != JudgeKind.JURY:
        return ()
    wanted = [member.get("version_id") for member in version.config["members"]]
    versions = JudgeVersion.objects.filter(pk__in=[pk for pk in wanted if pk], judge__project=version.judge.project)
    members = list(versions.select_related("rater").order_by("pk"))
    if len(members) < 2:
        return ()
    project = version.judge.project
    people = Rater.objects.filter(project=project, kind__in=PEOPLE).values_list("pk", flat=True)
    raters = [*people, *(member.rater_id for member in members)]
    ratings = fetch_ratings(project=project, rubric=version.rubric, rater_ids=raters)
    blind = ratings.where(~ratings.assisted)
    reference = positions_of(blind, reference_of(blind))
    position = {rater.id: index for index, rater in enumerate(blind.raters)}
    rng = np.random.default_rng(SEED)
    found = []
    for dimension in dimensions(blind):
        levels = np.stack([levels_of(blind, dimension, position[member.rater_id]) for member in members], axis=1)
        errors = member_errors(dimension.criterion, levels, people_ratings(blind, dimension, reference).majority)
        names = tuple(member.rater.name for member in members)
        found.append(_as_shown(dimension.criterion.key, names, correlate_errors(errors, rng=rng)))
    return tuple(found)


def _as_shown(criterion: str, members: tuple[str, ...], errors: ErrorCorrelation) -> JuryErrors:
    return JuryErrors(
        criterion=criterion,
        members=members,
        correlation=tuple(tuple(float(value) for value in row) for row in errors.correlation),
        n_items=tuple(tuple(int(n) for n in row) for row in errors.n_items),
        mean=errors.mean,
        low=errors.mean_interval.low,
        high=errors.mean_interval.high,
        n_effective=errors.n_effective,
    )
