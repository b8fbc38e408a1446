"""What the panels of the agreement page are made of: lines of tables, marks of charts and addresses of items."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from annotations.agreement import Estimate, figure_name
from annotations.charts import Interval
from annotations.models import Project
from annotations.rubrics import CriterionSpec
from annotations.templatetags.figures import grouped
from annotations.templatetags.vocabulary import in_words


@dataclass(frozen=True)
class Figure:
    """A line of a table."""

    name: str
    estimate: Estimate


@dataclass(frozen=True)
class FigureGroup:
    title: str
    figures: list[Figure]


@dataclass(frozen=True)
class Links:
    """Addresses of the items behind marks and cells."""

    project: Project
    kept: Mapping[str, str]

    def items(self, criterion: CriterionSpec, **which: Any) -> str:
        query = urlencode({**self.kept, "criterion": criterion.key, **which})
        return f"{reverse('annotations:items', args=[self.project.slug])}?{query}"


def figures_of(figures: Mapping[str, Estimate]) -> list[Figure]:
    return [Figure(_capitalised(in_words(figure_name(name))), estimate) for name, estimate in figures.items()]


def _capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]


def interval_of(
    label: str,
    estimate: Estimate,
    url: str,
    *,
    hue: Any = "judge",
    floor: float = math.nan,
    ceiling: float = math.nan,
) -> Interval:
    note = f"n = {grouped(estimate.n_items)}"
    return Interval(
        label=label,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        note=_("%(note)s, interval unreliable") % {"note": note} if estimate.doubt else note,
        hue=hue,
        url=url,
        undefined=estimate.undefined,
        floor=floor,
        ceiling=ceiling,
    )
