"""What the source of labels says of an item."""

from __future__ import annotations

from itertools import product

import numpy as np

from annotations.choices import Scale
from annotations.rubrics import MISSING, CriterionSpec, LevelSpec, RubricSpec
from models_llm.datasets.decisions import UNKNOWN, qualify

RUBRIC = RubricSpec(
    name="mixed",
    criteria=(
        CriterionSpec(
            key="quality",
            name="Quality",
            scale=Scale.ORDINAL,
            levels=(
                LevelSpec(key="bad", label="Bad", passes=False),
                LevelSpec(key="good", label="Good", passes=True),
                LevelSpec(key="unclear", label="Unclear"),
            ),
        ),
        CriterionSpec(
            key="topic",
            name="Topic",
            scale=Scale.NOMINAL,
            levels=(LevelSpec(key="x", label="X"), LevelSpec(key="y", label="Y")),
        ),
        CriterionSpec(
            key="safe",
            name="Safe",
            scale=Scale.BINARY,
            levels=(LevelSpec(key="no", label="No", passes=False), LevelSpec(key="yes", label="Yes", passes=True)),
        ),
    ),
)


def test_qualifying_many_items_at_once_is_qualifying_each() -> None:
    patterns = list(product((MISSING, 0, 1, 2), (MISSING, 0, 1), (MISSING, 0, 1)))
    words = {True: 1, False: 0, None: UNKNOWN}
    expected = [words[RUBRIC.qualifies([None if x == MISSING else x for x in pattern])] for pattern in patterns]

    assert qualify(np.array(patterns, dtype=np.int16), RUBRIC).tolist() == expected
    assert set(expected) == {1, 0, UNKNOWN}
