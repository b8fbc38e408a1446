"""A Celery worker that is looked at 100 times a second: which part of the platform its busy threads are in.

`python -m judge_platform.bench.judging.sampled_worker FILE worker ...` writes the share of each part to the file when
it ends, from the last signal `BEGIN` on. A thread that waits (for a server, the database, a message) is not counted;
one that waits for its turn at the interpreter is.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_S = 0.01
BEGIN = signal.SIGUSR2
PARTS = (
    ("writing prompts", ("models_llm/prompting/", "annotations/images")),
    ("asking the engine: HTTP", ("aiohttp/", "asyncio/selector_events")),
    ("asking the engine: whom and when", ("models_llm/engines/",)),
    ("reading replies", ("models_llm/parsing/",)),
    ("storing", ("services/storing", "services/verdicts", "services/copying", "services/judgements")),
    ("reading items", ("selectors/judged_items", "services/reuse")),
    ("judging", ("models_llm/judging/",)),
    ("leases and messages", ("models_llm/services/", "models_llm/tasks", "celery/", "kombu/", "file_broker")),
    ("the event loop", ("asyncio/",)),
)
REST = "the rest"
WAITING = {
    ("selectors.py", "select"), ("threading.py", "wait"), ("threading.py", "_wait_for_tstate_lock"),
    ("thread.py", "_worker"), ("stream.py", "_next_batch"), ("connection.py", "wait"), ("base.py", "drain_events"),
    ("timer2.py", "run"), ("sampled_worker.py", "_sample"),
}  # fmt: skip
"""Files and functions in which a thread waits in C, where the sampler sees the caller."""


class Sampler:
    """Counts, in a thread of its own, where the other threads are."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        threading.Thread(target=self._sample, name="sampler", daemon=True).start()

    def shares(self) -> dict[str, float]:
        """Share of each part in all samples of busy threads."""
        seen = dict(self.seen)
        return {name: n / sum(seen.values()) for name, n in seen.items()}

    def _sample(self) -> None:
        while True:
            time.sleep(EVERY_S)
            for frame in sys._current_frames().values():
                code = frame.f_code
                if (Path(code.co_filename).name, code.co_name) not in WAITING:
                    self.seen[part_of(frame)] += 1


def part_of(frame: FrameType | None) -> str:
    """The part that the innermost frame of ours, or of Celery's, belongs to."""
    while frame is not None:
        for name, places in PARTS:
            if any(place in frame.f_code.co_filename for place in places):
                return name
        frame = frame.f_back
    return REST


def main() -> None:
    file = Path(sys.argv.pop(1))
    from celery.__main__ import main as celery  # noqa: PLC0415  the sampler's imports are no part of a worker

    sampler = Sampler()
    signal.signal(BEGIN, lambda *_: sampler.seen.clear())
    try:
        celery()
    finally:
        file.write_text(json.dumps(sampler.shares()))


if __name__ == "__main__":
    main()
