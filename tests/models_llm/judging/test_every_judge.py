"""What holds for every judge. A judge that is missing here fails the first test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise as pairwise_of
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from annotations.choices import Outcome
from annotations.rubrics import CriterionSpec, RubricSpec, load_rubric
from models_llm.choices import Flag, JudgeKind
from models_llm.engines import ReplayEngine, Sampling, Usage
from models_llm.errors import JudgeError
from models_llm.judging import (
    JUDGES,
    ItemVerdict,
    Judge,
    JudgeConfig,
    JudgedItem,
    Member,
    RewardModelSettings,
    build_judge,
    fit_model,
    judge_all,
    judge_settings,
    read_protocol,
    render,
)
from models_llm.prompting import load_template
from models_llm.rewards import CutPoints, ValueModel, ValueScale, folder_digest, tiers_of
from tests.models_llm.engines.tiny_model import skip_without_transformers, tiny_model_folder
from tests.models_llm.judging.examples import rated_items
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
ITEMS = [one.item for one in rated_items(60, RUBRIC, seed=1)]
ODD = [
    JudgedItem({}, ("",)),
    JudgedItem(None, ({"tag": None, "deep": [[{"x": 1.5}]]},)),
    JudgedItem("plain evidence", ("\x00\ud800",)),
    JudgedItem({"a": 1}, ("one", "two", "three")),
    JudgedItem({"a": 1}, ()),
    JudgedItem({"a": 1}, ("one", "two")),
    JudgedItem({"a": 2}, ("three",), "mixed"),
    JudgedItem({"a": 3}, ("four",), "mixed"),
]
GROUPED = [replace(item, context=ITEMS[at // 4].context, group=f"group {at // 4}") for at, item in enumerate(ITEMS)]
PAIRS = [JudgedItem(item.context, (*item.candidates, *other.candidates)) for item, other in pairwise_of(ITEMS)]

FAULTS = {"garbage": 0.05, "truncated": 0.05, "refused": 0.05, "failed": 0.05}


def asking(kind: JudgeKind, **protocol: object) -> JudgeConfig:
    """A judge of a scripted engine that fails now and then."""
    template = load_template(read_protocol(kind, protocol).template)
    settings = judge_settings(engine={"faults": FAULTS}, sampling=Sampling(), template=template, protocol=protocol)
    return JudgeConfig(kind, engine="scripted", settings=settings)


def pointwise() -> JudgeConfig:
    return asking(JudgeKind.POINTWISE)


def per_criterion() -> JudgeConfig:
    return asking(JudgeKind.PER_CRITERION, rationales=True, resample_k=2, resample_above=0.9)


def senior_reviewer() -> JudgeConfig:
    return asking(JudgeKind.SENIOR_REVIEWER)


def pairwise() -> JudgeConfig:
    return asking(JudgeKind.PAIRWISE)


def listwise() -> JudgeConfig:
    return asking(JudgeKind.LISTWISE)


def jury() -> JudgeConfig:
    fitted = baseline()
    configs = (pointwise(), per_criterion(), fitted)
    members = [Member(f"member {number}", config) for number, config in enumerate(configs)]
    settings = {"members": [member.to_json() for member in members], "protocol": {"combine": "mean", "quorum": 1}}
    return JudgeConfig(JudgeKind.JURY, settings=settings, member_artifacts={fitted.artifact_digest: fitted.artifact})


def baseline() -> JudgeConfig:
    return JudgeConfig("baseline", artifact=fit_model(RUBRIC, rated_items(80, RUBRIC)).to_bytes())


def reward_model() -> JudgeConfig:
    """A value head that was never trained, its scales fitted so that it uses its levels."""
    skip_without_transformers()
    folder = Path(tempfile.mkdtemp(prefix="reward-model-"))
    model = ValueModel.start(
        str(tiny_model_folder()), revision="main", n_criteria=3, max_tokens=200, device="cpu", seed=0
    )
    model.save(folder)
    values = model.values([text for item in ITEMS for text in render(item)])
    scales = tuple(
        _scale_across(criterion, column) for criterion, column in zip(RUBRIC.criteria, values.T, strict=True)
    )
    frozen = RewardModelSettings(str(folder), folder_digest(folder), scales)
    return JudgeConfig("reward_model", settings=frozen.as_json())


def _scale_across(criterion: CriterionSpec, values: NDArray[np.float64]) -> ValueScale:
    """Cuts at even shares of the values, so that every level is used."""
    tiers = tiers_of(criterion)
    slope = 2 / float(values.std())
    cuts = slope * np.quantile(values, np.linspace(0, 1, max(tiers) + 2)[1:-1])
    return ValueScale(tiers, (1.0,) * len(tiers), CutPoints(slope, tuple(cuts.tolist())))


@dataclass(frozen=True)
class Case:
    """A judge with a rubric and items that suit it."""

    config: Callable[[], JudgeConfig]
    rubric: RubricSpec = RUBRIC
    items: Sequence[JudgedItem] = tuple(ITEMS)

    def build(self, **how: Any) -> Judge:
        return build_judge(self.config(), self.rubric, **how)


CASES: dict[str, Case] = {
    "pointwise": Case(pointwise),
    "per_criterion": Case(per_criterion),
    "senior_reviewer": Case(senior_reviewer),
    "pairwise": Case(pairwise, load_rubric("preference"), tuple(PAIRS)),
    "listwise": Case(listwise, items=tuple(GROUPED)),
    "jury": Case(jury),
    "baseline": Case(baseline),
    "reward_model": Case(reward_model),
}
every_judge = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def test_every_judge_is_tested_here() -> None:
    assert set(CASES) == set(JUDGES)


@every_judge
def test_verdicts_come_one_for_each_item_in_order(case: Case) -> None:
    judge = case.build()
    together = judge_all(judge, case.items)
    for at, verdict in enumerate(together):
        alone = judged_alone(judge, case.items, at)
        # A model's numbers move in their last digits with the batch they are computed in.
        assert _flat(verdict) == pytest.approx(_flat(alone), abs=1e-3)
        assert replace(_unmetered(verdict), levels=None, distributions=None, scores=None) == replace(
            _unmetered(alone), levels=None, distributions=None, scores=None
        )
    assert len({one.levels for one in together}) > 1


def judged_alone(judge: Judge, items: Sequence[JudgedItem], at: int) -> ItemVerdict:
    """The verdict on one item; with all of its group, none of it asked, where the judge wants that."""
    group = [items[at]]
    if judge.wants_groups:
        others = (item for other, item in enumerate(items) if other != at and item.group == items[at].group)
        group += [replace(item, is_asked=False) for item in others]
    (verdict,) = judge_all(judge, group)
    return verdict


def _flat(verdict: ItemVerdict) -> list[float]:
    return [share for shares in verdict.distributions or () for share in shares]


def _unmetered(verdict: ItemVerdict) -> ItemVerdict:
    """Without what its calls used: those of a group share that among the items that were asked."""
    calls = (replace(call, completion=replace(call.completion, usage=Usage())) for call in verdict.calls)
    return replace(verdict, calls=tuple(calls))


@every_judge
def test_no_item_gives_no_verdict(case: Case) -> None:
    assert judge_all(case.build(), []) == []


@every_judge
def test_the_same_version_gives_the_same_verdicts(case: Case) -> None:
    first, second = (judge_all(case.build(seed=5), case.items) for _ in range(2))
    assert first == second


@every_judge
def test_only_a_rated_verdict_has_levels_and_any_other_says_why(case: Case) -> None:
    for verdict in judge_all(case.build(), [*case.items, *ODD]):
        assert (verdict.outcome is Outcome.RATED) == (verdict.levels is not None) == (verdict.error == "")
        if verdict.levels is not None:
            case.rubric.check_levels(verdict.levels)
            assert None not in verdict.levels


@every_judge
def test_a_distribution_is_over_the_levels_of_each_criterion_and_peaks_at_the_level(case: Case) -> None:
    for verdict in judge_all(case.build(), case.items):
        if verdict.distributions is None or verdict.levels is None:
            continue
        for criterion, shares, level in zip(case.rubric.criteria, verdict.distributions, verdict.levels, strict=True):
            assert len(shares) == len(criterion.levels)
            assert sum(shares) == pytest.approx(1)
            # What two orders disagree on is a tie, whatever their mean.
            assert max(shares) == shares[level] or Flag.ORDERS_DISAGREE in verdict.flags


@every_judge
def test_a_verdict_replayed_from_its_replies_is_the_same(case: Case) -> None:
    verdicts = judge_all(case.build(), case.items)
    replay = ReplayEngine((call.prompt_digest, call.completion) for verdict in verdicts for call in verdict.calls)
    again = judge_all(case.build(engines=replay.source), case.items)
    assert [_unmetered(verdict) for verdict in again] == [_unmetered(verdict) for verdict in verdicts]
    digests = {call.prompt_digest for verdict in verdicts for call in verdict.calls}
    assert {prompt.digest for prompt in replay.asked} == digests


@every_judge
def test_calls_of_a_verdict_have_names_of_their_own(case: Case) -> None:
    for verdict in judge_all(case.build(), case.items):
        names = [call.name for call in verdict.calls]
        assert len(set(names)) == len(names)


def test_an_unknown_judge_is_refused_by_name() -> None:
    with pytest.raises(JudgeError, match="there is no judge “oracle”; there are baseline, jury, listwise"):
        build_judge(JudgeConfig("oracle"), RUBRIC)


def test_settings_that_a_judge_does_not_have_are_refused() -> None:
    with pytest.raises(JudgeError, match="settings engine, sampling and prompt"):
        build_judge(JudgeConfig("pointwise", engine="scripted", settings={"engine": {}}), RUBRIC)
