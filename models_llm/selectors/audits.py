"""Audits of judge versions."""

from __future__ import annotations

from django.db.models import QuerySet

from annotations.models import Project
from models_llm.bias import AuditReport, read_report
from models_llm.choices import WorkState
from models_llm.models import Audit, JudgeVersion


def audits_of(project: Project) -> QuerySet[Audit]:
    """The project's audits, newest first, without the heavy parts of their versions."""
    audits = Audit.objects.filter(project=project).select_related("judge_version__rater", "created_by")
    return audits.defer("judge_version__artifact", "judge_version__config", "judge_version__evaluation").order_by("-pk")


def latest_audit(version: JudgeVersion) -> tuple[Audit, AuditReport] | None:
    """The newest finished audit of a version with what it says; None if there is none."""
    audit = Audit.objects.filter(judge_version=version, state=WorkState.READY).order_by("-pk").first()
    return None if audit is None or audit.report is None else (audit, read_report(audit.report))
