"""One verdict with all that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.choices import RaterKind
from annotations.models import Judgement, Project
from annotations.rubrics import CriterionSpec, LevelSpec
from models_llm.engines import Message, ReplayEngine
from models_llm.errors import ModelsLLMError
from models_llm.judging import Call, JudgedItem, build_judge, judge_all, read_call
from models_llm.models import Verdict
from models_llm.selectors.judges import config_of


@dataclass(frozen=True)
class LevelShare:
    """One level with the probability the judge gave it; None where it gave none."""

    level: LevelSpec
    share: float | None
    is_given: bool


@dataclass(frozen=True)
class VerdictCriterion:
    """What the verdict says on one criterion; `given` is None where it is not rated."""

    criterion: CriterionSpec
    given: LevelSpec | None
    levels: tuple[LevelShare, ...]
    rationale: str


@dataclass(frozen=True)
class ShownCall:
    """One call of a verdict with the exact prompt; no messages where it cannot be built again."""

    call: Call
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class VerdictDetail:
    """A verdict as its page shows it.

    Attributes:
        verdict: what made the judgement; None for one that was imported, of which no more is known.
        calls: what was asked and answered; empty for a judge without a language model.
        successor: the judgement that superseded this one.
    """

    verdict: Verdict | None
    judgement: Judgement
    criteria: tuple[VerdictCriterion, ...]
    calls: tuple[ShownCall, ...]
    successor: Judgement | None


def verdict_detail(project: Project, judgement_id: int) -> VerdictDetail | None:
    """The judgement of a judge of the project, with what made it; None if there is none."""
    judgement = (
        Judgement.objects.filter(pk=judgement_id, item__project=project, rater__kind=RaterKind.JUDGE)
        .select_related("item", "rater", "rubric", "batch", "verdict__run__judge_version__judge")
        .select_related("verdict__run__judge_version__rubric")
        .first()
    )
    if judgement is None:
        return None
    verdict: Verdict | None = getattr(judgement, "verdict", None)
    return VerdictDetail(
        verdict=verdict,
        judgement=judgement,
        criteria=_criteria(judgement),
        calls=() if verdict is None else _calls(judgement, verdict),
        successor=Judgement.objects.filter(supersedes=judgement).first() if judgement.superseded_at else None,
    )


def _calls(judgement: Judgement, verdict: Verdict) -> tuple[ShownCall, ...]:
    """Every call with the prompt that it answered, found by judging again with the replies that were given."""
    calls = [read_call(record) for record in verdict.calls]
    replay = ReplayEngine((call.prompt_digest, call.completion) for call in calls)
    version = verdict.run.judge_version
    try:
        judge = build_judge(config_of(version), version.rubric.spec(), seed=verdict.run.seed, engines=replay.source)
    except ModelsLLMError:
        prompts = {}
    else:
        item = judgement.item
        judge_all(judge, [JudgedItem(item.context, tuple(item.candidates), item.group or "")])
        prompts = {prompt.digest: prompt for prompt in replay.asked}
    return tuple(
        ShownCall(call, prompts[call.prompt_digest].messages if call.prompt_digest in prompts else ()) for call in calls
    )


def _criteria(judgement: Judgement) -> tuple[VerdictCriterion, ...]:
    shares: Sequence[float] | None = judgement.distributions
    rows, start = [], 0
    for number, criterion in enumerate(judgement.rubric.spec().criteria):
        given = judgement.levels[number]
        end = start + len(criterion.levels)
        rows.append(
            VerdictCriterion(
                criterion=criterion,
                given=None if given is None else criterion.levels[given],
                levels=tuple(
                    LevelShare(level, None if shares is None else shares[start + position], position == given)
                    for position, level in enumerate(criterion.levels)
                ),
                rationale=judgement.rationales[number] if judgement.rationales else "",
            )
        )
        start = end
    return tuple(rows)
