"""vLLM inside a worker, beside `LLM.chat` over the same prompts; and transformers, where there is a GPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from judge_platform.bench.judging.items import import_items, make_project
from judge_platform.bench.judging.judged import judge, workers
from judge_platform.bench.judging.served import NO_VLLM, TARGET_RATIO, prompts_of_pass
from judge_platform.bench.measurement import Measurement
from judge_platform.bench.tiny_model import LONGEST, make_tiny_model
from judge_platform.bench.vllm_server import vllm_environment
from judge_platform.programs import worker_programs
from models_llm.choices import Queue
from models_llm.engines import Prompt, Sampling
from models_llm.services.judges import create_judge

WARM_UP = 100
BARE = "LLM.chat over a list of prompts"
PLATFORM = "import and run, vLLM in the worker"
_BARE = """
import json, sys, time
from pathlib import Path
import vllm
from vllm.sampling_params import StructuredOutputsParams

def main():
    given = json.loads(Path(sys.argv[1]).read_text())
    model = vllm.LLM(**given["model"])
    seconds = []
    for prompts in given["batches"]:
        parameters = [
            vllm.SamplingParams(structured_outputs=StructuredOutputsParams(json=prompt["schema"]), **given["sampling"])
            for prompt in prompts
        ]
        began = time.perf_counter()
        model.chat([prompt["messages"] for prompt in prompts], parameters, use_tqdm=False)
        seconds.append(time.perf_counter() - began)
    Path(sys.argv[2]).write_text(json.dumps(seconds))

if __name__ == "__main__":
    main()
"""


def measure(size: int) -> Iterator[Measurement]:
    if find_spec("vllm") is None:
        yield from (Measurement(name=name, size=size, note=NO_VLLM) for name in (BARE, PLATFORM))
    else:
        with tempfile.TemporaryDirectory() as folder:
            model = make_tiny_model(Path(folder))
            bare_s = _bare(model, size)
            platform_s = _platform(model, size)
        yield Measurement(name=BARE, size=size, rate=size / bare_s, unit="items")
        yield Measurement(
            name=PLATFORM,
            size=size,
            rate=size / platform_s,
            unit="items",
            bare_ratio=platform_s / bare_s,
            target=f"at least {TARGET_RATIO:g} of the bare rate",
            met=bare_s / platform_s >= TARGET_RATIO,
            note=f"{bare_s / platform_s:.2f} of the bare rate",
        )
    yield Measurement(name="run, transformers in the worker", size=size, note="not measured: no GPU here")


def _bare(model: Path, size: int) -> float:
    """Seconds for `size` prompts, after some that warm it up, in a process of their own."""
    folder = Path(os.environ["VAR_DIR"])
    given, found = folder / "bare.json", folder / "bare-seconds.json"
    batches = [prompts_of_pass(n, visit) for n, visit in ((WARM_UP, 100), (size, 101))]
    sampling = Sampling()
    given.write_text(
        json.dumps(
            {
                "model": {
                    "model": str(model), "dtype": "float32", "max_model_len": LONGEST, "enforce_eager": True,
                    "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
                },
                "sampling": {"temperature": sampling.temperature, "top_p": sampling.top_p,
                             "max_tokens": sampling.max_tokens, "seed": sampling.seed},
                "batches": [[_as_chat(prompt) for prompt in prompts] for prompts in batches],
            }
        )
    )  # fmt: skip
    script = folder / "bare_chat.py"
    script.write_text(_BARE)
    with (folder / "bare.log").open("wb") as log:
        subprocess.run(
            [sys.executable, str(script), str(given), str(found)],
            env=vllm_environment(), stdout=log, stderr=subprocess.STDOUT, check=True,
        )  # fmt: skip
    return float(json.loads(found.read_text())[-1])


def _as_chat(prompt: Prompt) -> dict[str, object]:
    messages = [{"role": message.role, "content": message.text} for message in prompt.messages]
    return {"messages": messages, "schema": prompt.schema}


def _platform(model: Path, size: int) -> float:
    """Seconds from the file to the last verdict, with the model loaded."""
    programs = worker_programs(queues=["celery", Queue.ENGINE], concurrency=2, processes=1)
    engine = {"dtype": "float32", "max_model_len": LONGEST, "compiled": False}
    with workers(programs, vllm_environment()) as by:
        for n, visit in ((WARM_UP, 102), (size, 103)):
            project = make_project(f"offline-{visit}")
            began = time.perf_counter()
            import_items(project, n, visit=visit)
            imported_s = time.perf_counter() - began
            version = create_judge(
                project=project, name="bench", engine="vllm_offline", model=str(model), engine_settings=engine
            )
            _, judged_s = judge(version, by)
    return imported_s + judged_s
