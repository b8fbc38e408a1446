"""Every engine by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from annotations.sentences import sentence as _
from models_llm.engines.openai_http import OpenAIHTTPEngine
from models_llm.engines.protocol import Engine
from models_llm.engines.scripted import ScriptedEngine
from models_llm.engines.transformers_local import TransformersLocalEngine
from models_llm.engines.vllm_offline import VLLMOfflineEngine
from models_llm.errors import EngineError

EngineFactory = Callable[..., Engine]

ENGINES: Final[Mapping[str, EngineFactory]] = {
    "scripted": ScriptedEngine.from_config,
    "openai_http": OpenAIHTTPEngine.from_config,
    "transformers_local": TransformersLocalEngine.from_config,
    "vllm_offline": VLLMOfflineEngine.from_config,
}

IN_PROCESS: Final = frozenset({"transformers_local", "vllm_offline"})
"""Engines that hold their model in this process: their work has its own Celery queue."""


def build_engine(name: str, *, model: str, config: Mapping[str, Any], api_key: str = "") -> Engine:
    """The engine of that name, ready to complete.

    Args:
        name: a key of `ENGINES`.
        model: what the engine calls its model.
        config: the engine's own settings, JSON values.
        api_key: secret of a served model; never part of the configuration, which is stored and shown.
    Raises: EngineError, if there is no such engine or its settings are not valid.
    """
    if name not in ENGINES:
        raise EngineError(
            _("there is no engine “%(name)s”; there are %(known)s", name=name, known=", ".join(sorted(ENGINES)))
        )
    return ENGINES[name](model=model, config=config, api_key=api_key)
