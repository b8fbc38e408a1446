"""Rubrics that the tests of this app share."""

from __future__ import annotations

from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, LevelSpec, RubricSpec


def tag_rubric() -> RubricSpec:
    """Two binary criteria and an ordinal one."""
    return RubricSpec(
        "tag",
        (
            CriterionSpec(
                "relevance",
                "Relevance",
                Scale.BINARY,
                (
                    LevelSpec("relevant", "Relevance", 1, True),
                    LevelSpec("weak", "Weak Relevance", 0, False),
                ),
                definition="The tag follows from the interest.",
            ),
            CriterionSpec(
                "validity",
                "Tag validity",
                Scale.BINARY,
                (LevelSpec("valid", "Validity", 1, True), LevelSpec("invalid", "Invalid Tag", 0, False)),
            ),
            CriterionSpec(
                "style",
                "Style",
                Scale.ORDINAL,
                (
                    LevelSpec("1", "Bad", 1, False),
                    LevelSpec("2", "Good", 2, True),
                    LevelSpec("3", "Excellent", 3, True),
                ),
            ),
        ),
    )
