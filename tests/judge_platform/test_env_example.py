"""`.env.example` names every setting that is read, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.conftest import ROOT

READER = re.compile(r"\benv_(?:str|bool|int|list|url|secret)\(\s*\"([A-Z_]+)\"")


def read_by_code() -> Iterator[str]:
    for app in ("annotations", "models_llm", "judge_platform"):
        for file in sorted((ROOT / app).rglob("*.py")):
            yield from READER.findall(file.read_text())


def test_the_example_lists_every_setting_that_is_read() -> None:
    example = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(example) == len(set(example))
    assert set(example) == set(read_by_code())
