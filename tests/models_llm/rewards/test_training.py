from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annotations.rubrics import MISSING
from models_llm.errors import EngineError, FitError
from models_llm.rewards import Objective, RatedText, Training, ValueModel, folder_digest, train_value_model
from tests.models_llm.engines.tiny_model import skip_without_transformers, tiny_model_folder


def new_model(*, n_criteria: int = 1, seed: int = 0) -> ValueModel:
    skip_without_transformers()
    return ValueModel.start(
        str(tiny_model_folder()), revision="main", n_criteria=n_criteria, max_tokens=32, device="cpu", seed=seed
    )


def texts(n: int, *, seed: int = 0) -> list[RatedText]:
    """Texts that are better the more often they say “rubric”; four of a group."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 3, size=n)
    return [
        RatedText("item " * (3 - count) + "rubric " * count, (int(count),), f"g{at // 4}")
        for at, count in enumerate(counts)
    ]


@pytest.mark.parametrize("objective", list(Objective))
def test_values_come_to_order_unseen_texts_as_their_ratings_do(objective: Objective) -> None:
    model = new_model()
    steps: list[tuple[int, int]] = []
    training = Training(objective=objective, epochs=8, batch_texts=16, learning_rate=3e-3)
    done = train_value_model(
        model, texts(96), training, rng=np.random.default_rng(0), on_step=lambda n, of: steps.append((n, of))
    )
    assert done.losses[-1] < done.losses[0] / 2
    assert steps == [(number, done.n_steps) for number in range(1, done.n_steps + 1)]
    unseen = texts(40, seed=9)
    values = model.values([one.text for one in unseen])[:, 0]
    tiers = np.array([one.tiers[0] for one in unseen])
    assert values[tiers == 0].max() < values[tiers == 2].min()


def test_texts_without_a_contrast_in_their_group_are_contrasted_across_groups() -> None:
    model = new_model()
    alone = [RatedText(one.text, one.tiers, f"own {at}") for at, one in enumerate(texts(64))]
    done = train_value_model(
        model, alone, Training(epochs=8, batch_texts=16, learning_rate=3e-3), rng=np.random.default_rng(0)
    )
    assert done.losses[-1] < done.losses[0] / 2


def test_the_same_seed_gives_the_same_model(tmp_path: Path) -> None:
    digests = set()
    for number in range(2):
        model = new_model(seed=4)
        train_value_model(model, texts(24), Training(epochs=1), rng=np.random.default_rng(1))
        model.save(tmp_path / str(number))
        digests.add(folder_digest(tmp_path / str(number)))
    assert len(digests) == 1


def test_a_saved_model_gives_the_same_values(tmp_path: Path) -> None:
    model = new_model(n_criteria=2)
    model.save(tmp_path)
    asked = [one.text for one in texts(9)]
    assert ValueModel.read(tmp_path, device="cpu").values(asked) == pytest.approx(model.values(asked))


def test_a_text_has_the_same_value_alone_and_in_a_batch() -> None:
    model, asked = new_model(), [one.text for one in texts(7)]
    together = model.values(asked, batch_size=7)
    alone = np.vstack([model.values([text]) for text in asked])
    assert together == pytest.approx(alone, abs=1e-5)


def test_a_criterion_that_nobody_rated_is_left_out() -> None:
    model = new_model(n_criteria=2)
    half = [RatedText(one.text, (one.tiers[0], MISSING), one.group) for one in texts(32)]
    before = model.head.weight[1].detach().clone()
    train_value_model(model, half, Training(epochs=2, weight_decay=0.0), rng=np.random.default_rng(0))
    assert (model.head.weight[1] == before).all()


def test_texts_that_are_all_rated_alike_teach_nothing() -> None:
    alike = [RatedText(one.text, (1,), one.group) for one in texts(8)]
    with pytest.raises(FitError, match="all of them are rated alike"):
        train_value_model(new_model(), alike, Training(), rng=np.random.default_rng(0))


def test_a_folder_without_a_reward_model_is_named(tmp_path: Path) -> None:
    skip_without_transformers()
    with pytest.raises(EngineError, match="expected a reward model in"):
        ValueModel.read(tmp_path)
