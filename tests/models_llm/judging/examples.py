"""Items whose ratings follow from their texts, for judges that learn."""

from __future__ import annotations

import numpy as np

from annotations.rubrics import RubricSpec
from models_llm.judging import JudgedItem, RatedItem

INTERESTS = ("hiking", "cooking", "painting", "cycling", "fishing", "gardening")
PRODUCTS = ("boots", "pan", "brush", "helmet", "rod", "spade")


def rated_items(n: int, rubric: RubricSpec, *, seed: int = 0) -> list[RatedItem]:
    """Items about one interest whose tag names that interest, or another one and then is not relevant.

    Levels for the first criterion: 0 if the tag's interest is in the evidence, else 1. For the second: 0 if
    the tag has more than one word, else 1. Any further criterion: always its last level. Four items a group.
    """
    rng = np.random.default_rng(seed)
    items = []
    for number in range(n):
        interest, said = rng.integers(len(INTERESTS)), rng.integers(2)
        named = interest if said else (interest + 1 + rng.integers(len(INTERESTS) - 1)) % len(INTERESTS)
        is_long = bool(rng.integers(2))
        tag = f"{INTERESTS[named]} {PRODUCTS[named]}" if is_long else INTERESTS[named]
        item = JudgedItem({"interests": [INTERESTS[interest]], "date": "2026-11-02"}, ({"tag": tag},))
        rest = [len(criterion.levels) - 1 for criterion in rubric.criteria[2:]]
        items.append(RatedItem(item, (int(named != interest), int(not is_long), *rest), f"group {number // 4}"))
    return items
