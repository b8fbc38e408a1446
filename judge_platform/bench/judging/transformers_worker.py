"""Transformers inside a worker, beside a bare loop over the same prompts: the labels of a criterion in one pass."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from judge_platform.bench.judging.in_worker import WARM_UP, as_chat, bare_result, seconds_in_worker
from judge_platform.bench.judging.items import import_items, make_project
from judge_platform.bench.judging.served import TARGET_RATIO
from judge_platform.bench.measurement import Measurement, beside_bare
from judge_platform.bench.tiny_model import make_tiny_model
from models_llm.choices import JudgeKind
from models_llm.prompting import CriterionPrompts, load_template
from models_llm.services.judges import create_judge

BARE = "forward passes over the prompts, 16 at once"
PLATFORM = "import and run, transformers in the worker"
_SCRIPT = """
import json, sys, time
from pathlib import Path
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

def main():
    given = json.loads(Path(sys.argv[1]).read_text())
    device = "cuda" if torch.cuda.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" and torch.cuda.is_bf16_supported() else torch.float32
    tokenizer = AutoTokenizer.from_pretrained(given["model"], padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(given["model"], dtype=dtype).to(device).eval()
    labels = tokenizer.convert_tokens_to_ids(given["labels"])
    seconds = []
    for chats in given["batches"]:
        began = time.perf_counter()
        for start in range(0, len(chats), 16):
            texts = [
                tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
                for chat in chats[start : start + 16]
            ]
            batch = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False).to(device)
            with torch.inference_mode():
                last = model(**batch, logits_to_keep=1).logits[:, -1]
                last.float().softmax(-1)[:, labels].tolist()
        seconds.append(time.perf_counter() - began)
    Path(sys.argv[2]).write_text(json.dumps({"seconds": seconds}))

if __name__ == "__main__":
    main()
"""


def measure(size: int) -> Iterator[Measurement]:
    """On a GPU alone: on a CPU a pass takes a third of a second, beside which nothing of the platform would show."""
    note = _obstacle()
    if note:
        yield from (Measurement(name=name, size=size, note=f"not measured: {note}") for name in (BARE, PLATFORM))
        return
    with tempfile.TemporaryDirectory() as folder:
        model = make_tiny_model(Path(folder))
        given = {
            "model": str(model),
            "labels": ["A", "B"],
            "batches": [_chats(n, visit) for n, visit in ((WARM_UP, 100), (size, 101))],
        }
        bare = bare_result(_SCRIPT, given)
        platform_s = _platform(model, size)
    bare_s = float(bare["seconds"][-1])
    yield from beside_bare(
        bare=BARE, platform=PLATFORM, size=size, bare_s=bare_s, platform_s=platform_s, least=TARGET_RATIO
    )


def _obstacle() -> str:
    """Why nothing can be measured here; empty where it can."""
    if find_spec("torch") is None or find_spec("transformers") is None:
        return "transformers is not installed here"
    import torch

    return "" if torch.cuda.is_available() else "no GPU here"


def _chats(size: int, visit: int) -> list[Any]:
    """What the platform would ask about the items of a pass: a question a criterion, those of an item together."""
    project = make_project(f"bare-{visit}")
    import_items(project, size, visit=visit)
    spec = project.current_rubric().spec()
    prompts = CriterionPrompts(load_template("per_criterion"), spec)
    return [
        as_chat(prompts.about(context=context, candidates=candidates).letter(criterion))
        for context, candidates in project.items.order_by("pk").values_list("context", "candidates")
        for criterion in spec.criteria
    ]


def _platform(model: Path, size: int) -> float:
    return seconds_in_worker(
        size,
        visit=102,
        make_version=lambda project: create_judge(
            project=project,
            name="bench",
            kind=JudgeKind.PER_CRITERION,
            engine="transformers_local",
            model=str(model),
        ),
    )
