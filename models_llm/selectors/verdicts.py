"""One verdict with all that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, NamedTuple

from annotations.choices import RaterKind
from annotations.models import Judgement, Project
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec
from models_llm.choices import Flag
from models_llm.engines import Message, ReplayEngine
from models_llm.errors import ModelsLLMError
from models_llm.judging import USUAL_MASS, Call, JudgeConfig, JudgedItem, build_judge, judge_all, read_call
from models_llm.models import Calibration, JudgeVersion, Verdict
from models_llm.selectors.calibrated import CalibratedProbability, CalibratedVerdict, calibrated_verdict
from models_llm.selectors.judged_items import judged_items
from models_llm.selectors.judges import described_config


class Share(NamedTuple):
    """A level or a label with its probability. `is_given`: it is the one that was chosen."""

    name: str
    share: float
    is_given: bool


@dataclass(frozen=True)
class VerdictCriterion:
    """What the verdict says on one criterion; `given` is None where it is not rated.

    `shares` is empty, `score` and `mass` are None where the judge gives none; `probability` is None without a
    calibration.
    """

    criterion: CriterionSpec
    given: LevelSpec | None
    shares: tuple[Share, ...]
    rationale: str
    score: float | None
    mass: float | None
    probability: CalibratedProbability | None = None

    @property
    def has_low_mass(self) -> bool:
        return self.mass is not None and self.mass < USUAL_MASS


@dataclass(frozen=True)
class ShownCall:
    """One call of a verdict with the exact prompt; no messages where it cannot be built again.

    Attributes:
        weights: the labels that were weighed, each with the probability that the model put on it.
    """

    call: Call
    messages: tuple[Message, ...]
    weights: tuple[Share, ...]

    @property
    def mass(self) -> float | None:
        weights = self.call.completion.weights
        return None if weights is None else sum(weights)

    @property
    def has_low_mass(self) -> bool:
        return self.mass is not None and self.mass < USUAL_MASS


FLAG_WORDS: Final[Mapping[Flag, str]] = {
    Flag.LOW_MASS: "On some criterion the model held less than 0.9 for all labels together.",
    Flag.RESAMPLED: "The first answer was uncertain on some criterion, and further ones were drawn.",
    Flag.NO_RATIONALE: "Reasons were asked for after the level, and some could not be read.",
    Flag.ORDERS_DISAGREE: "Another candidate was preferred on some criterion when the two changed places.",
    Flag.MEMBER_LEFT_OUT: "A member of the jury gave no rating.",
}


@dataclass(frozen=True)
class VerdictDetail:
    """A verdict as its page shows it.

    Attributes:
        verdict: what made the judgement; None for one that was imported, of which no more is known.
        calls: what was asked and answered; empty for a judge without a language model.
        calibration: the one that the criteria's probabilities are calibrated by; None where there is none.
        successor: the judgement that superseded this one.
    """

    verdict: Verdict | None
    judgement: Judgement
    criteria: tuple[VerdictCriterion, ...]
    calibration: Calibration | None
    calls: tuple[ShownCall, ...]
    successor: Judgement | None

    @property
    def flags(self) -> list[str]:
        """What a reader should know of how it came about, in sentences."""
        return [] if self.verdict is None else [FLAG_WORDS[Flag(flag)] for flag in self.verdict.flags]

    @property
    def fitted_members(self) -> list[dict[str, Any]]:
        """Of a jury: those that rated the item without a call, since they ask nobody."""
        members = [] if self.verdict is None else self.verdict.run.judge_version.config.get("members", [])
        return [member for member in members if not member["engine"]]

    @property
    def has_one_call(self) -> bool:
        return len(self.calls) == 1

    @property
    def is_cross_fitted(self) -> bool:
        """Whether some probability is calibrated by a map that did not see the item's group."""
        return any(row.probability is not None and row.probability.is_cross_fitted for row in self.criteria)

    @property
    def has_rationales(self) -> bool:
        return any(row.rationale for row in self.criteria)


