from __future__ import annotations

from tests.models_llm.rubrics import tag_rubric


def test_the_levels_of_a_criterion_stand_behind_those_of_the_criteria_before_it() -> None:
    rubric = tag_rubric()
    assert [len(criterion.levels) for criterion in rubric.criteria] == [2, 2, 3]
    assert ["aabbccc"[where] for where in rubric.level_slices] == ["aa", "bb", "ccc"]
