from __future__ import annotations

import pytest

from annotations.choices import Scale
from annotations.errors import RubricError
from annotations.rubrics import available_rubrics, load_rubric, published_rubrics

# design.md, section 6: each criterion with its pass and fail labels.
RECGPT = {
    "interest": {
        "Willingness": ({"Spontaneity"}, {"Necessity"}),
        "Reasonableness": ({"Strong Correlation"}, {"Weak Correlation", "No Correlation", "Hallucination"}),
    },
    "tag": {
        "Relevance": ({"Relevance"}, {"Weak Relevance"}),
        "Consistency": ({"Consistency"}, {"Low Consistency"}),
        "Specificity": ({"Specificity"}, {"Low Specificity"}),
        "Validity": ({"Validity"}, {"Invalid Tag"}),
    },
}


@pytest.mark.parametrize("name", RECGPT)
def test_templates_have_the_pass_and_fail_labels_of_the_paper(name: str) -> None:
    found = {
        criterion.name: (
            {level.label for level in criterion.levels if level.passes},
            {level.label for level in criterion.levels if level.passes is False},
        )
        for criterion in load_rubric(name).criteria
    }
    assert found == RECGPT[name]


def test_explanation_v2_is_v1_with_three_more_criteria() -> None:
    first, second = load_rubric("explanation_v1"), load_rubric("explanation_v2")

    assert [criterion.name for criterion in first.criteria] == [
        "Relevance",
        "Factuality",
        "Clarity",
        "Safety",
    ]
    assert second.criteria[:4] == first.criteria
    assert [criterion.name for criterion in second.criteria[4:]] == [
        "Timeliness",
        "Informativeness",
        "Attractiveness",
    ]


def test_excellent_and_good_pass_and_bad_fails() -> None:
    criteria = [criterion for criterion in load_rubric("explanation_v2").criteria if criterion.scale is Scale.ORDINAL]

    assert [criterion.key for criterion in criteria] == [
        "factuality",
        "clarity",
        "informativeness",
        "attractiveness",
    ]
    for criterion in criteria:
        assert [(level.key, level.passes) for level in criterion.levels] == [
            ("excellent", True),
            ("good", True),
            ("bad", False),
        ]


def test_a_preference_has_a_tie_and_passes_nobody() -> None:
    (criterion,) = load_rubric("preference").criteria

    assert [level.key for level in criterion.levels] == ["a", "b", "tie"]
    assert not criterion.can_pass


@pytest.mark.parametrize("name", available_rubrics())
def test_annotators_find_words_for_everything_in_a_template(name: str) -> None:
    for criterion in load_rubric(name).criteria:
        assert criterion.definition
        assert criterion.passing_example
        assert criterion.failing_example
        assert all(level.description for level in criterion.levels)


@pytest.mark.parametrize("name", published_rubrics())
def test_rubrics_of_published_data_can_be_read(name: str) -> None:
    assert all(criterion.definition for criterion in load_rubric(name).criteria)


def test_an_unknown_rubric_lists_those_there_are() -> None:
    with pytest.raises(
        RubricError,
        match=r"explanation_tiers, explanation_v1, explanation_v2, interest, preference, ranking, tag, .*“taste”",
    ):
        load_rubric("taste")
