from __future__ import annotations

import io
import pickle
from dataclasses import replace

import numpy as np
import pytest

from annotations.choices import Outcome, Scale
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec
from models_llm.errors import FitError, JudgeError
from models_llm.judging import BaselineJudge, BaselineModel, JudgedItem, RatedItem, fit_model, judge_all
from tests.models_llm.judging.examples import rated_items
from tests.models_llm.rubrics import tag_rubric

RUBRIC = tag_rubric()


def test_what_follows_from_the_texts_is_learned() -> None:
    judge = BaselineJudge(RUBRIC, fit_model(RUBRIC, rated_items(400, RUBRIC, seed=0)))
    unseen = rated_items(200, RUBRIC, seed=99)
    verdicts = judge_all(judge, [one.item for one in unseen])
    right = np.mean(
        [
            [a == b for a, b in zip(verdict.levels or (), one.levels, strict=True)]
            for verdict, one in zip(verdicts, unseen, strict=True)
        ],
        axis=0,
    )
    # Relevance and tag length are functions of the features; a coin would be right half the time.
    assert right.tolist() == pytest.approx([1, 1, 1], abs=0.05)


def test_a_preference_follows_the_order_of_the_candidates() -> None:
    rubric = RubricSpec(
        "pair",
        (CriterionSpec("better", "Better", Scale.PREFERENCE, (LevelSpec("1", "1"), LevelSpec("2", "2"))),),
    )
    long, short = "a careful answer with reasons " * 3, "no"
    fitted = [
        RatedItem(JudgedItem({}, (f"{long} {n}", short) if n % 2 else (short, f"{long} {n}")), (1 - n % 2,), str(n))
        for n in range(40)
    ]
    judge = BaselineJudge(rubric, fit_model(rubric, fitted))
    forward, backward = judge_all(judge, [JudgedItem({}, (long, short)), JudgedItem({}, (short, long))])
    assert (forward.levels, backward.levels) == ((0,), (1,))


def test_a_criterion_of_which_one_level_was_seen_gets_that_level_for_certain() -> None:
    judge = BaselineJudge(RUBRIC, fit_model(RUBRIC, rated_items(40, RUBRIC)))
    for verdict in judge_all(judge, [one.item for one in rated_items(10, RUBRIC, seed=3)]):
        assert verdict.distributions is not None
        assert verdict.distributions[2] == (0.0, 0.0, 1.0)


def test_levels_are_missing_where_people_did_not_decide() -> None:
    rated = [
        replace(one, levels=(one.levels[0], None if n % 2 else 1, 2)) for n, one in enumerate(rated_items(60, RUBRIC))
    ]
    model = fit_model(RUBRIC, rated)
    assert [one.seen for one in model.criteria] == [(0, 1), (1,), (2,)]


def test_the_same_ratings_give_the_same_bytes_and_reading_them_back_the_same_verdicts() -> None:
    rated = rated_items(80, RUBRIC)
    model = fit_model(RUBRIC, rated)
    artifact = model.to_bytes()
    assert fit_model(RUBRIC, rated).to_bytes() == artifact
    items = [one.item for one in rated_items(20, RUBRIC, seed=4)]
    back = BaselineJudge(RUBRIC, BaselineModel.from_bytes(artifact))
    assert judge_all(back, items) == judge_all(BaselineJudge(RUBRIC, model), items)


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('executed')",)


def pickled_array() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, header=np.array([Bomb()], dtype=object))
    return buffer.getvalue()


@pytest.mark.parametrize("data", [b"", b"PK", pickle.dumps([1]), pickled_array()], ids=range(4))
def test_an_artifact_that_is_none_is_refused_and_never_executed(data: bytes) -> None:
    with pytest.raises(JudgeError, match="not a fitted baseline"):
        BaselineModel.from_bytes(data)


def test_a_baseline_of_another_rubric_is_refused() -> None:
    model = fit_model(RUBRIC, rated_items(40, RUBRIC))
    with pytest.raises(JudgeError, match="fitted under another rubric"):
        BaselineJudge(RubricSpec("tag", RUBRIC.criteria[:2]), model)


def test_an_item_with_other_candidates_fails_alone() -> None:
    judge = BaselineJudge(RUBRIC, fit_model(RUBRIC, rated_items(40, RUBRIC)))
    pair, single = judge_all(judge, [JudgedItem({}, ("a", "b")), JudgedItem({}, ("a",))])
    assert (pair.outcome, single.outcome) == (Outcome.FAILED, Outcome.RATED)
    assert "with 1 candidate(s), this one has 2" in pair.error


@pytest.mark.parametrize(
    ("candidates", "said"),
    [([("a",), ("a", "b")], r"got \[1, 2\]"), ([("a", "b", "c")] * 2, r"got \[3\]"), ([], r"got \[\]")],
)
def test_items_that_cannot_be_compared_are_refused(candidates: list[tuple[str, ...]], said: str) -> None:
    rated = [RatedItem(JudgedItem({}, parts), (0, 0, 0), "g") for parts in candidates]
    with pytest.raises(FitError, match=said):
        fit_model(RUBRIC, rated)


def test_a_criterion_that_nobody_rated_is_named() -> None:
    rated = [replace(one, levels=(0, None, 1)) for one in rated_items(30, RUBRIC)]
    with pytest.raises(FitError, match="criterion “validity”"):
        fit_model(RUBRIC, rated)
