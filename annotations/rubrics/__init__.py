"""Rubrics as plain data: what is judged, on which scale, and which levels pass.

Every pure room works on `RubricSpec`; the tables `Rubric`, `Criterion` and `Level` hold the same facts.
A judgement's ratings are level positions in the order of the rubric's criteria, `MISSING` where not rated.
"""

from annotations.rubrics.spec import MISSING, CriterionSpec, LevelSpec, RubricSpec

__all__ = ["MISSING", "CriterionSpec", "LevelSpec", "RubricSpec"]
