"""What a card says. `annotations.agreement.as_plain(card)` is its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotations.agreement import Estimate, JudgeReport, PeopleReport, RankingReport
from annotations.choices import RaterKind
from annotations.rubrics import CriterionSpec


@dataclass(frozen=True)
class Identity:
    """What the version is.

    Attributes:
        digest: equal for versions that judge alike.
        settings: sampling, engine settings and the like, by name.
        recorded: for a judge that came with an import: the file that brought it first.
        n_seen: items whose ratings by people it was fitted on or shown as examples.
    """

    judge: str
    version: int
    kind: str
    rater: str
    engine: str
    model: str
    revision: str
    rubric: str
    rubric_version: int
    rubric_digest: str
    prompt_digest: str
    artifact_digest: str
    digest: str
    settings: Mapping[str, Any]
    recorded: Mapping[str, Any] | None
    n_seen: int
    created_at: str


@dataclass(frozen=True)
class CriterionAgreement:
    """One criterion.

    Attributes:
        people: people with people: the ceiling.
        judge: the judge with people; None where it has judged nothing that counts.
        accuracy_read: share of the people's majority levels that it gave, over the replies that were read.
        accuracy_unread_wrong: the same with each reply that was not read counted as a miss.
        unread_wrong: figures of a classifier with such replies as misses.
        ranking: of a criterion that ranks, agreement on pairs of candidates; the other figures then take each place
            for a level.
    """

    criterion: CriterionSpec
    people: PeopleReport
    judge: JudgeReport | None
    accuracy_read: Estimate | None
    accuracy_unread_wrong: Estimate | None
    unread_wrong: Mapping[str, Estimate]
    ranking: RankingReport | None


@dataclass(frozen=True)
class Agreement:
    """The judge with people.

    Attributes:
        reference: people one by one, or a published aggregate of them; then there is no ceiling.
        n_assisted: annotations left out because the person saw another's judgement first.
        n_seen: verdicts left out because the judge was fitted on the item or has it among its examples.
    """

    reference: RaterKind
    n_assisted: int
    n_seen: int
    criteria: tuple[CriterionAgreement, ...]


@dataclass(frozen=True)
class CalibrationSummary:
    """The newest calibration; `document` is what was stored of it, the digest is of what it was fitted on."""

    id: int
    finished_at: str
    examples_digest: str
    document: Mapping[str, Any]


@dataclass(frozen=True)
class BiasSummary:
    """The newest audit; `report` is what was stored of it."""

    id: int
    finished_at: str
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Mass:
    """Probability that the engine gave to the labels of a criterion, all other words having the rest.

    Attributes:
        n_low: verdicts below 0.9, where the prompt leaves the model looking for other words.
    """

    criterion: str
    n: int
    mean: float
    lowest: float
    n_low: int


@dataclass(frozen=True)
class Spending:
    """What the version's runs used, in sum and for 1,000 verdicts; None where no engine said it.

    Attributes:
        n_verdicts: that stand.
        n_copied: of these, taken over from equal items at no cost.
        per_1000: the sums for 1,000 verdicts.
    """

    n_runs: int
    n_verdicts: int
    n_copied: int
    total: Mapping[str, float | None]
    per_1000: Mapping[str, float | None]


@dataclass(frozen=True)
class JuryErrors:
    """How alike the errors of a jury's members are on one criterion.

    Attributes:
        correlation: Pearson's, a row a member; nan where two share too few items or one errs alike on all.
        n_items: items that both rated and people decided.
        mean, low, high: of the pairs, with the ends of its interval.
        n_effective: how many independent members would be worth as much.
    """

    criterion: str
    members: tuple[str, ...]
    correlation: tuple[tuple[float, ...], ...]
    n_items: tuple[tuple[int, ...], ...]
    mean: float
    low: float
    high: float
    n_effective: float

    @property
    def n_shared(self) -> int:
        """Items that the two members who share the most have in common."""
        return max(n for row, found in enumerate(self.n_items) for n in found[row + 1 :] or (0,))


@dataclass(frozen=True)
class JudgeCard:
    """All that is known of one judge version.

    Attributes:
        item_slice: the items that agreement and outcomes are of; None for all.
        outcomes: its judgements by outcome, every outcome there is.
        jury: empty for a judge that is none.
    """

    project: str
    item_slice: Mapping[str, str] | None
    identity: Identity
    outcomes: Mapping[str, int]
    agreement: Agreement
    calibration: CalibrationSummary | None
    bias: BiasSummary | None
    jury: tuple[JuryErrors, ...]
    masses: tuple[Mass, ...]
    spending: Spending | None
