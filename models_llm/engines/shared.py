"""Engines that a process has open. All judges of one served or loaded model share one, with its limits and queues."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

from models_llm.engines import loop
from models_llm.engines.protocol import Engine
from models_llm.engines.registry import build_engine

_lock = threading.Lock()
_open: dict[str, Engine] = {}


def shared_engine(name: str, *, model: str, config: Mapping[str, Any], api_key: str = "") -> Engine:
    """The process's engine of that name, model and configuration; built at the first asking.

    Raises: EngineError, as `build_engine`.
    """
    key = json.dumps([name, model, config, api_key], sort_keys=True)
    with _lock:
        if key not in _open:
            _open[key] = build_engine(name, model=model, config=config, api_key=api_key)
        return _open[key]


def close_engines() -> None:
    """Close every engine that is open."""
    with _lock:
        engines = list(_open.values())
        _open.clear()
    for engine in engines:
        loop.run(engine.close())
