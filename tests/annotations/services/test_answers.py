"""What the rubric asks of an answer beside its levels, and the words that decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotations.choices import RationaleNeed
from annotations.errors import HighlightError, RationaleMissingError
from annotations.models import Assignment, Judgement
from annotations.rubrics import RubricSpec, read_rubric, write_rubric
from annotations.services.queue import claim_item, queue_items, submit_annotation
from annotations.services.revisions import revise_annotation
from tests.factories import make_items, make_project, make_rater, rubric_spec

pytestmark = pytest.mark.django_db
WORDS = {"in": "candidate.0.reason", "from": 7, "to": 12, "text": "poles"}


def asking(*needs: RationaleNeed) -> RubricSpec:
    spec = rubric_spec(n_criteria=len(needs))
    criteria = (replace(criterion, rationale=need) for criterion, need in zip(spec.criteria, needs, strict=True))
    return RubricSpec(name=spec.name, criteria=tuple(criteria))


def turn_under(spec: RubricSpec) -> Assignment:
    project = make_project(spec=spec)
    make_items(project, 1)
    queue_items(project=project)
    turn = claim_item(project=project, rater=make_rater(project))
    assert turn is not None
    return turn


def submit(turn: Assignment, levels: tuple[int, ...], rationale: str = "") -> Judgement:
    return submit_annotation(assignment=turn, rubric=turn.project.current_rubric(), levels=levels, rationale=rationale)


def test_a_rationale_is_required_where_the_rubric_says_so() -> None:
    turn = turn_under(asking(RationaleNeed.OPTIONAL, RationaleNeed.REQUIRED))
    with pytest.raises(RationaleMissingError) as refused:
        submit(turn, (0, 0), "  ")
    assert refused.value.positions == (1,)
    assert not Judgement.objects.exists()
    assert submit(turn, (0, 0), "thin").rationale == "thin"


def test_a_rationale_is_required_of_failing_levels_only() -> None:
    spec = asking(RationaleNeed.REQUIRED_WHEN_FAILING, RationaleNeed.OPTIONAL)
    with pytest.raises(RationaleMissingError):
        submit(turn_under(spec), (1, 0))
    judgement = submit(turn_under(spec), (0, 1))
    with pytest.raises(RationaleMissingError):
        revise_annotation(judgement=judgement, levels=(1, 1))
    assert revise_annotation(judgement=judgement, levels=(1, 1), rationale="weak").levels == [1, 1]


def test_what_a_rubric_asks_survives_yaml_and_the_database_and_changes_its_digest() -> None:
    spec = asking(RationaleNeed.OPTIONAL, RationaleNeed.REQUIRED_WHEN_FAILING)
    assert read_rubric(write_rubric(spec), source="written.yaml") == spec
    assert make_project(spec=spec).current_rubric().spec() == spec
    assert spec.digest != rubric_spec().digest
    assert "rationale" not in write_rubric(rubric_spec())


def test_the_words_that_decided_are_stored_and_go_with_a_revision() -> None:
    turn = turn_under(rubric_spec())
    judgement = submit_annotation(
        assignment=turn, rubric=turn.project.current_rubric(), levels=(0, 0), highlights=[WORDS]
    )
    assert judgement.highlights == [WORDS]
    revised = revise_annotation(judgement=judgement, levels=(0, 1))
    assert revised.highlights == [WORDS]
    assert revise_annotation(judgement=revised, levels=(0, 1), highlights=[]).highlights is None


def test_words_that_do_not_stand_in_the_item_are_refused() -> None:
    turn = turn_under(rubric_spec())
    with pytest.raises(HighlightError):
        submit_annotation(
            assignment=turn,
            rubric=turn.project.current_rubric(),
            levels=(0, 0),
            highlights=[{**WORDS, "text": "boots"}],
        )
    assert not Judgement.objects.exists()
