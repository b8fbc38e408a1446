"""A model inside a worker, and the bare script that it stands beside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from annotations.models import Project
from judge_platform.bench.judging.items import import_items, make_project
from judge_platform.bench.judging.judged import judge, workers
from judge_platform.programs import worker_programs
from models_llm.choices import Queue
from models_llm.engines import Prompt
from models_llm.models import JudgeVersion

WARM_UP: Final = 100
"""Items that are judged before the clock runs: the model is loaded with them."""


def bare_result(script: str, given: Mapping[str, Any], *, environment: Mapping[str, str] | None = None) -> Any:
    """What a script writes, as JSON, that is given JSON: run in a process of its own, as a user would."""
    folder = Path(os.environ["VAR_DIR"])
    source, asked, found = folder / "bare.py", folder / "bare-given.json", folder / "bare-found.json"
    source.write_text(script)
    asked.write_text(json.dumps(given))
    with (folder / "bare.log").open("wb") as log:
        subprocess.run(
            [sys.executable, str(source), str(asked), str(found)],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=True,
        )
    return json.loads(found.read_text())


def as_chat(prompt: Prompt) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.text} for message in prompt.messages]


def seconds_in_worker(
    size: int,
    *,
    visit: int,
    make_version: Callable[[Project], JudgeVersion],
    environment: dict[str, str] | None = None,
) -> float:
    """From the file of `size` items to the last verdict, with the model loaded.

    Args:
        visit: of the items; the warm-up has the one after it.
    """
    programs = worker_programs(queues=["celery", Queue.ENGINE], concurrency=2, processes=1)
    with workers(programs, environment) as by:
        for n, number in ((WARM_UP, visit + 1), (size, visit)):
            project = make_project(f"in-worker-{number}")
            began = time.perf_counter()
            import_items(project, n, visit=number)
            imported_s = time.perf_counter() - began
            _, judged_s = judge(make_version(project), by)
    return imported_s + judged_s
