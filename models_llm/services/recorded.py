"""Judges whose verdicts came with an import: made versions like any other, so that they have a card, and never run."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from annotations.choices import RaterKind
from annotations.formats import JudgeModel, read_mapping
from annotations.models import Batch, Judgement, Project, Rater, Rubric
from models_llm.choices import JudgeKind
from models_llm.models import Judge, JudgeVersion

_LONGEST_NAME: Final = 120


def adopt_recorded_judges(*, batch_id: int | None = None) -> int:
    """Make a version of each judge that is known from imported judgements only.

    Done again it finds nothing more to do, and two at once make one version.

    Args:
        batch_id: look in the project of this import alone; everywhere unless given.
    Returns: how many were adopted here.
    """
    imported = Judgement.objects.filter(rater_id=OuterRef("pk"), batch__isnull=False)
    raters = Rater.objects.filter(Exists(imported), kind=RaterKind.JUDGE, judge_version__isnull=True)
    if batch_id is not None:
        raters = raters.filter(project__batches=batch_id)
    return sum(_adopt(rater_id) for rater_id in raters.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _adopt(rater_id: int) -> bool:
    rater = Rater.objects.select_for_update().get(pk=rater_id)
    if JudgeVersion.objects.filter(rater=rater).exists():
        return False
    first = Judgement.objects.filter(rater=rater, batch__isnull=False).select_related("batch", "rubric").order_by("pk")
    judgement = first[0]
    assert judgement.batch is not None  # noqa: S101  the query says so
    config = {"recorded": _source(rater, judgement.batch)}
    model = _model(rater, judgement.batch, judgement.rubric)
    JudgeVersion.objects.create(
        judge=Judge.objects.create(
            project_id=rater.project_id, name=_free_name(rater.project, rater.name), kind=JudgeKind.RECORDED
        ),
        number=1,
        rater=rater,
        rubric=judgement.rubric,
        model=model.model,
        revision=model.revision,
        config=config,
        digest=hashlib.sha256(json.dumps([JudgeKind.RECORDED, model, config], sort_keys=True).encode()).hexdigest(),
    )
    return True


def _source(rater: Rater, batch: Batch) -> dict[str, Any]:
    """What identifies a recorded judge: its name, and the file that brought it first."""
    return {
        "rater": rater.name,
        "batch": batch.pk,
        "source_name": batch.source_name,
        "file_digest": batch.file_digest,
        "mapping_digest": hashlib.sha256(batch.mapping.encode()).hexdigest() if batch.mapping else "",
    }


def _model(rater: Rater, batch: Batch, rubric: Rubric) -> JudgeModel:
    """What the mapping of the import says of the judge."""
    if not batch.mapping:
        return JudgeModel()
    return read_mapping(batch.mapping, source=f"mapping of import {batch.pk}", rubric=rubric.spec()).model_of(
        rater.name
    )


def _free_name(project: Project, name: str) -> str:
    """The rater's name, with a number where a judge of ours has it or it is too long for one."""
    taken = set(Judge.objects.filter(project=project).values_list("name", flat=True))
    name, number = name[:_LONGEST_NAME], 1
    free = name
    while free in taken:
        number += 1
        suffix = f" (recorded {number})"
        free = name[: _LONGEST_NAME - len(suffix)] + suffix
    return free
