"""A draft's verdict beside that of the version it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import QuerySet

from annotations.models import Project
from models_llm.engines import Usage
from models_llm.judging import ItemVerdict, JudgeConfig, JudgedItem, read_verdict
from models_llm.models import DraftTrial
from models_llm.selectors.differences import Line, line_difference
from models_llm.selectors.judged_items import judged_items
from models_llm.selectors.judges import described_config, member_artifacts
from models_llm.selectors.verdicts import FLAG_WORDS, ShownCall, VerdictCriterion, criterion_rows, replayed


@dataclass(frozen=True)
class Side:
    """What one of the two judges said, and what it took."""

    verdict: ItemVerdict
    criteria: tuple[VerdictCriterion, ...]
    calls: tuple[ShownCall, ...]

    @property
    def usage(self) -> Usage:
        return self.verdict.usage

    @property
    def flags(self) -> list[str]:
        return [FLAG_WORDS[flag] for flag in self.verdict.flags]


@dataclass(frozen=True)
class CriterionPair:
    """One criterion under both; they differ where one rated otherwise, or did not rate."""

    name: str
    draft: VerdictCriterion
    saved: VerdictCriterion

    @property
    def differs(self) -> bool:
        return self.draft.given != self.saved.given


@dataclass(frozen=True)
class PromptChange:
    """What one call was asked otherwise, or several alike; `names` are the calls'."""

    names: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Comparison:
    """Both sides of a trial that is ready.

    Attributes:
        prompts: what differs in the prompts, each with the names of its calls; a call that only one side made is not
            among them.
        is_changed: whether the draft would freeze anything else than the version has.
    """

    draft: Side
    saved: Side
    criteria: tuple[CriterionPair, ...]
    prompts: tuple[PromptChange, ...]
    is_changed: bool

    @property
    def n_differing(self) -> int:
        return sum(pair.differs for pair in self.criteria)


def trials_of(project: Project) -> QuerySet[DraftTrial]:
    trials = DraftTrial.objects.filter(project=project).select_related(
        "project", "item", "judge_version__judge", "judge_version__rater", "judge_version__rubric"
    )
    return trials.defer("judge_version__artifact")


def draft_config(trial: DraftTrial) -> JudgeConfig:
    """What the draft would freeze."""
    document: dict[str, Any] = trial.document
    return JudgeConfig(
        kind=document["kind"],
        engine=document.get("engine", ""),
        model=document.get("model", ""),
        settings=trial.settings,
        member_artifacts=member_artifacts(trial.settings),
    )


def trial_items(trial: DraftTrial, *, with_groups: bool) -> list[JudgedItem]:
    """The item that is judged, first; what was typed in is of no group."""
    if trial.item_id is not None:
        return judged_items([trial.item_id], with_groups=with_groups)
    content: dict[str, Any] = trial.content or {}
    return [JudgedItem(content["context"], tuple(content["candidates"]))]


def compare(trial: DraftTrial) -> Comparison:
    """The two verdicts of a trial that is ready."""
    version = trial.judge_version
    saved_config, config = described_config(version), draft_config(trial)
    draft = _side(trial, config, "draft")
    saved = _side(trial, saved_config, "saved")
    return Comparison(
        draft=draft,
        saved=saved,
        criteria=tuple(
            CriterionPair(one.criterion.name, one, other)
            for one, other in zip(draft.criteria, saved.criteria, strict=True)
        ),
        prompts=_prompt_changes(draft.calls, saved.calls),
        is_changed=(config.engine, config.model, config.settings, trial.document.get("revision", ""))
        != (saved_config.engine, saved_config.model, saved_config.settings, version.revision),
    )


def _side(trial: DraftTrial, config: JudgeConfig, name: str) -> Side:
    spec = trial.judge_version.rubric.spec()
    results: dict[str, Any] = trial.result or {}
    verdict = read_verdict(results[name])
    return Side(
        verdict,
        criterion_rows(
            spec,
            levels=verdict.levels,
            distributions=verdict.distributions,
            scores=verdict.scores,
            masses=verdict.masses,
            rationales=verdict.rationales,
        ),
        replayed(config, spec, verdict.calls, items=partial(trial_items, trial)),
    )


def _prompt_changes(draft: Sequence[ShownCall], saved: Sequence[ShownCall]) -> tuple[PromptChange, ...]:
    before = {shown.call.name: shown for shown in reversed(saved)}
    pairs = [(shown, before[shown.call.name]) for shown in draft if shown.call.name in before]
    alike: dict[tuple[Line, ...], PromptChange] = {}
    for one, other in pairs:
        lines = line_difference(_text(other), _text(one))
        shown = tuple(line for line in lines if line.kind != "gap")
        if shown:
            first = alike.get(shown, PromptChange((), lines))
            alike[shown] = PromptChange((*first.names, one.call.name), first.lines)
    return tuple(alike.values())


def _text(shown: ShownCall) -> str:
    return "\n".join(f"[{message.role}]\n{message.text}" for message in shown.messages)
