"""What an audit says: the shape that is stored, shown and sent.

`as_plain(report)` is the JSON of an audit's row, `read_report` the way back. Numbers that are undefined are None.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from models_llm.bias.requirement import Requirement
from models_llm.choices import Decision

_WORST_FIRST: Final = (Decision.FAILED, Decision.NOT_RUN, Decision.UNDECIDED, Decision.PASSED)


@dataclass(frozen=True)
class Figure:
    """One number of a check.

    Attributes:
        name: what it is, in words.
        criterion: key of the rubric's criterion that it is of; empty: of the whole verdict.
        value, low, high: the number and the ends of its 95 % interval; None where undefined.
        n: items, pairs or trials that it stands on.
        method: where the interval comes from: `wilson`, `exact` or `bootstrap`.
        requirement: when it passes; None: it is shown and decides nothing.
        decision: None where it decides nothing.
        p_value: of the exact test of what the requirement holds; None where there is no test.
        note: why it is undefined, or left out.
    """

    name: str
    criterion: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    method: str = ""
    requirement: Requirement | None = None
    decision: Decision | None = None
    p_value: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Example:
    """One of the worst trials of a check.

    Attributes:
        item_id, item: the item that was altered, and its external id.
        trial: what was done to it: an attack's id, a master key, a name of the variant.
        before, after: the verdict's level positions on the item as it is and as altered; None where unrated.
        reply: what the engine said last to the altered item.
        error: why there is no rating after; empty where there is one.
    """

    item_id: int
    item: str
    trial: str
    before: tuple[int, ...] | None
    after: tuple[int, ...] | None
    reply: str = ""
    error: str = ""


@dataclass(frozen=True)
class Spent:
    """What judging used. Tokens and cost are None where no engine said them."""

    n_calls: int = 0
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    engine_s: float = 0.0
    gpu_s: float = 0.0
    cost: float | None = None


@dataclass(frozen=True)
class CheckResult:
    """One check.

    Attributes:
        check: its key in `CHECKS`.
        decision: the worst of its figures', or why there are none.
        reason: for a check that is not applicable or could not be run.
        figures: all of them; `headline` is the one that decided.
        n_trials: altered items that were judged for it.
        unrated: how many of these have no rating, by outcome; they are in no figure.
        examples: the worst trials, worst first.
        spent: on these trials.
    """

    check: str
    decision: Decision
    reason: str = ""
    figures: tuple[Figure, ...] = ()
    n_trials: int = 0
    unrated: Mapping[str, int] | None = None
    examples: tuple[Example, ...] = ()
    spent: Spent = Spent()

    @property
    def headline(self) -> Figure | None:
        """The figure that decided."""
        return next((figure for figure in self.figures if figure.decision is self.decision), None)


@dataclass(frozen=True)
class AuditReport:
    """A whole audit of one judge version.

    Attributes:
        n_items: items that were drawn.
        n_rated: of these, items that people rated.
        is_alone: whether a judge that ranks the items of a group was shown each by itself.
        unrated: items with no rating as they are, by outcome; no check can use them.
        checks: in the order of the suite.
        spent: on everything, the items as they are included.
    """

    n_items: int
    n_rated: int
    unrated: Mapping[str, int]
    checks: tuple[CheckResult, ...]
    spent: Spent
    is_alone: bool = False

    @property
    def decision(self) -> Decision:
        """The worst of the checks'; NOT_APPLICABLE where none applies."""
        return worst(check.decision for check in self.checks)

    def count(self, decision: Decision) -> int:
        return sum(check.decision is decision for check in self.checks)


def worst(decisions: Iterable[Decision | None]) -> Decision:
    """The worst of some decisions, left out what decided nothing; NOT_APPLICABLE where all of it did."""
    there = set(decisions)
    return next((decision for decision in _WORST_FIRST if decision in there), Decision.NOT_APPLICABLE)


def as_plain(report: AuditReport) -> dict[str, Any]:
    """The report as JSON values."""
    return {"decision": report.decision.value, **asdict(report)}


def read_report(plain: Mapping[str, Any]) -> AuditReport:
    """The report that `as_plain` was given."""
    return AuditReport(
        n_items=plain["n_items"],
        n_rated=plain["n_rated"],
        unrated=plain["unrated"],
        checks=tuple(_read_check(check) for check in plain["checks"]),
        spent=Spent(**plain["spent"]),
        is_alone=plain.get("is_alone", False),
    )


def _read_check(plain: Mapping[str, Any]) -> CheckResult:
    return CheckResult(
        **{
            **plain,
            "decision": Decision(plain["decision"]),
            "figures": tuple(_read_figure(figure) for figure in plain["figures"]),
            "examples": tuple(_read_example(example) for example in plain["examples"]),
            "spent": Spent(**plain["spent"]),
        }
    )


def _read_figure(plain: Mapping[str, Any]) -> Figure:
    requirement, decision = plain["requirement"], plain["decision"]
    return Figure(
        **{
            **plain,
            "requirement": None if requirement is None else Requirement(**requirement),
            "decision": None if decision is None else Decision(decision),
        }
    )


def _read_example(plain: Mapping[str, Any]) -> Example:
    before, after = (None if plain[name] is None else tuple(plain[name]) for name in ("before", "after"))
    return Example(**{**plain, "before": before, "after": after})
