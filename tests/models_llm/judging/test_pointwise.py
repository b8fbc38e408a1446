from __future__ import annotations

import json

import numpy as np
import pytest

from annotations.choices import Outcome
from models_llm.engines import Completion, FinishReason, Prompt, Sampling, ScriptedEngine, Usage
from models_llm.judging import JudgedItem, PointwiseJudge, call_record, judge_all, read_call
from models_llm.prompting import load_template
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
GOOD = json.dumps(
    {
        "relevance": {"rationale": "because", "level": "Relevance"},
        "validity": {"rationale": "", "level": "Validity"},
        "style": {"rationale": "plain", "level": "Good"},
    }
)
ITEM = JudgedItem({"interests": ["hiking"]}, ({"tag": "boots"},))


def judge_replying(completion: Completion | str) -> PointwiseJudge:
    def reply(prompt: Prompt, generator: np.random.Generator) -> Completion | str:
        return completion

    return PointwiseJudge(
        RUBRIC, engine=ScriptedEngine(reply), sampling=Sampling(), template=load_template("pointwise")
    )


def test_a_good_reply_is_rated_with_rationales_and_what_it_cost() -> None:
    completion = Completion(GOOD, FinishReason.STOP, Usage(prompt_tokens=90, completion_tokens=30, engine_s=0.012))
    (verdict,) = judge_all(judge_replying(completion), [ITEM])
    assert (verdict.outcome, verdict.levels) == (Outcome.RATED, (0, 0, 1))
    assert verdict.rationales == ("because", "", "plain")
    assert verdict.usage == completion.usage
    assert [call.completion for call in verdict.calls] == [completion]


@pytest.mark.parametrize(
    ("completion", "outcome", "error"),
    [
        (
            Completion(GOOD, FinishReason.LENGTH),
            Outcome.TRUNCATED,
            "the reply was cut off at the token limit",
        ),
        (
            Completion(GOOD, FinishReason.REFUSED),
            Outcome.REFUSED,
            "the server or the model declined to answer",
        ),
        (Completion("", FinishReason.FAILED, error="HTTP 500"), Outcome.FAILED, "HTTP 500"),
        (Completion("I cannot.", FinishReason.STOP), Outcome.REFUSED, "the model declined to judge"),
        (
            Completion("so so", FinishReason.STOP),
            Outcome.UNPARSED,
            "no grade of any criterion in a JSON object",
        ),
    ],
)
def test_a_reply_that_is_no_answer_is_never_rated(completion: Completion, outcome: Outcome, error: str) -> None:
    (verdict,) = judge_all(judge_replying(completion), [ITEM])
    assert (verdict.outcome, verdict.levels, verdict.error) == (outcome, None, error)
    assert [call.completion.text for call in verdict.calls] == [completion.text]


def test_a_record_holds_nothing_that_a_database_refuses() -> None:
    (verdict,) = judge_all(judge_replying("a\x00b\ud800"), [ITEM])
    assert call_record(verdict.calls[0])["text"] == "a\ufffdb?"


def test_a_call_comes_back_from_its_record() -> None:
    usage = Usage(prompt_tokens=0, cached_tokens=3, completion_tokens=30, engine_s=0.5, cost=0.25)
    completion = Completion(GOOD, FinishReason.STOP, usage, weights=(0.5, 0.0), endpoint="a")
    (verdict,) = judge_all(judge_replying(completion), [ITEM])
    assert read_call(call_record(verdict.calls[0])) == verdict.calls[0]


def test_images_of_an_item_go_beside_the_text_and_marks_into_it() -> None:
    asked: list[Prompt] = []

    def reply(prompt: Prompt, generator: np.random.Generator) -> str:
        asked.append(prompt)
        return GOOD

    judge = PointwiseJudge(
        RUBRIC, engine=ScriptedEngine(reply), sampling=Sampling(), template=load_template("pointwise")
    )
    image = "data:image/png;base64,iVBORw0KGgo="
    judge_all(judge, [JudgedItem({"query": "shoe", "photo": image}, ({"tag": "boots", "photo": {"image": image}},))])
    [prompt] = asked
    system, user = prompt.messages
    assert (system.images, user.images) == ((), (image, image))
    assert '"photo": "[image 1]"' in user.text
    assert '"image": "[image 2]"' in user.text
    assert "base64" not in user.text
