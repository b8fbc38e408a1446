from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from annotations.choices import Outcome, Scale
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec, load_rubric
from models_llm.engines import Completion, FinishReason, Sampling
from models_llm.errors import JudgeError
from models_llm.judging import JudgedItem, SeniorReviewerJudge, judge_all, read_protocol
from models_llm.prompting import load_template
from tests.models_llm.judging.told import ToldEngine, weights

ITEM = JudgedItem({"interests": ["hiking"]}, ({"tag": "boots"},))
BAD, GOOD, EXCELLENT = weights(0.0, 0.0, 1.0), weights(0.0, 1.0, 0.0), weights(1.0, 0.0, 0.0)


def dimension(key: str) -> CriterionSpec:
    """Levels from the best to the worst, as the platform's rubrics have them."""
    levels = (
        LevelSpec("excellent", "Excellent", 2, True),
        LevelSpec("good", "Good", 1, True),
        LevelSpec("bad", "Bad", 0, False),
    )
    return CriterionSpec(key, key.title(), Scale.ORDINAL, levels)


OVERALL = CriterionSpec(
    "tier",
    "Tier",
    Scale.ORDINAL,
    (LevelSpec("b", "Bad", 0, False), LevelSpec("a", "Average", 1, True), LevelSpec("s", "Superior", 2, True)),
)
FREE = CriterionSpec("free", "Free", Scale.NOMINAL, (LevelSpec("x", "X"), LevelSpec("y", "Y")))
RUBRIC = RubricSpec("tiers", (*map(dimension, ("d1", "d2", "d3", "d4")), OVERALL))


def judge(replies: dict[str, Completion], rubric: RubricSpec = RUBRIC, **settings: Any) -> SeniorReviewerJudge:
    return SeniorReviewerJudge(
        rubric,
        engine=ToldEngine(replies),
        sampling=Sampling(),
        template=load_template("per_criterion"),
        settings=read_protocol("senior_reviewer", settings),
    )


def told(*levels: Completion) -> dict[str, Completion]:
    return {f"(key: d{number})": one for number, one in enumerate(levels, start=1)}


@pytest.mark.parametrize(
    ("levels", "share", "tier", "reason"),
    [
        ((EXCELLENT, EXCELLENT, EXCELLENT, BAD), 0.75, 0, "Defect: D4."),
        ((BAD, GOOD, EXCELLENT, BAD), 0.0, 0, "Defect: D1, D4."),
        # three of four are 0.75, which is enough; two are not
        ((EXCELLENT, EXCELLENT, EXCELLENT, GOOD), 0.75, 2, "No defect, 3 of 4 at their best level."),
        ((EXCELLENT, EXCELLENT, GOOD, GOOD), 0.75, 1, "No defect, 2 of 4 at their best level."),
        ((EXCELLENT, EXCELLENT, GOOD, GOOD), 0.5, 2, "No defect, 2 of 4 at their best level."),
        ((GOOD, GOOD, GOOD, GOOD), 0.75, 1, "No defect, 0 of 4 at their best level."),
    ],
)
def test_a_defect_is_bad_and_the_share_of_best_levels_decides_the_rest(
    levels: tuple[Completion, ...], share: float, tier: int, reason: str
) -> None:
    (verdict,) = judge_all(judge(told(*levels), superior_share=share), [ITEM])
    assert verdict.levels is not None
    assert (verdict.outcome, verdict.levels[-1], verdict.rationales[-1]) == (Outcome.RATED, tier, reason)
    assert verdict.masses == (1.0, 1.0, 1.0, 1.0, None)
    assert verdict.scores is not None
    assert verdict.scores[-1] == tier
    assert [call.name for call in verdict.calls] == ["d1", "d2", "d3", "d4"]


def test_the_tier_may_be_any_criterion_by_name() -> None:
    rubric = RubricSpec("first", (OVERALL, dimension("d1"), dimension("d2")))
    (verdict,) = judge_all(judge(told(EXCELLENT, GOOD), rubric, overall="tier", superior_share=0.5), [ITEM])
    assert verdict.levels == (2, 0, 1)


def test_without_a_rating_of_a_dimension_there_is_no_tier() -> None:
    failed = Completion("", FinishReason.FAILED, error="HTTP 500")
    (verdict,) = judge_all(judge(told(BAD, failed, GOOD, GOOD)), [ITEM])
    assert (verdict.outcome, verdict.levels, verdict.error) == (Outcome.FAILED, None, "HTTP 500")


@pytest.mark.parametrize(
    ("rubric", "protocol", "message"),
    [
        (RUBRIC, {"overall": "total"}, "setting overall: rubric “tiers” has no criterion “total”"),
        (RubricSpec("r", (dimension("d1"), replace(OVERALL, levels=OVERALL.levels[:2]))), {}, "ordinal with 2: name"),
        (RubricSpec("r", (dimension("d1"), replace(OVERALL, scale=Scale.NOMINAL))), {}, "“tier” is nominal"),
        (RubricSpec("r", (OVERALL,)), {}, "there are none"),
        (RubricSpec("r", (FREE, OVERALL)), {}, "free cannot fail"),
    ],
)
def test_a_rubric_without_tiers_is_refused_when_the_judge_is_built(
    rubric: RubricSpec, protocol: dict[str, Any], message: str
) -> None:
    with pytest.raises(JudgeError, match=message):
        judge({}, rubric, **protocol)


@pytest.mark.parametrize("name", ["tag_tiers", "explanation_tiers"])
def test_the_rubrics_with_tiers_are_for_a_senior_reviewer(name: str) -> None:
    rubric = load_rubric(name)
    best = {f"(key: {one.key})": weights(*(1.0, 0.0, 0.0)[: len(one.levels)]) for one in rubric.criteria}
    (verdict,) = judge_all(judge(best, rubric), [ITEM])
    assert verdict.levels is not None
    assert rubric.criteria[-1].levels[verdict.levels[-1]].key == "superior"
