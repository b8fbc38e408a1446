"""A real vLLM server of the tiny model, for tests and measurements."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.request import urlopen

from judge_platform.bench.tiny_model import LONGEST
from judge_platform.supervisor import end_with_parent

START_TIMEOUT_S: Final = 600
MODEL_NAME: Final = "tiny"
"""What the server calls its model."""


@contextmanager
def vllm_server(
    model: Path, *, log: Path, python: Path = Path(sys.executable), compiled: bool = False
) -> Iterator[str]:
    """Address of a server that lives as long as the context.

    Args:
        model: folder of a model.
        log: file that gets the server's output.
        python: of the environment that has vLLM.
        compiled: whether the model is compiled first: minutes at the first start on two cores, kept in vLLM's cache.
    Raises: RuntimeError, with the last lines of the log, if the server does not come up.
    """
    port = _free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(python), "-m", "vllm.entrypoints.openai.api_server", *_arguments(model, port, compiled=compiled)],
            stdout=output, stderr=subprocess.STDOUT, env=vllm_environment(), start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  one system call, which takes no lock
        )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_for(url, process, log)
            yield url
        finally:
            _stop(process)


def vllm_environment() -> dict[str, str]:
    """For processes that run vLLM: one GiB for what it has read, where that is a CPU's memory, and no reports home."""
    return {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", **os.environ}


def _arguments(model: Path, port: int, *, compiled: bool) -> list[str]:
    return [
        "--model", str(model), "--served-model-name", MODEL_NAME, "--host", "127.0.0.1", "--port", str(port),
        "--dtype", "float32", "--max-model-len", str(LONGEST), "--gpu-memory-utilization", "0.3",
        "--enable-prompt-tokens-details",
        "--structured-outputs-config", json.dumps({"backend": "xgrammar", "disable_any_whitespace": True}),
        # A seeded prompt that is read in parts ends vLLM 0.32's CPU engine: “CPU Generator does not use offset”.
        "--no-enable-chunked-prefill",
        *(() if compiled else ("--enforce-eager",)),
    ]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urlopen(f"{url}/health", timeout=2):  # noqa: S310  our own address
            return
        time.sleep(0.2)
    last_lines = "\n".join(log.read_text(errors="replace").splitlines()[-40:])
    raise RuntimeError(f"the vLLM server did not come up within {START_TIMEOUT_S} s; its last lines:\n{last_lines}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """The whole group: the engine runs in children of the server."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=15)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
