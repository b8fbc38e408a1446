"""The web server of a benchmark."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from judge_platform.programs import Program

HOST = "127.0.0.1"


@contextmanager
def served(program: Program, path: str = "/healthz") -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The server of the program, once it answers; stopped at the end."""
    [address] = [argument for argument in program.arguments if argument.startswith(f"{HOST}:")]
    port = int(address.rpartition(":")[2])
    environment = {**os.environ, "LOG_LEVEL": "WARNING"}
    with subprocess.Popen(program.arguments, env=environment) as server:
        try:
            _wait_until_ready(port, path, server)
            yield port, server
        finally:
            server.terminate()


def _wait_until_ready(port: int, path: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        connection = HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise SystemExit(f"the web server on port {port} did not become ready")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
