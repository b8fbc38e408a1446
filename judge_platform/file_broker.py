"""Celery's broker in a folder, for a platform without a server for messages; it comes back when its folder was lost.

Kombu's own transport makes its folders at the start alone: without them a worker ends, and without its table of
queues every message is dropped in silence. Messages that were in them are lost either way; the sweeps send them again.
It also writes a message in place, and a worker that takes it up half written ends; here a file is whole once it has
its name.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any, ClassVar

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.transport.virtual import Channel as VirtualChannel
from kombu.utils.json import dumps

Binding = tuple[str, str, str]
"""Routing key, pattern and queue, as kombu keeps them in a table for each exchange."""


class Channel(filesystem.Channel):
    """Makes its folders again, and binds again what this process had bound."""

    _bound: ClassVar[set[tuple[str, Binding]]] = set()

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        binding = (routing_key or "", pattern or "", queue or "")
        self._bound.add((exchange, binding))
        with self._changing_tables():
            bindings = self._read_table(exchange) or []
            if binding not in bindings:
                self._write_table(exchange, [binding, *bindings])

    def get_table(self, exchange: str) -> list[Any]:
        bindings = self._read_table(exchange)
        if bindings is None:
            for of_exchange, binding in list(self._bound):
                if of_exchange == exchange:
                    self._queue_bind(exchange, *binding)
            bindings = self._read_table(exchange) or []
        return [filesystem.exchange_queue_t(*binding) for binding in bindings]

    def _delete(self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any) -> None:
        VirtualChannel._delete(self, queue, exchange, routing_key, pattern, *args, **kwargs)
        binding = (routing_key or "", pattern or "", queue or "")
        self._bound.discard((exchange, binding))
        with self._changing_tables():
            bindings = self._read_table(exchange)
            if bindings is not None and binding in bindings:
                self._write_table(exchange, [other for other in bindings if other != binding])

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # noqa: ARG002
        self._make_folders()
        # The order of the names is the order in which messages are taken.
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, dumps(payload))

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002  it never waits
        try:
            return super()._get(queue)
        except FileNotFoundError:
            self._make_folders()
            raise Empty from None

    def _read_table(self, exchange: str) -> list[Binding] | None:
        try:
            rows = json.loads(self._exchange_file(exchange).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return [(row[0], row[1], row[2]) for row in rows]

    def _write_table(self, exchange: str, bindings: list[Binding]) -> None:
        _write_whole(self._exchange_file(exchange), json.dumps(bindings))

    @contextmanager
    def _changing_tables(self) -> Iterator[None]:
        """One process at a time reads a table and writes it back."""
        self._make_folders()
        with (Path(self.control_folder) / "tables.lock").open("w") as file:
            filesystem.lock(file, filesystem.LOCK_EX)
            try:
                yield
            finally:
                filesystem.unlock(file)

    def _make_folders(self) -> None:
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True)


class Transport(filesystem.Transport):
    Channel = Channel

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """A folder is on no host: kombu would warn that it takes localhost."""
        return {}


def use_file_broker() -> None:
    """Let every `filesystem://` address mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"


def _write_whole(path: Path, text: str) -> None:
    """A file that nobody sees before all of it is there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
