"""Does a model rate its own kind better than people do?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from annotations.estimation import FloatArray
from annotations.rubrics import CriterionSpec
from annotations.sentences import sentence as _
from models_llm.bias.check import Check
from models_llm.bias.intervals import FEWEST, resampled
from models_llm.bias.report import Figure
from models_llm.bias.requirement import Requirement
from models_llm.bias.sample import AuditedItem, Done, Sample, Subject, Trial, number_of, people_number


@dataclass(frozen=True)
class SelfPreferenceCheck(Check):
    """Judge minus people on candidates of the judge's own family of models, less that on all others'.

    Attributes:
        difference: of that difference, in points of the scale.
    """

    key = "self_preference"
    title = "Self-preference"
    about = "Judge minus people, on candidates that its own family of models made and on others: the same is expected."

    difference: Requirement = Requirement(-0.1, 0.1)

    def n_judgings(self, n_items: int, subject: Subject) -> int:
        del n_items, subject
        return 0

    def obstacle(self, sample: Sample) -> str:
        subject = sample.subject
        if not subject.models:
            return _("the judge asks no language model")
        if not subject.ordered:
            return _("no criterion has points of a scale")
        rated = [one for one in sample.items if one.people is not None]
        known = [one for one in rated if one.producer]
        own = sum(_is_own(one, subject) for one in known)
        if min(own, len(known) - own) < FEWEST:
            families = " or ".join(sorted({family_of(model) for model in subject.models}))
            return _(
                "it takes %(fewest)s items that people rated of a producer named %(families)s and as many of another; "
                "of %(n_rated)s rated items %(own)s are of the one and %(n_others)s of the other, and of "
                "%(n_unnamed)s the batch names no producer",
                fewest=FEWEST,
                families=families,
                n_rated=len(rated),
                own=own,
                n_others=len(known) - own,
                n_unnamed=len(rated) - len(known),
            )
        return ""

    def trials(self, sample: Sample) -> list[Trial]:
        del sample
        return []

    def figures(self, sample: Sample, done: Sequence[Done], rng: np.random.Generator) -> list[Figure]:
        del done
        subject = sample.subject
        return [self._figure(sample, subject.rubric.criteria[at], at, rng) for at in subject.ordered]

    def _figure(self, sample: Sample, criterion: CriterionSpec, at: int, rng: np.random.Generator) -> Figure:
        residuals, own, clusters = [], [], []
        for one, verdict in zip(sample.items, sample.plain, strict=True):
            people = people_number(one, criterion, at)
            if people is not None and one.producer:
                residuals.append(number_of(verdict, criterion, at) - people)
                own.append(float(_is_own(one, sample.subject)))
                clusters.append(one.cluster)
        return resampled(
            "judge minus people, own less others",
            lambda weights: _difference(weights, np.array(residuals), np.array(own)),
            clusters,
            requirement=self.difference,
            rng=rng,
            criterion=criterion.key,
            undefined=_("people rated no candidate of one side"),
        )


def family_of(model: str) -> str:
    """The family that a model's name begins with, such as `qwen` of `Qwen/Qwen3-8B-Instruct`."""
    found = re.search(r"[a-z]+", model.rpartition("/")[2].casefold())
    return found.group() if found else ""


def _is_own(one: AuditedItem, subject: Subject) -> bool:
    return family_of(one.producer) in {family_of(model) for model in subject.models}


def _difference(weights: FloatArray, residuals: FloatArray, own: FloatArray) -> FloatArray:
    """Mean residual of the one side less that of the other; nan where a side is empty."""
    with np.errstate(divide="ignore", invalid="ignore"):
        difference: FloatArray = weights @ (residuals * own) / (weights @ own) - weights @ (residuals * (1 - own)) / (
            weights @ (1 - own)
        )
    return difference
