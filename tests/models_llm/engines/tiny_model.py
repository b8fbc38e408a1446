"""Engines that run the tiny model in this process, loaded once."""

from __future__ import annotations

import functools

from models_llm.engines import Engine, build_engine
from tests.real_models import skip_without, tiny_model_folder


def skip_without_transformers() -> None:
    skip_without("torch", "transformers")


@functools.cache
def tiny_transformers_engine() -> Engine:
    return build_engine("transformers_local", model=str(tiny_model_folder()), config={"dtype": "float32"})


@functools.cache
def tiny_vllm_engine() -> Engine:
    skip_without("vllm")
    config = {"dtype": "float32", "compiled": False, "gpu_memory_utilization": 0.1}
    return build_engine("vllm_offline", model=str(tiny_model_folder()), config=config)
