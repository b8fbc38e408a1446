"""Runs of real models from each door to the last verdict, by real Celery workers."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter, defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum

from annotations.choices import Outcome, Role
from annotations.models import Judgement, Project, User
from annotations.rubrics import load_rubric
from judge_platform.bench.vllm_server import MODEL_NAME, vllm_environment
from models_llm.choices import JudgeKind, Queue, RunState
from models_llm.judging import KINDS
from models_llm.models import Run, Verdict
from tests.engines_end_to_end.doors import DOORS, by_command
from tests.factories import make_batch, make_items, make_member, make_project
from tests.models_llm.rubrics import tag_rubric
from tests.real_models import skip_without
from tests.workers import wait_until, worker, worker_environment

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

DEADLINE_S = 400  # most of it is vLLM's start
ENGINES = ("openai_http", "vllm_offline", "transformers_local")
ASKING = [kind for kind, described in KINDS.items() if described.asks]
N_ITEMS = 6


@pytest.fixture
def projects() -> dict[bool, tuple[Project, User]]:
    """One for pairs of candidates, one for all other judges: there the items come in groups of three."""
    pairs, tags = make_project("pairs", spec=load_rubric("preference")), make_project("tags", spec=tag_rubric())
    for project in (pairs, tags):
        batch = make_batch(project)
        for number in range(N_ITEMS):
            make_items(
                project,
                1,
                batch,
                context={"interests": ["hiking", f"peak {number // 3}"]},
                candidates=[
                    {"tag": f"poles {number} {side}", "reason": "was bought"} for side in "ab"[: 1 + (project is pairs)]
                ],
                group="" if project is pairs else f"group {number // 3}",
            )
    return {project is pairs: (project, make_member(project, Role.LEAD)) for project in (pairs, tags)}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return vllm_environment() | worker_environment(tmp_path)


def described(engine: str, kind: JudgeKind, *, folder: Path, url: str) -> dict[str, Any]:
    settings = {
        "openai_http": {"url": url},
        "vllm_offline": {"dtype": "float32", "compiled": False, "gpu_memory_utilization": 0.1},
        "transformers_local": {"dtype": "float32"},
    }
    return {
        "kind": kind.value,
        "engine": engine,
        "model": MODEL_NAME if engine == "openai_http" else str(folder),
        "engine_settings": settings[engine],
        "sampling": {"max_tokens": 600},
    }


def test_every_kind_of_judge_runs_on_every_engine_through_every_door(
    projects: dict[bool, tuple[Project, User]],
    tiny_folder: Path,
    vllm_url: str,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    for number, (kind, engine) in enumerate(product(ASKING, ENGINES)):
        door = DOORS[(number + number // len(ENGINES)) % len(DOORS)]  # each kind and each engine by every door
        project, lead = projects[kind is JudgeKind.PAIRWISE]
        door(project, lead, f"{kind}-{engine}", described(engine, kind, folder=tiny_folder, url=vllm_url), tmp_path)
    for engine, door in zip(ENGINES, DOORS, strict=True):
        members = [f"{kind}-{engine} v1" for kind in (JudgeKind.POINTWISE, JudgeKind.PER_CRITERION)]
        door(*projects[False], f"jury-{engine}", {"kind": "jury", "members": members}, tmp_path)
    runs = Run.objects.select_related("judge_version__judge")
    assert runs.count() == len(KINDS) * len(ENGINES)

    with (
        worker(environment, "--queues", "celery,judge", "--hostname", "judge@here"),
        worker(environment, "--queues", Queue.ENGINE.value, "--hostname", "engine@here", has_clock=False),
    ):
        wait_until(
            lambda: not Run.objects.exclude(state=RunState.COMPLETE).exists(), "all runs are over", within_s=DEADLINE_S
        )

    said: dict[str, dict[str, Any]] = defaultdict(dict)
    for run in runs:
        name, _, engine = run.judge_version.judge.name.partition("-")
        assert run.state == RunState.COMPLETE
        judged = Judgement.objects.filter(rater=run.judge_version.rater).order_by("item_id")
        assert Counter(judged.values_list("item_id", flat=True)) == dict.fromkeys(
            run.judge_version.judge.project.items.values_list("pk", flat=True), 1
        )
        assert Verdict.objects.filter(run=run).count() == N_ITEMS
        used = run.shards.aggregate(read=Sum("prompt_tokens"), written=Sum("completion_tokens"))
        said[name][engine] = [*judged.values_list("outcome", "levels"), used]
    for by_engine in said.values():
        first, *others = by_engine.values()
        assert all(other == first for other in others)
    outcomes = Counter(Judgement.objects.values_list("outcome", flat=True))
    assert outcomes[Outcome.FAILED] == 0
    assert outcomes[Outcome.RATED] > outcomes.total() / 2


def runs_vllm(session: int) -> bool:
    """Whether a process of vLLM lives in the session; one that is over and that nobody asked after does not."""
    shown = subprocess.run(["ps", "-o", "stat=,args=", "-s", str(session)], capture_output=True, text=True, check=False)
    return any("VLLM::" in line and not line.startswith("Z") for line in shown.stdout.splitlines())


def test_a_worker_of_one_thread_judges_with_vllm_in_it_and_leaves_nothing_when_it_is_killed(
    projects: dict[bool, tuple[Project, User]], tiny_folder: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    skip_without("vllm")
    document = described("vllm_offline", JudgeKind.POINTWISE, folder=tiny_folder, url="")
    by_command(*projects[False], "solo", document, tmp_path)
    with worker(environment, "--queues", f"celery,{Queue.ENGINE}", pool="solo") as process:
        wait_until(lambda: Run.objects.get().state == RunState.COMPLETE, "the run is over", within_s=DEADLINE_S)
        assert runs_vllm(process.pid)
        process.kill()  # the worker alone
        process.wait()
        wait_until(lambda: not runs_vllm(process.pid), "vLLM's processes are gone with it")
        os.killpg(process.pid, signal.SIGKILL)  # its clock is left
    assert Counter(Judgement.objects.values_list("outcome", flat=True)) == {Outcome.RATED: N_ITEMS}
