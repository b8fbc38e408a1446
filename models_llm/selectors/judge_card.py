"""The card of a judge version, from what is stored now."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection
from django.db.models import F, Sum

from annotations.agreement import AgreementReport, CriterionReport, agreement_report, as_plain
from annotations.choices import PEOPLE, Outcome
from annotations.models import Rater
from annotations.selectors.agreement import ranked_groups
from annotations.selectors.ratings import ItemSlice, fetch_ratings
from models_llm.cards import (
    Agreement,
    BiasSummary,
    CalibrationSummary,
    CriterionAgreement,
    Identity,
    JudgeCard,
    Mass,
    Spending,
)
from models_llm.judging import USUAL_MASS
from models_llm.models import JudgeVersion, Shard
from models_llm.selectors.audits import latest_audit
from models_llm.selectors.calibrations import latest_calibration
from models_llm.selectors.jury import jury_errors
from models_llm.selectors.runs import METERED

_SETTINGS_SHOWN: Final = ("engine", "sampling", "seed", "held_out_share")

_MASSES: Final = """
    SELECT m.position::int, count(*), avg(m.mass), min(m.mass), count(*) FILTER (WHERE m.mass < %s)
    FROM models_llm_verdict v
    JOIN annotations_judgement j ON j.id = v.judgement_id AND j.superseded_at IS NULL AND j.rater_id = %s
    CROSS JOIN LATERAL unnest(v.masses) WITH ORDINALITY AS m(mass, position)
    WHERE m.mass IS NOT NULL GROUP BY 1 ORDER BY 1
"""


def judge_card(version: JudgeVersion, *, item_slice: ItemSlice | None = None) -> JudgeCard:
    """Everything that is known of a version.

    Args:
        item_slice: agreement and outcomes of the items of this slice alone.
    """
    report = _agreement_report(version, item_slice)
    counts = {counts.rater.id: counts for counts in report.raters}[version.rater_id]
    return JudgeCard(
        project=version.judge.project.slug,
        item_slice=None if item_slice is None else {item_slice.key: item_slice.value},
        identity=_identity(version),
        outcomes={outcome.value: counts.outcomes.get(outcome, 0) for outcome in Outcome},
        agreement=Agreement(
            reference=report.reference,
            n_assisted=report.n_assisted - counts.n_assisted,
            n_seen=counts.n_assisted,
            criteria=tuple(_criterion(criterion) for criterion in report.criteria),
        ),
        calibration=_calibration(version),
        bias=_bias(version),
        jury=jury_errors(version),
        masses=_masses(version),
        spending=_spending(version),
    )


def card_document(card: JudgeCard) -> dict[str, Any]:
    """The card as plain values: the same from the page, the API and the command."""
    plain: dict[str, Any] = as_plain(card)
    return plain


def _agreement_report(version: JudgeVersion, item_slice: ItemSlice | None) -> AgreementReport:
    """The version with people under its own rubric; on items it has seen its verdicts are assisted and left out."""
    project = version.judge.project
    people = Rater.objects.filter(project=project, kind__in=PEOPLE).values_list("pk", flat=True)
    raters = [*people, version.rater_id]
    ratings = fetch_ratings(project=project, rubric=version.rubric, rater_ids=raters, item_slice=item_slice)
    return agreement_report(ratings, groups=ranked_groups(project, ratings))


def _criterion(report: CriterionReport) -> CriterionAgreement:
    judge = next(iter(report.judges), None)
    if judge is None:
        return CriterionAgreement(report.criterion, report.people, None, None, None, {}, report.ranking)
    # Without a reply that was not read there is nothing to count as wrong: the figures are the same.
    unread_wrong = {name: judge.figures[name] for name in ("accuracy", "macro_recall", "macro_f1")}
    unread_wrong.update(judge.unread_wrong)
    return CriterionAgreement(
        criterion=report.criterion,
        people=report.people,
        judge=judge,
        accuracy_read=judge.figures["accuracy"],
        accuracy_unread_wrong=unread_wrong["accuracy"],
        unread_wrong=unread_wrong,
        ranking=report.ranking,
    )


def _identity(version: JudgeVersion) -> Identity:
    settings: dict[str, Any] = {}
    for name in _SETTINGS_SHOWN:
        value = version.config.get(name)
        settings |= {f"{name}: {key}": one for key, one in value.items()} if isinstance(value, dict) else {}
        settings |= {} if isinstance(value, dict) or value is None else {name.replace("_", " "): value}
    return Identity(
        judge=version.judge.name,
        version=version.number,
        kind=version.judge.kind,
        rater=version.rater.name,
        engine=version.engine,
        model=version.model,
        revision=version.revision,
        rubric=version.rubric.name,
        rubric_version=version.rubric.version,
        rubric_digest=version.rubric.digest,
        prompt_digest=version.prompt_digest,
        artifact_digest=version.artifact_digest,
        digest=version.digest,
        settings=settings,
        recorded=version.config.get("recorded"),
        n_seen=len(version.seen_item_ids),
        created_at=version.created_at.isoformat(),
    )


def _calibration(version: JudgeVersion) -> CalibrationSummary | None:
    found = latest_calibration(version)
    if found is None:
        return None
    assert found.document is not None and found.finished_at is not None  # noqa: S101, PT018  a ready one has both
    return CalibrationSummary(
        id=found.pk,
        finished_at=found.finished_at.isoformat(),
        examples_digest=found.examples_digest,
        document=found.document,
    )


def _bias(version: JudgeVersion) -> BiasSummary | None:
    found = latest_audit(version)
    if found is None:
        return None
    audit, _ = found
    assert audit.report is not None and audit.finished_at is not None  # noqa: S101, PT018  a finished audit has both
    # Single items stand in the audit, which covers those that whoever looks holds for review.
    checks = [{**check, "examples": []} for check in audit.report["checks"]]
    report = {**audit.report, "checks": checks}
    return BiasSummary(id=audit.pk, finished_at=audit.finished_at.isoformat(), report=report)


def _masses(version: JudgeVersion) -> tuple[Mass, ...]:
    criteria = version.rubric.spec().criteria
    with connection.cursor() as cursor:
        cursor.execute(_MASSES, [USUAL_MASS, version.rater_id])
        return tuple(
            Mass(criteria[position - 1].key, n, float(mean), float(lowest), n_low)
            for position, n, mean, lowest, n_low in cursor
        )


def _spending(version: JudgeVersion) -> Spending | None:
    """Sums over the shards of the version's runs; None where it never ran."""
    n_runs = version.runs.count()
    if not n_runs:
        return None
    outcomes = sum((F(f"n_{outcome}") for outcome in list(Outcome)[1:]), F("n_rated"))
    sums = Shard.objects.filter(run__judge_version=version).aggregate(
        verdicts=Sum(outcomes), copied=Sum("n_copied"), **{f"all_{name}": Sum(name) for name in METERED}
    )
    total = {name: sums[f"all_{name}"] for name in METERED}
    n_verdicts = sums["verdicts"] or 0
    return Spending(
        n_runs=n_runs,
        n_verdicts=n_verdicts,
        n_copied=sums["copied"] or 0,
        total=total,
        per_1000={
            name: None if value is None or not n_verdicts else value * 1000 / n_verdicts
            for name, value in total.items()
        },
    )
