"""Baselines that were asked for."""

from __future__ import annotations

from django.db.models import QuerySet

from annotations.models import Project
from models_llm.models import Fit


def fits_of(project: Project) -> QuerySet[Fit]:
    """The project's fits, newest first."""
    fits = Fit.objects.filter(project=project).select_related("version__rater", "created_by")
    return fits.defer("version__artifact", "version__config", "version__evaluation").order_by("-pk")
