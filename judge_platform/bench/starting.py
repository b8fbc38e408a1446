"""How long the embedded PostgreSQL takes to be there again, once its data directory is made."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from judge_platform.bench.measurement import Measurement, percentiles_ms

N_STARTS = 5
TARGET_S = 1.0
_START = """
import time
began = time.perf_counter()
from judge_platform.embedded import start_embedded_postgres
start_embedded_postgres()
print(time.perf_counter() - began)
"""


def measure() -> Measurement:
    """Each start is a process of its own, whose end stops the server for the next."""
    with tempfile.TemporaryDirectory(prefix="judge-platform-start-") as folder:
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        seconds = [_start({**environment, "EMBEDDED_DIR": folder}) for _ in range(1 + N_STARTS)][1:]
    p50, p95 = percentiles_ms(seconds)
    return Measurement(
        name="start the embedded PostgreSQL again",
        size=0,
        p50_ms=p50,
        p95_ms=p95,
        target=f"at most {TARGET_S:g} s",
        met=p95 <= TARGET_S * 1000,
    )


def _start(environment: dict[str, str]) -> float:
    done = subprocess.run(
        [sys.executable, "-c", _START], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return float(done.stdout)
