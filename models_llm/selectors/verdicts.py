"""One verdict with all that it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from annotations.choices import RaterKind
from annotations.models import Judgement, Project
from annotations.rubrics import CriterionSpec, LevelSpec
from models_llm.engines import Message
from models_llm.errors import ModelsLLMError
from models_llm.judging import JudgedItem
from models_llm.models import Verdict
from models_llm.selectors.judges import build_version


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
class VerdictDetail:
    """A verdict as its page shows it.

    Attributes:
        verdict: what made the judgement; None for one that was imported, of which no more is known.
        messages: the prompt, built again from the frozen version and the item; empty for a judge without one.
        prompt_fault: why the prompt shown is not surely the one that was sent; empty where its digest is the same.
        successor: the judgement that superseded this one.
    """

    verdict: Verdict | None
    judgement: Judgement
    criteria: tuple[VerdictCriterion, ...]
    messages: tuple[Message, ...]
    prompt_fault: str
    successor: Judgement | None


def verdict_detail(project: Project, judgement_id: int) -> VerdictDetail | None:
    """The judgement of a judge of the project, with what made it; None if there is none."""
    judgement = (
        Judgement.objects.filter(pk=judgement_id, item__project=project, rater__kind=RaterKind.JUDGE)
        .select_related("item", "rater", "rubric", "batch", "verdict__run__judge_version")
        .first()
    )
    if judgement is None:
        return None
    verdict: Verdict | None = getattr(judgement, "verdict", None)
    messages, fault = ((), "") if verdict is None else _prompt(judgement, verdict)
    return VerdictDetail(
        verdict=verdict,
        judgement=judgement,
        criteria=_criteria(judgement),
        messages=messages,
        prompt_fault=fault,
        successor=Judgement.objects.filter(supersedes=judgement).first() if judgement.superseded_at else None,
    )


def _prompt(judgement: Judgement, verdict: Verdict) -> tuple[tuple[Message, ...], str]:
    if not verdict.prompt_digest:
        return (), ""
    try:
        judge = build_version(verdict.run.judge_version_id, seed=verdict.run.seed)
    except ModelsLLMError as err:
        return (), f"The judge cannot be built here: {err}"
    prompt = judge.prompt(JudgedItem(judgement.item.context, tuple(judgement.item.candidates)))
    judge.close()
    if prompt is None:
        return (), "The judge builds no prompt."
    same = prompt.digest == verdict.prompt_digest
    return prompt.messages, "" if same else "Built again, it has another digest than the prompt that was sent."


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
