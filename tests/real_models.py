"""A tiny model, and a real vLLM server of it, for the tests of real engines: made once a session."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge_platform.bench.tiny_model import make_tiny_model
from judge_platform.bench.vllm_server import vllm_server


def skip_without(*libraries: str) -> None:
    missing = [name for name in libraries if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed here; `make test-engines` runs this where they are")


@functools.cache
def tiny_model_folder() -> Path:
    skip_without("torch", "transformers")
    folder = Path(tempfile.mkdtemp(prefix="tiny-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return make_tiny_model(folder)


@pytest.fixture(scope="session")
def tiny_folder() -> Path:
    return tiny_model_folder()


@pytest.fixture(scope="session")
def vllm_url(
    request: pytest.FixtureRequest, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Address of a vLLM server of the tiny model; where a test failed, its log is shown at the end."""
    skip_without("vllm")
    log = tmp_path_factory.mktemp("vllm") / "server.log"
    with vllm_server(tiny_folder, log=log) as url:
        yield url
    if request.session.testsfailed:
        last_lines = log.read_text(errors="replace").splitlines()[-60:]
        print(f"\n{log}:", *last_lines, sep="\n")
