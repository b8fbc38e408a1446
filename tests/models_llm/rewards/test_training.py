from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from annotations.rubrics import MISSING
from models_llm.errors import EngineError, FitError
from models_llm.rewards import Objective, RatedText, Training, ValueModel, folder_digest, train_value_model
from tests.models_llm.engines.tiny_model import skip_without_transformers, tiny_model_folder


def decoder() -> Path:
    skip_without_transformers()
    return tiny_model_folder()


@functools.cache
def encoder() -> Path:
    """A BERT of two layers with random weights and the decoder's tokenizer."""
    tokenizer_folder = decoder()
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForMaskedLM

    folder = Path(tempfile.mkdtemp(prefix="tiny-encoder-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder, model_max_length=64)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = BertConfig(vocab_size=len(tokenizer), max_position_embeddings=64, **sizes)
    BertForMaskedLM(config).save_pretrained(folder)
    return folder


every_base = pytest.mark.parametrize("base", [decoder, encoder])


def new_model(
    base: Callable[[], Path] = decoder, *, n_criteria: int = 1, seed: int = 0, max_tokens: int = 32
) -> ValueModel:
    return ValueModel.start(
        str(base()), revision="main", n_criteria=n_criteria, max_tokens=max_tokens, device="cpu", seed=seed
    )


def texts(n: int, *, seed: int = 0) -> list[RatedText]:
    """Texts that are better the more often they say “rubric”; four of a group."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 3, size=n)
    return [
        RatedText("item " * (3 - count) + "rubric " * count, (int(count),), f"g{at // 4}")
        for at, count in enumerate(counts)
    ]


@every_base
@pytest.mark.parametrize("objective", list(Objective))
def test_values_come_to_order_unseen_texts_as_their_ratings_do(objective: Objective, base: Callable[[], Path]) -> None:
    model = new_model(base)
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


@every_base
def test_a_saved_model_gives_the_same_values(base: Callable[[], Path], tmp_path: Path) -> None:
    model = new_model(base, n_criteria=2)
    model.save(tmp_path)
    asked = [one.text for one in texts(9)]
    assert ValueModel.read(tmp_path, device="cpu").values(asked) == pytest.approx(model.values(asked))


@every_base
def test_a_text_has_the_same_value_alone_and_in_a_batch(base: Callable[[], Path]) -> None:
    model, asked = new_model(base), [one.text for one in texts(7)]
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


def test_texts_longer_than_the_model_takes_are_refused_before_anything_is_trained() -> None:
    with pytest.raises(EngineError, match=r"expected texts of at most 64 tokens, all that “.*” takes, got 65"):
        new_model(encoder, max_tokens=65)
