from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from models_llm.engines.local_model import LocalModel
from models_llm.errors import MissingExtraError
from models_llm.rewards import ValueModel


def start_engine() -> object:
    return LocalModel("any", revision="main", device="", dtype="", max_model_len=0)


def start_reward_model() -> object:
    return ValueModel.start("any", revision="main", n_criteria=1, max_tokens=16, device="", seed=0)


@pytest.mark.parametrize("library", ["torch", "transformers"])
@pytest.mark.parametrize(
    ("start", "user"), [(start_engine, "engine “transformers_local”"), (start_reward_model, "a reward model")]
)
def test_what_needs_transformers_says_so_and_names_the_extra(
    start: Callable[[], object], user: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)  # as where it is not installed
    expected = f"^{user} needs torch and transformers, which are not installed: pip install 'judge-platform"
    with pytest.raises(MissingExtraError, match=expected):
        start()
