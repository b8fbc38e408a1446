from __future__ import annotations

import json
from typing import Any

import pytest

from annotations.choices import Outcome
from models_llm.choices import Flag
from models_llm.engines import Completion, FinishReason, Prompt, Sampling
from models_llm.judging import ItemVerdict, JudgedItem, PerCriterionJudge, judge_all, read_protocol
from models_llm.prompting import Example, load_template
from tests.models_llm.judging.told import ToldEngine, weights
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()
ITEM = JudgedItem({"interests": ["hiking"]}, ({"tag": "boots"},), images=("data:image/png;base64,AA",))
SURE = {
    "(key: relevance)": weights(0.76, 0.19),  # of 0.95: 0.8, 0.2
    "(key: validity)": weights(0.1, 0.9),
    "(key: style)": weights(0.095, 0.19, 0.665),  # of 0.95: 0.1, 0.2, 0.7
}


def judge(engine: ToldEngine, examples: tuple[Example, ...] = (), **settings: Any) -> PerCriterionJudge:
    return PerCriterionJudge(
        RUBRIC,
        engine=engine,
        sampling=Sampling(seed=40),
        template=load_template("per_criterion"),
        settings=read_protocol("per_criterion", settings),
        examples=examples,
    )


def verdict_on(replies: dict[str, Any], **settings: Any) -> ItemVerdict:
    (verdict,) = judge_all(judge(ToldEngine(replies), **settings), [ITEM])
    return verdict


def test_weights_over_their_mass_are_the_distribution() -> None:
    verdict = verdict_on(SURE)
    assert (verdict.outcome, verdict.levels) == (Outcome.RATED, (0, 1, 2))
    assert verdict.distributions is not None
    assert [list(shares) for shares in verdict.distributions] == [
        pytest.approx([0.8, 0.2]),
        pytest.approx([0.1, 0.9]),
        pytest.approx([0.1, 0.2, 0.7]),
    ]
    assert verdict.masses == pytest.approx((0.95, 1.0, 0.95))
    # relevance 0.8·1 + 0.2·0; validity 0.1·1 + 0.9·0; style 0.1·1 + 0.2·2 + 0.7·3 = 2.6
    assert verdict.scores == pytest.approx((0.8, 0.1, 2.6))
    assert (verdict.rationales, verdict.flags) == ((), ())
    assert [call.name for call in verdict.calls] == ["relevance", "validity", "style"]
    assert verdict.usage.prompt_tokens == 30


def test_of_levels_alike_the_worst_is_given() -> None:
    verdict = verdict_on({**SURE, "(key: relevance)": weights(0.45, 0.45), "(key: style)": weights(0.2, 0.4, 0.4)})
    assert verdict.levels == (1, 1, 1)  # Weak Relevance, Invalid Tag, Good


def test_the_mass_of_the_labels_is_kept_and_a_low_one_flagged() -> None:
    verdict = verdict_on({**SURE, "(key: validity)": weights(0.3, 0.1)})
    assert verdict.masses == pytest.approx((0.95, 0.4, 0.95))
    assert verdict.flags == (Flag.LOW_MASS,)


@pytest.mark.parametrize(
    ("reply", "outcome", "error"),
    [
        (weights(0.3, 0.1), Outcome.UNPARSED, "letters A, B have a mass of 0.4, at least 0.5 is asked for"),
        (weights(0.0, 0.0), Outcome.UNPARSED, "letters A, B have a mass of 0"),
        (weights(0.9), Outcome.UNPARSED, "expected 2 probabilities, got (0.9,)"),
        (weights(float("nan"), 0.5), Outcome.UNPARSED, "expected 2 probabilities"),
        (Completion("A", FinishReason.STOP), Outcome.UNPARSED, "the engine gave no weights of the letters"),
        (Completion("", FinishReason.FAILED, error="HTTP 500"), Outcome.FAILED, "HTTP 500"),
        (Completion("", FinishReason.REFUSED), Outcome.REFUSED, "declined"),
    ],
)
def test_an_answer_without_usable_weights_is_no_rating(reply: Completion, outcome: Outcome, error: str) -> None:
    verdict = verdict_on({**SURE, "(key: validity)": reply}, least_mass=0.5)
    assert (verdict.outcome, verdict.levels) == (outcome, None)
    assert error in verdict.error
    assert [call.name for call in verdict.calls] == ["relevance", "validity"]


