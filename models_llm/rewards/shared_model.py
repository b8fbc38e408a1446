"""Trained models that a process has loaded. All judges of one share it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from weakref import WeakValueDictionary

from annotations.sentences import sentence as _
from models_llm.errors import EngineError
from models_llm.rewards.value_model import FloatArray, ValueModel, folder_digest

_lock = threading.Lock()
_alive: WeakValueDictionary[tuple[Path, str], SharedModel] = WeakValueDictionary()


class Computed(NamedTuple):
    """Values, (n_texts, n_criteria), and what they took."""

    values: FloatArray
    seconds: float
    is_on_gpu: bool


class SharedModel:
    """A model in a folder, loaded when it is first asked for values. It runs on the loop of the engines."""

    def __init__(self, folder: Path, digest: str) -> None:
        self._folder = folder
        self._digest = digest
        self._model: ValueModel | None = None
        self._turn = asyncio.Lock()

    async def values(self, texts: Sequence[str]) -> Computed:
        """f of every text and criterion, before any sigmoid.

        Raises: EngineError, if the files are not there or not those that were trained; MissingExtraError.
        """
        async with self._turn:  # one forward pass at a time
            return await asyncio.to_thread(self._compute, texts)

    def _compute(self, texts: Sequence[str]) -> Computed:
        if self._model is None:
            self._model = self._load()
        started = time.monotonic()
        values = self._model.values(texts)
        return Computed(values, time.monotonic() - started, self._model.is_on_gpu)

    def _load(self) -> ValueModel:
        if not self._folder.is_dir():
            raise EngineError(
                _("expected the reward model's files in %(folder)s, there is no such folder", folder=self._folder)
            )
        if folder_digest(self._folder) != self._digest:
            raise EngineError(
                _(
                    "the files in %(folder)s are not those that were trained: their digest is another",
                    folder=self._folder,
                )
            )
        return ValueModel.read(self._folder)


def shared_model(folder: Path, digest: str) -> SharedModel:
    """The process's model of these files; it is given back with the last who holds it.

    Args:
        digest: SHA-256 of the folder; other files are refused when the model is loaded.
    """
    with _lock:
        return _alive.setdefault((folder, digest), SharedModel(folder, digest))
