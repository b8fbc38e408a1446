"""Audits of judge versions, and what they say with names for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from annotations.choices import WorkState
from annotations.models import Project, User
from annotations.rubrics import RubricSpec
from annotations.selectors.items import held_by
from models_llm.bias import (
    CHECKS,
    SWAPPED,
    AuditReport,
    Check,
    CheckResult,
    Example,
    Figure,
    Requirement,
    load_attacks,
    n_judgings,
    read_report,
)
from models_llm.choices import Decision
from models_llm.models import Audit, JudgeVersion
from models_llm.selectors.attack_words import attack_in_words
from models_llm.selectors.audit_samples import subject_of


def audits_of(project: Project) -> QuerySet[Audit]:
    """The project's audits, newest first, without the heavy parts of their versions."""
    audits = Audit.objects.filter(project=project).select_related("judge_version__rater", "created_by")
    return audits.defer("judge_version__artifact", "judge_version__config", "judge_version__evaluation").order_by("-pk")


def latest_audit(version: JudgeVersion) -> tuple[Audit, AuditReport] | None:
    """The newest finished audit of a version with what it says; None if there is none."""
    audit = Audit.objects.filter(judge_version=version, state=WorkState.READY).order_by("-pk").first()
    return None if audit is None or audit.report is None else (audit, read_report(audit.report))


@dataclass(frozen=True)
class AuditLine:
    """An audit in a list.

    Attributes:
        counts: how many checks came to each decision; empty until it is ready.
    """

    audit: Audit
    counts: tuple[tuple[Decision, int], ...]


def most_judgings(version: JudgeVersion, *, n_items: int) -> int:
    """How many judgings a whole audit of the version takes at most, as it is and altered."""
    return n_judgings(CHECKS.values(), n_items=n_items, subject=subject_of(version))


def audit_lines(version: JudgeVersion) -> list[AuditLine]:
    """The version's audits, newest first."""
    audits = Audit.objects.filter(judge_version=version).select_related("created_by").order_by("-pk")
    return [AuditLine(audit, () if audit.report is None else _counts(read_report(audit.report))) for audit in audits]


@dataclass(frozen=True)
class Column:
    """A name that figures of a check share, and what is wanted of them; None where they decide nothing."""

    name: str
    requirement: Requirement | None


@dataclass(frozen=True)
class FigureRow:
    """What a check says of one criterion, a figure for each column; None where it says nothing.

    Attributes:
        criterion: its name; empty for the whole verdict.
    """

    criterion: str
    figures: tuple[Figure | None, ...]


@dataclass(frozen=True)
class LevelChange:
    """One criterion of an altered item; None where there is no rating."""

    criterion: str
    before: str | None
    after: str | None

    @property
    def is_change(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class ShownExample:
    """An example with its levels by name.

    Attributes:
        explanation: what an attack tries; empty for any other trial.
        text: an attack's text, before the wanted levels are put in.
    """

    example: Example
    changes: tuple[LevelChange, ...]
    explanation: str = ""
    text: str = ""

    @property
    def is_swapped(self) -> bool:
        """Whether the levels after are of the swapped pair: the same level twice is then the fault."""
        return self.example.trial == SWAPPED


@dataclass(frozen=True)
class ShownCheck:
    """A check as its page shows it.

    Attributes:
        about: name of the criterion of the figure that decided; empty where that is of the whole verdict.
    """

    check: Check
    result: CheckResult
    about: str
    columns: tuple[Column, ...]
    rows: tuple[FigureRow, ...]
    examples: tuple[ShownExample, ...]

    @property
    def n_unrated(self) -> int:
        return sum((self.result.unrated or {}).values())


@dataclass(frozen=True)
class AuditDetail:
    """A finished audit."""

    report: AuditReport
    counts: tuple[tuple[Decision, int], ...]
    checks: tuple[ShownCheck, ...]


def report_for(audit: Audit, *, viewer: User) -> dict[str, Any] | None:
    """The audit's report without examples on items that the viewer holds for review; None until it is ready."""
    if audit.report is None:
        return None
    checks = audit.report["checks"]
    held = held_by(viewer, [example["item_id"] for check in checks for example in check["examples"]])
    shown = [
        {**check, "examples": [example for example in check["examples"] if example["item_id"] not in held]}
        for check in checks
    ]
    return {**audit.report, "checks": shown}


def audit_detail(audit: Audit, *, viewer: User) -> AuditDetail | None:
    """What the audit says to the viewer; None until it is ready."""
    stored = report_for(audit, viewer=viewer)
    if stored is None:
        return None
    report = read_report(stored)
    rubric = audit.judge_version.rubric.spec()
    return AuditDetail(report, _counts(report), tuple(_shown_check(result, rubric) for result in report.checks))


def _counts(report: AuditReport) -> tuple[tuple[Decision, int], ...]:
    return tuple((decision, report.count(decision)) for decision in Decision if report.count(decision))


def _shown_check(result: CheckResult, rubric: RubricSpec) -> ShownCheck:
    names = {criterion.key: criterion.name for criterion in rubric.criteria}
    wanted: dict[str, Requirement | None] = dict.fromkeys(figure.name for figure in result.figures)
    wanted |= {figure.name: figure.requirement for figure in result.figures if figure.requirement is not None}
    cells = {(figure.criterion, figure.name): figure for figure in result.figures}
    return ShownCheck(
        check=CHECKS[result.check],
        result=result,
        about=names.get(result.headline.criterion, "") if result.headline else "",
        columns=tuple(Column(name, requirement) for name, requirement in wanted.items()),
        rows=tuple(
            FigureRow(names.get(key, ""), tuple(cells.get((key, name)) for name in wanted))
            for key in dict.fromkeys(figure.criterion for figure in result.figures)
        ),
        examples=tuple(_shown_example(example, rubric) for example in result.examples),
    )


def _shown_example(example: Example, rubric: RubricSpec) -> ShownExample:
    attack = next((attack for attack in load_attacks() if attack.id == example.trial), None)
    before, after = (_labels(levels, rubric) for levels in (example.before, example.after))
    return ShownExample(
        example,
        tuple(
            LevelChange(criterion.name, *levels)
            for criterion, *levels in zip(rubric.criteria, before, after, strict=True)
        ),
        explanation="" if attack is None else attack_in_words(attack),
        text="" if attack is None else attack.text,
    )


def _labels(levels: Sequence[int] | None, rubric: RubricSpec) -> list[str | None]:
    if levels is None:
        return [None] * len(rubric.criteria)
    return [criterion.answers[level] for criterion, level in zip(rubric.criteria, levels, strict=True)]