def verdict_detail(project: Project, judgement_id: int) -> VerdictDetail | None:
    """The judgement of a judge of the project, with what made it; None if there is none."""
    judgement = (
        Judgement.objects.filter(pk=judgement_id, item__project=project, rater__kind=RaterKind.JUDGE)
        .select_related("item", "rater__judge_version", "rubric", "batch", "verdict__run__judge_version__judge")
        .select_related("verdict__run__judge_version__rubric")
        .defer("rater__judge_version__artifact", "verdict__run__judge_version__artifact")
        .first()
    )
    if judgement is None:
        return None
    verdict: Verdict | None = getattr(judgement, "verdict", None)
    version: JudgeVersion | None = getattr(judgement.rater, "judge_version", None)
    calibrated = None if version is None else calibrated_verdict(judgement, version)
    return VerdictDetail(
        verdict=verdict,
        judgement=judgement,
        criteria=_criteria(judgement, None if verdict is None else verdict.masses, calibrated),
        calibration=None if calibrated is None else calibrated.calibration,
        calls=() if verdict is None else _calls(judgement, verdict),
        successor=Judgement.objects.filter(supersedes=judgement).first() if judgement.superseded_at else None,
    )


def _calls(judgement: Judgement, verdict: Verdict) -> tuple[ShownCall, ...]:
    version = verdict.run.judge_version
    return replayed(
        described_config(version),
        version.rubric.spec(),
        [read_call(record) for record in verdict.calls],
        items=partial(judged_items, [judgement.item_id]),
        seed=verdict.run.seed,
    )


def replayed(
    config: JudgeConfig,
    rubric: RubricSpec,
    calls: Sequence[Call],
    *,
    items: Callable[..., list[JudgedItem]],
    seed: int | None = None,
) -> tuple[ShownCall, ...]:
    """Every call with the prompt that it answered, found by judging again with the replies that were given.

    Only those judges of a jury judge again that ask an engine: no fitted one is loaded.

    Args:
        items: gives what was judged; takes `with_groups`.
    """
    replay = ReplayEngine((call.prompt_digest, call.completion) for call in calls)
    try:
        for part in config.parts:
            if part.engine:
                judge = build_judge(part, rubric, seed=seed, engines=replay.source)
                judge_all(judge, items(with_groups=judge.wants_groups))
    except ModelsLLMError:
        pass  # the calls stand without their prompts
    prompts = {prompt.digest: prompt for prompt in replay.asked}
    return tuple(
        ShownCall(
            call,
            prompts[call.prompt_digest].messages if call.prompt_digest in prompts else (),
            _weights(call, replay.labels.get(call.prompt_digest, ())),
        )
        for call in calls
    )


def _weights(call: Call, labels: tuple[str, ...]) -> tuple[Share, ...]:
    weights = call.completion.weights
    if weights is None or len(weights) != len(labels):
        return ()
    return tuple(Share(label, weight, weight == max(weights)) for label, weight in zip(labels, weights, strict=True))


def _criteria(
    judgement: Judgement, masses: Sequence[float | None] | None, calibrated: CalibratedVerdict | None
) -> tuple[VerdictCriterion, ...]:
    spec, shares = judgement.rubric.spec(), judgement.distributions
    rows = criterion_rows(
        spec,
        levels=judgement.levels,
        distributions=None if shares is None else [shares[where] for where in spec.level_slices],
        scores=judgement.scores,
        masses=masses,
        rationales=judgement.rationales,
    )
    if calibrated is None:
        return rows
    return tuple(
        replace(row, probability=probability) for row, probability in zip(rows, calibrated.criteria, strict=True)
    )


def criterion_rows(
    spec: RubricSpec,
    *,
    levels: Sequence[int | None] | None,
    distributions: Sequence[Sequence[float]] | None,
    scores: Sequence[float | None] | None,
    masses: Sequence[float | None] | None,
    rationales: Sequence[str] | None,
) -> tuple[VerdictCriterion, ...]:
    """A verdict criterion by criterion; whatever is None or empty was not given."""
    rows = []
    for number, criterion in enumerate(spec.criteria):
        given = levels[number] if levels else None
        shares = distributions[number] if distributions else ()
        rows.append(
            VerdictCriterion(
                criterion=criterion,
                given=None if given is None else criterion.levels[given],
                shares=tuple(
                    Share(level.label, share, position == given)
                    for position, (level, share) in enumerate(zip(criterion.levels, shares, strict=False))
                ),
                rationale=rationales[number] if rationales else "",
                score=scores[number] if scores else None,
                mass=masses[number] if masses else None,
            )
        )
    return tuple(rows)
