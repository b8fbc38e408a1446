from __future__ import annotations

import gc
import shutil
from pathlib import Path

import pytest

from models_llm.engines import loop
from models_llm.errors import EngineError
from models_llm.rewards import ValueModel, folder_digest, shared_model
from tests.models_llm.engines.tiny_model import skip_without_transformers, tiny_model_folder

TEXTS = ["boots", "a tent"]


def test_a_model_is_loaded_once_for_all_who_hold_it_and_given_back_with_the_last(tmp_path: Path) -> None:
    skip_without_transformers()
    base = str(tiny_model_folder())
    model = ValueModel.start(base, revision="main", n_criteria=2, max_tokens=16, device="cpu", seed=0)
    model.save(tmp_path)
    digest = folder_digest(tmp_path)
    first = shared_model(tmp_path, digest)
    said = loop.run(first.values(TEXTS))
    assert said.values == pytest.approx(model.values(TEXTS))
    shutil.rmtree(tmp_path)  # nobody reads it again
    second = shared_model(tmp_path, digest)
    del first
    assert (loop.run(second.values(TEXTS)).values == said.values).all()
    del second
    gc.collect()
    with pytest.raises(EngineError, match="there is no such folder"):
        loop.run(shared_model(tmp_path, digest).values(TEXTS))
