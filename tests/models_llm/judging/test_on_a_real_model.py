"""Every kind of judge on a real model, tiny and untrained: what it says is noise, but all of it can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from annotations.choices import Outcome
from annotations.rubrics import RubricSpec, load_rubric
from models_llm.choices import JudgeKind
from models_llm.engines import Engine, Sampling
from models_llm.judging import (
    ItemVerdict,
    JudgeConfig,
    JudgedItem,
    build_judge,
    judge_all,
    judge_settings,
    read_protocol,
)
from models_llm.prompting import load_template
from tests.models_llm.engines.tiny_model import skip_without_transformers, tiny_transformers_engine
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
TAGS = [JudgedItem({"interests": ["hiking"]}, ({"tag": f"boots {number}"},), "g") for number in range(3)]
PAIRS = [JudgedItem({"question": "why"}, (f"because {number}", f"no reason {number}")) for number in range(3)]


@pytest.fixture
def engine() -> Engine:
    skip_without_transformers()
    return tiny_transformers_engine()


def judged(
    engine: Engine, kind: JudgeKind, items: list[JudgedItem], rubric: RubricSpec = RUBRIC, **protocol: object
) -> list[ItemVerdict]:
    def source(name: str, *, model: str, config: Mapping[str, Any]) -> Engine:
        del name, model, config
        return engine

    settings = judge_settings(
        engine={},
        sampling=Sampling(max_tokens=300),
        template=load_template(read_protocol(kind, protocol).template),
        protocol=protocol,
    )
    return judge_all(build_judge(JudgeConfig(kind, engine="any", settings=settings), rubric, engines=source), items)


@pytest.mark.parametrize(
    ("kind", "items", "rubric", "protocol"),
    [
        (JudgeKind.PER_CRITERION, TAGS, RUBRIC, {"rationales": True, "resample_k": 1, "resample_above": 0.0}),
        (JudgeKind.SENIOR_REVIEWER, TAGS, RUBRIC, {}),
        (JudgeKind.PAIRWISE, PAIRS, load_rubric("preference"), {}),
    ],
)
def test_letters_are_weighed_with_their_mass(
    engine: Engine, kind: JudgeKind, items: list[JudgedItem], rubric: RubricSpec, protocol: dict[str, object]
) -> None:
    for verdict in judged(engine, kind, items, rubric, **protocol):
        assert verdict.outcome is Outcome.RATED, verdict.error
        assert verdict.masses is not None
        assert all(0 < mass <= 1 for mass in verdict.masses if mass is not None)
        assert verdict.distributions is not None
        assert all(sum(shares) == pytest.approx(1) for shares in verdict.distributions)
        assert verdict.usage.prompt_tokens


@pytest.mark.parametrize(
    ("kind", "items", "rubric", "protocol"),
    [
        (JudgeKind.POINTWISE, TAGS, RUBRIC, {}),
        (JudgeKind.LISTWISE, TAGS, RUBRIC, {}),
        (JudgeKind.PAIRWISE, PAIRS, load_rubric("preference"), {"weigh": False}),
    ],
)
def test_structured_replies_are_rated_or_say_why_not(
    engine: Engine, kind: JudgeKind, items: list[JudgedItem], rubric: RubricSpec, protocol: dict[str, object]
) -> None:
    for verdict in judged(engine, kind, items, rubric, **protocol):
        assert (verdict.outcome is Outcome.RATED) == (verdict.error == "")
        assert verdict.outcome is not Outcome.FAILED, verdict.error
        assert verdict.calls
        assert verdict.usage.completion_tokens
