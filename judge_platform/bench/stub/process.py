"""A stub server in a process of its own, for benches and tests."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from judge_platform.bench.stub.options import StubOptions

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT_S = 30


class Stub:
    """A running server.

    Attributes:
        url: its root, for the setting `url` of the engine `openai_http`.
        process: for whoever wants to stop or kill it.
    """

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process

    def set(self, **options: Any) -> None:
        """Change options (`StubOptions`) from the next request on."""
        self._ask("/stub/options", options)

    def counts(self) -> dict[str, int]:
        """Requests for a completion so far: `asked`, `open`, `most_open`, `answered`, and each kind of fault."""
        return self._ask("/stub/counts", {})

    def _ask(self, path: str, content: dict[str, Any]) -> Any:
        request = Request(self.url + path, data=json.dumps(content).encode())  # noqa: S310
        with urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def stub_process(*, port: int = 0, **options: Any) -> Iterator[Stub]:
    """A server on this machine, killed at the end.

    Args:
        port: 0 for one that is free.
        options: of `StubOptions`.
    """
    command = [sys.executable, "-m", "judge_platform.bench.stub", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            stub = Stub(next(process.stdout or iter(())).strip(), process)
            stub.set(**asdict(StubOptions(**options)))
            yield stub
        finally:
            process.kill()
