from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection

from judge_platform.file_broker import Channel, Transport

N_MESSAGES = 400
N_WRITERS = 3


@pytest.fixture
def channels(tmp_path: Path) -> Iterator[list[Channel]]:
    """One channel for each of several processes that share a folder."""
    options = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
    }
    connections = [Connection(transport=Transport, transport_options=options) for _ in range(N_WRITERS + 1)]
    yield [connection.channel() for connection in connections]
    for connection in connections:
        connection.release()


def test_a_message_is_not_seen_before_it_is_whole(channels: list[Channel]) -> None:
    writer, reader, *_ = channels

    class Slow:
        def __json__(self) -> str:  # kombu asks for it while it writes
            with pytest.raises(Empty):
                reader._get("judge")
            return "written"

    writer._put("judge", {"body": Slow()})
    assert reader._get("judge") == {"body": "written"}


def test_messages_are_taken_whole_and_once_while_others_are_written(channels: list[Channel]) -> None:
    *writers, reader = channels
    taken: list[int] = []

    def write(channel: Channel, first: int) -> None:
        for number in range(first, first + N_MESSAGES):
            channel._put("judge", {"number": number, "body": "x" * 2000})

    threads = [threading.Thread(target=write, args=(writer, at * N_MESSAGES)) for at, writer in enumerate(writers)]
    for thread in threads:
        thread.start()
    while len(taken) < N_MESSAGES * N_WRITERS:
        try:
            taken.append(reader._get("judge")["number"])
        except Empty:
            assert any(thread.is_alive() for thread in threads) or reader._size("judge"), "messages are missing"
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(N_MESSAGES * N_WRITERS))


def test_queues_that_are_bound_at_the_same_time_are_all_in_the_table(channels: list[Channel]) -> None:
    names = [f"queue{number}" for number in range(40)]

    def bind(channel: Channel, some: list[str]) -> None:
        for name in some:
            channel._queue_bind("exchange", name, "", name)

    threads = [
        threading.Thread(target=bind, args=(channel, names[at :: len(channels)])) for at, channel in enumerate(channels)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row.queue for row in channels[0].get_table("exchange")) == sorted(names)


def test_a_message_for_one_queue_is_not_taken_from_another(channels: list[Channel]) -> None:
    channels[0]._put("judge", {"number": 1})
    with pytest.raises(Empty):
        channels[1]._get("engine")
    assert channels[1]._get("judge") == {"number": 1}
