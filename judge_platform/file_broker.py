"""Celery's broker in a folder, for a platform without a server for messages; it comes back when its folder was lost.

Kombu's own transport makes its folders at the start alone: without them a worker ends, and without its table of
queues every message is dropped in silence. Messages that were in them are lost either way; the sweeps send them again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from kombu.transport import TRANSPORT_ALIASES, filesystem


class Channel(filesystem.Channel):
    """Makes its folders again, and binds again what this process had bound."""

    _bound: ClassVar[set[tuple[str, str, str, str]]] = set()

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        self._make_folders()
        super()._queue_bind(exchange, routing_key, pattern, queue)
        self._bound.add((exchange, routing_key, pattern, queue))

    def get_table(self, exchange: str) -> list[Any]:
        if not self._exchange_file(exchange).exists():
            for binding in [binding for binding in self._bound if binding[0] == exchange]:
                self._queue_bind(*binding)
        return list(super().get_table(exchange))

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        self._make_folders()
        super()._put(queue, payload, **kwargs)

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002  it never waits
        self._make_folders()
        return super()._get(queue)

    def _make_folders(self) -> None:
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True)


class Transport(filesystem.Transport):
    Channel = Channel


def use_file_broker() -> None:
    """Let every `filesystem://` address mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
