"""A run beside a bare client: the same prompts, the same real vLLM server."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import aiohttp

from judge_platform.bench.judging.items import import_items, make_project
from judge_platform.bench.judging.judged import Workers, judge, served_by, worker_programs, workers
from judge_platform.bench.measurement import Measurement, beside_bare
from judge_platform.bench.tiny_model import make_tiny_model
from judge_platform.bench.vllm_server import MODEL_NAME, vllm_server
from models_llm.engines import Prompt, Sampling
from models_llm.engines.openai_http.wire import CHAT, completion_body
from models_llm.prompting import PointwisePrompts, load_template
from models_llm.selectors.runs import run_progress

TARGET_RATIO = 0.95
TARGET_CACHED = 0.6
N_OPEN = 256
"""Requests that the bare client has open: as many as the platform's engine may have."""
N_PASSES = 2
NO_VLLM = "not measured: vLLM is not installed here"


def measure(size: int) -> Iterator[Measurement]:
    """Bare and platform take turns; each pass has items of its own, so that neither finds the other's in the cache."""
    names = ("bare client against vLLM", "import and run against the same vLLM", "prompt tokens from the prefix cache")
    if find_spec("vllm") is None:
        yield from (Measurement(name=name, size=size, note=NO_VLLM) for name in names)
        return
    log = Path(os.environ["VAR_DIR"]) / "vllm.log"
    with (
        tempfile.TemporaryDirectory() as folder,
        vllm_server(make_tiny_model(Path(folder)), log=log) as url,
        workers(worker_programs()) as by,
    ):
        _platform(url, by, 200, visit=100)  # loads the worker's code and the server's grammar
        bare_s, platform_s, cached = [], [], []
        for number in range(N_PASSES):
            bare_s.append(asyncio.run(_bare(url, prompts_of_pass(size, 101 + 2 * number))))
            seconds, share = _platform(url, by, size, visit=102 + 2 * number)
            platform_s.append(seconds)
            cached.append(share)
    yield from beside_bare(
        bare=names[0], platform=names[1], size=size, bare_s=min(bare_s), platform_s=min(platform_s), least=TARGET_RATIO
    )
    yield Measurement(
        name=names[2],
        size=size,
        target=f"at least {TARGET_CACHED:g} of them",
        met=min(cached) >= TARGET_CACHED,
        note=f"{min(cached):.2f} over {N_PASSES} runs, as the server says",
    )


def prompts_of_pass(size: int, visit: int) -> list[Prompt]:
    """What the platform would ask about the items of a pass."""
    project = make_project(f"bare-{visit}")
    import_items(project, size, visit=visit)
    prompts = PointwisePrompts(load_template("pointwise"), project.current_rubric().spec())
    return [
        prompts.prompt(context=context, candidates=candidates)
        for context, candidates in project.items.order_by("pk").values_list("context", "candidates")
    ]


async def _bare(url: str, prompts: list[Prompt]) -> float:
    """Seconds until all replies are there, thrown away."""
    bodies = [completion_body(MODEL_NAME, prompt, Sampling(), json_schema=True) for prompt in prompts]
    places = asyncio.Semaphore(N_OPEN)

    async def ask(body: bytes) -> None:
        async with places, session.post(url + CHAT, data=body) as response:
            reply = await response.json()
            if response.status != 200:
                raise SystemExit(f"the server answered {response.status}: {reply}")

    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        began = time.perf_counter()
        await asyncio.gather(*map(ask, bodies))
        return time.perf_counter() - began


def _platform(url: str, by: Workers, size: int, *, visit: int) -> tuple[float, float]:
    """Seconds from the file to the last verdict, and the share of prompt tokens that came from the cache."""
    project = make_project(f"served-{visit}")
    began = time.perf_counter()
    import_items(project, size, visit=visit)
    imported_s = time.perf_counter() - began
    run, judged_s = judge(served_by(project, url, model=MODEL_NAME), by)
    return imported_s + judged_s, run_progress(run).metering.cached_share
