from __future__ import annotations

import pytest

from annotations.rubrics import available_rubrics, load_rubric, published_rubrics, read_rubric, write_rubric


@pytest.mark.parametrize("name", available_rubrics() + published_rubrics())
def test_what_is_written_reads_as_the_same_rubric(name: str) -> None:
    spec = load_rubric(name)
    assert read_rubric(write_rubric(spec), source="test") == spec