def test_all_prompts_about_an_item_begin_alike_up_to_the_end_of_the_item() -> None:
    engine = ToldEngine(SURE)
    judge_all(judge(engine, (Example({}, ("x",), (0, 0, 0)),)), [ITEM])
    systems = {prompt.messages[0].text for prompt in engine.asked}
    assert len(systems) == 1
    assert "<example>" in systems.pop()
    users = [prompt.messages[1].text for prompt in engine.asked]
    items = {user[: user.index("on the criterion ")] for user in users}
    assert len(set(users)) == 3
    assert len(items) == 1
    assert items.pop().index("</evidence>") < users[0].index("</candidate>")
    assert {prompt.messages[1].images for prompt in engine.asked} == {ITEM.images}


def test_the_letters_are_explained_in_the_question() -> None:
    engine = ToldEngine(SURE)
    judge_all(judge(engine), [ITEM])
    assert "A = Bad\nB = Good\nC = Excellent\n" in engine.asked[2].messages[1].text


def test_reasons_are_asked_for_after_the_level_and_the_level_stays() -> None:
    engine = ToldEngine({"You decided on": ["Boots are for hiking.", "They exist.", ""], **SURE})
    (verdict,) = judge_all(judge(engine, rationales=True), [ITEM])
    assert verdict.levels == (0, 1, 2)
    assert verdict.rationales == ("Boots are for hiking.", "They exist.", "")
    assert verdict.flags == (Flag.NO_RATIONALE,)
    question, why_question = engine.asked[0], engine.asked[1]
    assert why_question.messages[:2] == question.messages
    given, why_asked = why_question.messages[2:]
    assert (given.role, given.text) == ("assistant", "A")
    assert why_asked.text.startswith("You decided on “Relevance” for Relevance.")
    assert [call.name for call in verdict.calls][:2] == ["relevance", "relevance · rationale"]


def drawn(level: str, why: str = "because") -> str:
    return json.dumps({"relevance": {"rationale": why, "level": level}})


UNSURE = {**SURE, "(key: relevance)": weights(0.57, 0.38)}  # 0.6, 0.4: entropy 0.971 of 1
DRAWS = "First write the rationale"


def test_more_answers_are_drawn_only_where_the_first_is_uncertain() -> None:
    sure = verdict_on(SURE, resample_k=3, resample_above=0.9)
    assert [call.name for call in sure.calls] == ["relevance", "validity", "style"]
    replies = [drawn("Weak Relevance"), drawn("Weak Relevance", "no link"), drawn("Relevance")]
    unsure = verdict_on({DRAWS: replies, **UNSURE}, resample_k=3, resample_above=0.9)
    assert [call.name for call in unsure.calls] == [
        "relevance",
        "relevance · draw 1",
        "relevance · draw 2",
        "relevance · draw 3",
        "validity",
        "style",
    ]
    assert unsure.distributions is not None
    # (0.6 + 0 + 0 + 1) / 4 and (0.4 + 1 + 1 + 0) / 4
    assert unsure.distributions[0] == pytest.approx((0.4, 0.6))
    assert (unsure.levels, unsure.flags) == ((1, 1, 2), (Flag.RESAMPLED,))
    assert unsure.rationales == ("because", "", "")


def test_draws_follow_the_seed_at_their_own_temperature() -> None:
    class Noting(ToldEngine):
        samplings: list[Sampling]

        async def complete(self, prompt: Prompt, sampling: Sampling) -> Completion:
            self.samplings.append(sampling)
            return await super().complete(prompt, sampling)

    engine = Noting({DRAWS: drawn("Relevance"), **UNSURE})
    engine.samplings = []
    judge_all(judge(engine, resample_k=2, resample_above=0.9, resample_temperature=0.3), [ITEM])
    assert [(one.seed, one.temperature) for one in engine.samplings] == [(41, 0.3), (42, 0.3)]


def test_a_draw_that_cannot_be_read_is_left_out_of_the_mean() -> None:
    replies = ["hm", Completion(drawn("Weak Relevance"), FinishReason.LENGTH), drawn("Weak Relevance")]
    verdict = verdict_on({DRAWS: replies, **UNSURE}, resample_k=3, resample_above=0.9)
    assert verdict.distributions is not None
    assert verdict.distributions[0] == pytest.approx((0.3, 0.7))  # (0.6 + 0) / 2 and (0.4 + 1) / 2
    assert len(verdict.calls) == 6
