"""A card as Markdown, for a report or a repository."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from annotations.agreement import Estimate, PairAnswer, RankingReport, figure_name
from annotations.choices import RaterKind
from models_llm.bias import Figure
from models_llm.cards.bias import bias_lines
from models_llm.cards.card import CriterionAgreement, Identity, JudgeCard
from models_llm.cards.spending import spending_lines

_SAID_OF_A_PAIR: Final = {
    PairAnswer.SAME: "in the same order",
    PairAnswer.OPPOSITE: "in the opposite order",
    PairAnswer.ONE_TIES: "tied by one",
    PairAnswer.BOTH_TIE: "tied by both",
}


def as_markdown(card: JudgeCard) -> str:
    """Sections in the order of the page; a figure that cannot be given says why."""
    parts = [
        f"# {_inline(card.identity.rater)}",
        *_slice(card),
        "## Identity",
        *_table(("", ""), _identity(card.identity)),
        "## Outcomes",
        *_table(("outcome", "n"), ((name, f"{n:,}") for name, n in card.outcomes.items() if n)),
        "## Agreement with people",
        *_reference(card),
    ]
    for criterion in card.agreement.criteria:
        parts += _criterion(criterion)
    parts += ["## Calibration", *_calibration(card), "## Bias", *_bias(card)]
    if card.jury:
        parts += ["## Errors of the members", *_jury(card)]
    if card.masses:
        header = ("criterion", "n", "mean", "lowest", "below 0.9")
        rows = ((m.criterion, f"{m.n:,}", f"{m.mean:.3f}", f"{m.lowest:.3f}", f"{m.n_low:,}") for m in card.masses)
        parts += ["## Probability on the labels", *_table(header, rows)]
    parts += ["## Cost and speed", *_spending(card)]
    return "\n".join(parts).rstrip() + "\n"


def _slice(card: JudgeCard) -> list[str]:
    return [f"Items with {_inline(key)}: {_inline(value)}." for key, value in (card.item_slice or {}).items()]


def _identity(identity: Identity) -> Iterator[tuple[str, str]]:
    yield "judge", f"{identity.judge}, version {identity.version}"
    yield "kind", identity.kind
    if identity.engine:
        yield "engine", identity.engine
    if identity.model:
        yield "model", f"{identity.model} {identity.revision}".strip()
    yield "rubric", f"{identity.rubric} v{identity.rubric_version}, {identity.rubric_digest}"
    for name, value in (("prompt", identity.prompt_digest), ("artifact", identity.artifact_digest)):
        if value:
            yield f"{name} digest", value
    yield "digest", identity.digest or "none"
    for name, value in identity.settings.items():
        yield name, str(value)
    if identity.recorded:
        yield "recorded in", f"{identity.recorded['source_name']}, SHA-256 {identity.recorded['file_digest']}"
    if identity.n_seen:
        yield "items seen", f"{identity.n_seen:,}"
    yield "made", identity.created_at


def _reference(card: JudgeCard) -> list[str]:
    agreement = card.agreement
    lines = []
    if agreement.reference is RaterKind.PEOPLE:
        lines.append("People’s ratings are published as an aggregate: there is no ceiling to hold the judge to.")
    if agreement.n_seen:
        lines.append(f"Left out: {agreement.n_seen:,} verdicts on items whose ratings by people the judge has seen.")
    if agreement.n_assisted:
        lines.append(f"Left out: {agreement.n_assisted:,} annotations made with a judgement in view.")
    return [*lines, ""] if lines else []


def _criterion(agreement: CriterionAgreement) -> list[str]:
    lines = [f"### {_inline(agreement.criterion.name)} (`{agreement.criterion.key}`, {agreement.criterion.scale})"]
    judge = agreement.judge
    if judge is None:
        return [*lines, "", "The judge has rated nothing here yet.", ""]
    if agreement.ranking is not None:
        return [*lines, *_ranking(agreement.ranking)]
    rows = [*_figures("judge with the people’s majority", judge.figures)]
    rows += _figures("with replies not read as wrong", agreement.unread_wrong)
    rows += _figures("pass or fail", judge.passing)
    rows += _figures("its numbers, with the mean of people’s", judge.correlations)
    for position, level in enumerate(agreement.criterion.levels):
        rows += _figures(f"level “{level.label}”", {name: found[position] for name, found in judge.levels.items()})
    for measure, comparison in (("share", judge.leave_one_out.share), ("kappa", judge.leave_one_out.kappa)):
        rows.append(_figure("turn by turn", f"judge with the other people, {measure}", comparison.judge))
        rows.append(_figure("turn by turn", f"a person with the other people, {measure}", comparison.people))
        rows.append(_figure("turn by turn", f"difference, {measure}", comparison.difference))
    rows += _figures("people with people", agreement.people.figures)
    lines += _table(("", "figure", "value", "95 % interval", "n", "remark"), rows)
    excluded = judge.figures["accuracy"].excluded
    if excluded:
        lines += [f"Left out: {', '.join(f'{n:,} {reason}' for reason, n in excluded.items())}.", ""]
    return lines


def _ranking(report: RankingReport) -> list[str]:
    """A ranking is compared by its pairs: two candidates of one group that both ranked."""
    [judge] = report.judges
    pairs = judge.agreement
    rows = _figures("judge with people", pairs.figures)
    for who, estimate in (
        ("judge with people", judge.beside.judge),
        ("people with each other", judge.beside.people),
        ("judge minus people", judge.beside.difference),
    ):
        rows.append(_figure(f"{who}, on the same pairs", figure_name("kendall_tau_b"), estimate))
    rows += _figures("people with people", report.people.figures)
    lines = _table(("", "figure", "value", "95 % interval", "candidates", "remark"), rows)
    said = ", ".join(f"{pairs.answers[answer]:,} {words}" for answer, words in _SAID_OF_A_PAIR.items())
    lines += [f"{pairs.n_groups:,} groups, {pairs.n_pairs:,} pairs; of the comparisons {said}.", ""]
    excluded = pairs.figures["kendall_tau_b"].excluded
    if excluded:
        lines += [f"Left out: {', '.join(f'{n:,} {reason}' for reason, n in excluded.items())}.", ""]
    return lines


def _figures(what: str, figures: Mapping[str, Estimate]) -> list[tuple[str, ...]]:
    return [_figure(what, figure_name(name), estimate) for name, estimate in figures.items()]


def _figure(what: str, name: str, estimate: Estimate) -> tuple[str, ...]:
    if math.isnan(estimate.value):
        return what, name, "undefined", "", f"{estimate.n_items:,}", estimate.undefined or ""
    interval = "" if math.isnan(estimate.low) else f"{estimate.low:.4f} to {estimate.high:.4f}"
    return what, name, f"{estimate.value:.4f}", interval, f"{estimate.n_items:,}", estimate.doubt or ""


def _calibration(card: JudgeCard) -> list[str]:
    if card.calibration is None:
        return ["Not calibrated yet.", ""]
    rows = []
    for criterion in card.calibration.document["criteria"]:
        if criterion["refused"]:
            rows.append((criterion["name"], criterion["refused"], "", "", "", ""))
            continue
        before, after = criterion["before"], criterion["after"]
        pairs = [
            f"{_number(before[name]['value'])} → {_number(after[name]['value'])}"
            for name in ("brier", "log_loss", "calibration_error")
        ]
        rows.append((criterion["name"], criterion["chosen"]["method"], *pairs, f"{criterion['n']:,}"))
    header = ("criterion", "map", "Brier score", "log loss", "calibration error", "n")
    return [f"Fitted {card.calibration.finished_at}; figures are cross-fitted.", "", *_table(header, rows)]


def _bias(card: JudgeCard) -> list[str]:
    if card.bias is None:
        return ["Not audited yet.", ""]
    rows = [(line.title, line.decision, *_bias_figure(line.figure), line.reason) for line in bias_lines(card.bias)]
    header = ("check", "decision", "figure", "value", "95 % interval", "n", "reason")
    return [f"Audited {card.bias.finished_at}.", "", *_table(header, rows)]


def _bias_figure(figure: Figure | None) -> tuple[str, str, str, str]:
    if figure is None:
        return "", "", "", ""
    interval = "" if figure.low is None else f"{_number(figure.low)} to {_number(figure.high)}"
    return figure.name, _number(figure.value), interval, f"{figure.n:,}"


def _jury(card: JudgeCard) -> list[str]:
    header = ("criterion", "members", "mean correlation", "95 % interval", "items shared", "worth so many members")
    rows = [
        (
            errors.criterion,
            ", ".join(errors.members),
            _number(None if math.isnan(errors.mean) else errors.mean),
            "" if math.isnan(errors.low) else f"{errors.low:.4f} to {errors.high:.4f}",
            f"{errors.n_shared:,}",
            _number(None if math.isnan(errors.n_effective) else errors.n_effective),
        )
        for errors in card.jury
    ]
    return _table(header, rows)


def _spending(card: JudgeCard) -> list[str]:
    spending = card.spending
    if spending is None:
        return ["It never ran here.", ""]
    rows = [(line.name, line.total, line.per_1000) for line in spending_lines(spending)]
    said = f"{spending.n_verdicts:,} verdicts of {spending.n_runs:,} runs, {spending.n_copied:,} of them taken over."
    if not rows:
        return [said, "No engine said what it used.", ""]
    return [said, "", *_table(("", "in sum", "for 1,000 verdicts"), rows)]


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    lines += [f"| {' | '.join(_inline(str(cell)) for cell in row)} |" for row in rows]
    return ["", *lines, ""]


def _inline(text: str) -> str:
    """A text that stays in its cell and is nothing but text."""
    flat = " ".join(text.split())
    return "".join(f"\\{character}" if character in "\\|`*_[]<>#" else character for character in flat)
