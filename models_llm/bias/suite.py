"""A whole audit: which items a judge is given, and what its verdicts on them show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from annotations.sentences import sentence as _
from models_llm.bias.check import Check
from models_llm.bias.injection import InjectionCheck
from models_llm.bias.length import LengthCheck
from models_llm.bias.master_keys import MasterKeysCheck
from models_llm.bias.position import PositionCheck
from models_llm.bias.repetition import OrderCheck, RepeatCheck
from models_llm.bias.report import AuditReport, CheckResult, Example, Spent, worst
from models_llm.bias.sample import AuditedItem, Done, Sample, Subject, Trial
from models_llm.bias.self_preference import SelfPreferenceCheck
from models_llm.choices import Decision
from models_llm.engines import Usage
from models_llm.judging import ItemVerdict

CHECKS: Final[Mapping[str, Check]] = {
    check.key: check
    for check in (
        PositionCheck(),
        LengthCheck(),
        SelfPreferenceCheck(),
        RepeatCheck(),
        OrderCheck(),
        MasterKeysCheck(),
        InjectionCheck(),
    )
}
"""Every check by its key, in the order in which they are shown."""

N_EXAMPLES: Final = 8
"""Worst trials that a report keeps of each check."""

LONGEST_REPLY: Final = 2000
"""Characters that a report keeps of a reply."""

MOST_UNRATED: Final = 0.5
"""Share of a check's trials without a rating above which it could not be run."""

JudgeTrials = Callable[[Sequence[Trial]], Sequence[ItemVerdict]]
"""Judges items as they are altered; one verdict each, in order, in the levels of the rubric as it is."""


def n_judgings(checks: Iterable[Check], *, n_items: int, subject: Subject) -> int:
    """How many items an audit has judged at most, as they are and altered."""
    return n_items + sum(check.n_judgings(n_items, subject) for check in checks)


def audit(
    items: Sequence[AuditedItem],
    *,
    subject: Subject,
    checks: Sequence[Check],
    judge: JudgeTrials,
    rng: np.random.Generator,
    on_plan: Callable[[int], object],
) -> AuditReport:
    """Run the checks: first the items as they are, then all that is altered, in one go.

    Args:
        rng: draws the resamples of intervals.
        on_plan: told how many judgings it takes in all, as soon as that is known.
    """
    as_they_are = [Trial(at, "", one.item) for at, one in enumerate(items)]
    plain = judge(as_they_are)
    rated = [at for at, verdict in enumerate(plain) if verdict.levels is not None]
    sample = Sample(subject, tuple(items[at] for at in rated), tuple(plain[at] for at in rated))
    obstacles = {check.key: _obstacle(check, sample, plain) for check in checks}
    trials = {check.key: check.trials(sample) for check in checks if obstacles[check.key] is None}
    planned = [trial for mine in trials.values() for trial in mine]
    on_plan(len(items) + len(planned))
    verdicts = judge(planned)
    left = iter(verdicts)
    results = []
    for check in checks:
        obstacle = obstacles[check.key]
        if obstacle is not None:
            results.append(obstacle)
        else:
            mine = trials[check.key]
            results.append(_result(check, sample, mine, [next(left) for _ in mine], rng))
    return AuditReport(
        n_items=len(items),
        n_rated=sum(one.people is not None for one in items),
        unrated=_unrated(plain),
        checks=tuple(results),
        spent=_spent([*plain, *verdicts]),
        is_alone=subject.wants_groups,
    )


def _obstacle(check: Check, sample: Sample, plain: Sequence[ItemVerdict]) -> CheckResult | None:
    """What a check comes to that cannot begin; None for one that can."""
    if not sample.items:
        return CheckResult(check.key, Decision.NOT_RUN, reason=_failure("items as they are", plain))
    reason = check.obstacle(sample)
    return CheckResult(check.key, Decision.NOT_APPLICABLE, reason=reason) if reason else None


def _result(
    check: Check, sample: Sample, trials: Sequence[Trial], verdicts: Sequence[ItemVerdict], rng: np.random.Generator
) -> CheckResult:
    done = [
        Done(trial, sample.items[trial.at], sample.plain[trial.at], verdict)
        for trial, verdict in zip(trials, verdicts, strict=True)
        if verdict.levels is not None
    ]
    bare = CheckResult(
        check.key,
        Decision.NOT_RUN,
        n_trials=len(trials),
        unrated=_unrated(verdicts),
        examples=_examples(check, sample, trials, verdicts, done),
        spent=_spent(verdicts),
    )
    if len(trials) - len(done) > MOST_UNRATED * len(trials):
        return replace(bare, reason=_failure("altered items", verdicts))
    figures = tuple(check.figures(sample, done, rng))
    decision = worst(figure.decision for figure in figures)
    reason = "; ".join(dict.fromkeys(figure.note for figure in figures if figure.note))
    return replace(
        bare, decision=decision, figures=figures, reason=reason if decision is Decision.NOT_APPLICABLE else ""
    )


def _examples(
    check: Check, sample: Sample, trials: Sequence[Trial], verdicts: Sequence[ItemVerdict], done: Sequence[Done]
) -> tuple[Example, ...]:
    """The worst rated trials, and after them trials without a rating."""
    bad = sorted(((check.badness(sample, one), one) for one in done), key=lambda found: -found[0])
    shown = [(one.trial, one.after) for badness, one in bad if badness > 0]
    shown += [(trial, after) for trial, after in zip(trials, verdicts, strict=True) if after.levels is None]
    return tuple(
        Example(
            item_id=sample.items[trial.at].id,
            item=sample.items[trial.at].name,
            trial=trial.name,
            before=sample.plain[trial.at].levels,
            after=after.levels,
            reply=after.calls[-1].completion.text[-LONGEST_REPLY:] if after.calls else "",
            error=after.error,
        )
        for trial, after in shown[:N_EXAMPLES]
    )


def _failure(what: str, verdicts: Sequence[ItemVerdict]) -> str:
    """How many have no rating, of what kind, and what the first of them says."""
    counts = ", ".join(f"{n} {outcome}" for outcome, n in _unrated(verdicts).items())
    first = next((verdict.error for verdict in verdicts if verdict.levels is None), "")
    if not verdicts:
        return _("there are no %(what)s", what=what)
    return _(
        "of %(n)s %(what)s %(counts)s; the first says: %(first)s",
        n=len(verdicts),
        what=what,
        counts=counts,
        first=first,
    )


def _unrated(verdicts: Sequence[ItemVerdict]) -> dict[str, int]:
    """How many verdicts carry no rating, by outcome, the commonest first."""
    return dict(Counter(verdict.outcome.value for verdict in verdicts if verdict.levels is None).most_common())


def _spent(verdicts: Sequence[ItemVerdict]) -> Spent:
    usage = sum((verdict.usage for verdict in verdicts), start=Usage())
    return Spent(
        n_calls=sum(len(verdict.calls) for verdict in verdicts),
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        completion_tokens=usage.completion_tokens,
        engine_s=usage.engine_s,
        gpu_s=usage.gpu_s,
        cost=usage.cost,
    )
