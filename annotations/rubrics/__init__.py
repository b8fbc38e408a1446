"""Rubrics as plain data: what is judged, on which scale, and which levels pass.

Every pure room works on `RubricSpec`; the tables `Rubric`, `Criterion` and `Level` hold the same facts.
A judgement's ratings are level positions in the order of the rubric's criteria, `MISSING` where not rated.
Rubrics are written in YAML (`read_rubric`); those that come with the platform are in `templates/`, and
`published/` has those of the data sets that `annotations.formats` can read.
"""

from annotations.rubrics.library import available_rubrics, load_rubric, published_rubrics
from annotations.rubrics.ranking import FEWEST_RANKED, MOST_RANKED, Preference, Ranking, preference
from annotations.rubrics.reader import read_rubric
from annotations.rubrics.spec import MISSING, CriterionSpec, LevelSpec, RubricSpec
from annotations.rubrics.writer import write_rubric

__all__ = [
    "FEWEST_RANKED",
    "MISSING",
    "MOST_RANKED",
    "CriterionSpec",
    "LevelSpec",
    "Preference",
    "Ranking",
    "RubricSpec",
    "available_rubrics",
    "load_rubric",
    "preference",
    "published_rubrics",
    "read_rubric",
    "write_rubric",
]
