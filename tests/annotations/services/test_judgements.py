from __future__ import annotations

import pytest
from django.db import IntegrityError, connection

from annotations.choices import Outcome, Visible
from annotations.errors import AlreadyJudgedError, RubricError
from annotations.models import Criterion, Judgement, Rubric
from annotations.services.judgements import NewJudgement, record_judgements
from tests.factories import judge_item, make_items, make_project, make_rater

pytestmark = pytest.mark.django_db


def test_first_rating_locks_the_rubric_for_ever() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    assert project.current_rubric().locked_at is None
    judge_item(make_rater(project), item, (0, 1))
    locked = project.current_rubric()
    assert locked.locked_at is not None
    with pytest.raises(IntegrityError, match="locked by its first rating"):
        Criterion.objects.filter(rubric=locked).update(name="Something else")


def test_a_second_judgement_by_the_same_rater_is_refused() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    rater = make_rater(project)
    judge_item(rater, item, (0, 1))
    with pytest.raises(AlreadyJudgedError):
        judge_item(rater, item, (1, 1))
    assert list(Judgement.objects.values_list("levels", flat=True)) == [[0, 1]]


def test_a_revision_supersedes_and_keeps_the_old_row() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    rater = make_rater(project)
    first = judge_item(rater, item, (0, 1))
    stored = record_judgements(
        rater=rater,
        rubric=project.current_rubric(),
        judgements=[NewJudgement(item_id=item.pk, levels=(1, 1))],
        visible=Visible.BLIND,
        existing="supersede",
    )
    second = Judgement.objects.get(pk=stored[item.pk])
    first.refresh_from_db()
    assert second.supersedes_id == first.pk
    assert first.superseded_at is not None
    assert list(Judgement.objects.live()) == [second]


def test_skipping_stores_only_what_is_missing() -> None:
    project = make_project()
    items = make_items(project, 2)
    rater = make_rater(project)
    judge_item(rater, items[0], (0, 1))
    stored = record_judgements(
        rater=rater,
        rubric=project.current_rubric(),
        judgements=[NewJudgement(item_id=item.pk, levels=(1, 1)) for item in items],
        visible=Visible.BLIND,
        existing="skip",
    )
    assert list(stored) == [items[1].pk]
    assert Judgement.objects.get(pk=stored[items[1].pk]).levels == [1, 1]


def test_all_that_a_rater_says_is_stored_to_the_letter() -> None:
    project = make_project()
    items = make_items(project, 2)
    texts = ('a "quoted" \\ back\\nslash', "tab\tline\r\nend {brace}, comma NULL 徒步 \U0001f97e")
    said = NewJudgement(
        item_id=items[0].pk,
        levels=(1, None),
        scores=(0.1, None),
        distributions=(0.25, 0.75, 0.5, 0.5),
        rationale=texts[0],
        rationales=texts,
        seconds=1.5,
    )
    stored = record_judgements(
        rater=make_rater(project),
        rubric=project.current_rubric(),
        judgements=[said, NewJudgement(item_id=items[1].pk, levels=(0, 0), rationales=("", "NULL"))],
        visible=Visible.ASSISTED,
    )
    first, second = (Judgement.objects.get(pk=stored[item.pk]) for item in items)
    assert (first.levels, first.scores, first.distributions) == ([1, None], [0.1, None], [0.25, 0.75, 0.5, 0.5])
    assert (first.rationale, first.rationales, first.seconds) == (texts[0], list(texts), 1.5)
    assert (first.visible, first.batch_id, first.supersedes_id) == (Visible.ASSISTED, None, None)
    assert (second.scores, second.seconds, second.rationales) == (None, None, ["", "NULL"])


def test_one_judgement_too_many_refuses_all_of_them() -> None:
    project = make_project()
    items = make_items(project, 3)
    rater = make_rater(project)
    judge_item(rater, items[2], (0, 1))
    with pytest.raises(AlreadyJudgedError):
        record_judgements(
            rater=rater,
            rubric=project.current_rubric(),
            judgements=[NewJudgement(item_id=item.pk, levels=(1, 1)) for item in items],
            visible=Visible.BLIND,
        )
    assert Judgement.objects.count() == 1


@pytest.mark.parametrize("levels", [(0,), (0, 2), (-1, 0), (0, 0, 0)])
def test_levels_that_are_not_of_the_rubric_are_refused(levels: tuple[int, ...]) -> None:
    project = make_project()
    [item] = make_items(project, 1)
    with pytest.raises(RubricError):
        judge_item(make_rater(project), item, levels)
    assert not Judgement.objects.exists()


def test_an_unparsed_verdict_carries_no_level() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    judgement = judge_item(make_rater(project), item, None, outcome=Outcome.UNPARSED)
    assert judgement.levels == [None, None]
    with pytest.raises(RubricError, match="expected levels with outcome"):
        judge_item(make_rater(project), item, (0, 0), outcome=Outcome.UNPARSED)


def test_the_database_refuses_another_number_of_levels() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    with pytest.raises(IntegrityError, match="one level, or null, for each criterion"):
        Judgement.objects.create(
            item=item, rater=make_rater(project), rubric=project.current_rubric(), levels=[0, 0, 0]
        )


def test_the_database_refuses_rewriting_a_judgement() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    judgement = judge_item(make_rater(project), item, (0, 1))
    with pytest.raises(IntegrityError, match="append-only"):
        Judgement.objects.filter(pk=judgement.pk).update(levels=[1, 1])


def test_the_rating_view_has_a_row_for_each_level() -> None:
    project = make_project()
    [item] = make_items(project, 1)
    judge_item(make_rater(project), item, (0, None))
    with connection.cursor() as cursor:
        cursor.execute("SELECT criterion, level, passes FROM annotations_rating")
        assert cursor.fetchall() == [("c0", "pass", True)]


def test_rubric_round_trips_through_the_tables() -> None:
    project = make_project()
    rubric = Rubric.objects.get(project=project)
    assert rubric.spec().digest == rubric.digest
