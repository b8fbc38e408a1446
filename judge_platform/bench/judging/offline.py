"""vLLM inside a worker, beside `LLM.chat` over the same prompts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from judge_platform.bench.judging.in_worker import WARM_UP, as_chat, bare_result, seconds_in_worker
from judge_platform.bench.judging.served import NO_VLLM, TARGET_RATIO, prompts_of_pass
from judge_platform.bench.measurement import Measurement, beside_bare
from judge_platform.bench.tiny_model import LONGEST, make_tiny_model
from judge_platform.bench.vllm_server import vllm_environment
from models_llm.engines import Sampling
from models_llm.services.judges import create_judge

BARE = "LLM.chat over a list of prompts"
PLATFORM = "import and run, vLLM in the worker"
_SCRIPT = """
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
        return
    with tempfile.TemporaryDirectory() as folder:
        model = make_tiny_model(Path(folder))
        bare_s = _bare(model, size)
        platform_s = _platform(model, size)
    yield from beside_bare(
        bare=BARE, platform=PLATFORM, size=size, bare_s=bare_s, platform_s=platform_s, least=TARGET_RATIO
    )


def _bare(model: Path, size: int) -> float:
    """Seconds for `size` prompts, after some that warm it up."""
    sampling = Sampling()
    given = {
        "model": {
            "model": str(model), "dtype": "float32", "max_model_len": LONGEST, "enforce_eager": True,
            "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
        },
        "sampling": {"temperature": sampling.temperature, "top_p": sampling.top_p,
                     "max_tokens": sampling.max_tokens, "seed": sampling.seed},
        "batches": [
            [{"messages": as_chat(prompt), "schema": prompt.schema} for prompt in prompts_of_pass(n, visit)]
            for n, visit in ((WARM_UP, 100), (size, 101))
        ],
    }  # fmt: skip
    seconds = bare_result(_SCRIPT, given, environment=vllm_environment())
    return float(seconds[-1])


def _platform(model: Path, size: int) -> float:
    engine = {"dtype": "float32", "max_model_len": LONGEST, "compiled": False}
    return seconds_in_worker(
        size,
        visit=102,
        make_version=lambda project: create_judge(
            project=project, name="bench", engine="vllm_offline", model=str(model), engine_settings=engine
        ),
        environment=vllm_environment(),
    )
