"""Pausing and qualifying: what answers on gold and in training lead to, and how annotators come back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from annotations.choices import GoldUse, Mode, PauseReason, Purpose, Role
from annotations.errors import PauseError
from annotations.models import Assignment, Gold, Judgement, Pause, Project, Rater
from annotations.selectors.quality import gold_test, training_of, why_paused
from annotations.services.gold import change_gold, retire_gold
from annotations.services.quality import pause_annotator, resume_annotator, set_skills
from annotations.services.queue import claim_item, skip_item, submit_annotation
from tests.annotations.services.test_claiming import answer, claim, make_gold, queue_of, set_policy, with_verdicts
from tests.factories import make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db
RIGHT, WRONG = (0, 0), (0, 1)


def gold_before_every_item(n: int, **policy: Any) -> tuple[Project, Rater]:
    """A queue of which every item has gold before it."""
    project, _ = queue_of(n, gold_share=1.0, **policy)
    make_gold(make_items(project, n))
    return project, make_rater(project)


def answer_gold(project: Project, rater: Rater, *right: bool) -> None:
    """Work on, giving the next answers on gold right or wrong."""
    for is_right in right:
        turn = claim(project, rater)
        while turn.purpose != Purpose.GOLD:
            answer(turn)
            turn = claim(project, rater)
        answer(turn, RIGHT if is_right else WRONG)


def lead_of(project: Project) -> Any:
    return make_member(project, Role.LEAD)


# --- the test on gold


def test_three_misses_pause_and_the_pause_says_what_it_was_read_from() -> None:
    project, rater = gold_before_every_item(6)
    answer_gold(project, rater, False, False)
    assert not Pause.objects.exists()
    answer_gold(project, rater, False)
    rater.refresh_from_db()
    pause = Pause.objects.get()
    assert (pause.rater, pause.reason, pause.started_at) == (rater, PauseReason.GOLD, rater.paused_at)
    # three times ln(0.1 / 0.3)
    assert pause.evidence["statistic"] == pytest.approx(-3.2958)
    assert (pause.evidence["n"], pause.evidence["n_right"]) == (3, 0)
    judgements = Judgement.objects.filter(purpose=Purpose.GOLD).order_by("pk").values_list("pk", flat=True)
    assert pause.evidence["answers"] == [[pk, False] for pk in judgements]
    assert claim_item(project=project, rater=rater) is None


def test_a_gold_answer_is_right_when_all_that_gold_knows_is_right() -> None:
    project, rater = gold_before_every_item(2)
    Gold.objects.update(levels=[0, None])
    answer_gold(project, rater, True, False)  # the criterion that is “wrong” is one that gold leaves open
    state = gold_test(rater, project.current_policy()).state
    assert (state.n, state.n_hits) == (2, 2)


def test_resuming_begins_the_test_anew() -> None:
    project, rater = gold_before_every_item(8)
    answer_gold(project, rater, False, False, False)
    lead = lead_of(project)
    ended = resume_annotator(rater=rater, by=lead, note="talked about it")
    assert (ended.ended_by, ended.end_note) == (lead, "talked about it")
    answer_gold(project, rater, False, False)
    rater.refresh_from_db()
    assert rater.paused_at is None
    answer_gold(project, rater, False)
    assert Pause.objects.filter(rater=rater).count() == 2


def test_the_test_follows_the_rows_and_not_what_was_noted_before() -> None:
    """An answer whose check was lost is counted with the next."""
    project, rater = gold_before_every_item(6)
    answer_gold(project, rater, False, False, False)
    Pause.objects.all().delete()
    Rater.objects.update(paused_at=None)
    answer_gold(project, rater, True)
    assert Pause.objects.get().evidence["n"] == 3


def test_answers_beside_a_verdict_say_nothing_of_the_person_alone() -> None:
    project, rater = gold_before_every_item(6, reveal_share=0.0, assist_share=1.0)
    with_verdicts(project, [gold.item for gold in Gold.objects.select_related("item")])
    answer_gold(project, rater, False, False, False)
    assert set(Assignment.objects.filter(purpose=Purpose.GOLD).values_list("mode", flat=True)) == {Mode.ASSIST}
    assert gold_test(rater, project.current_policy()).answers == ()
    assert not Pause.objects.exists()


def test_answers_to_gold_that_was_retired_count_for_nothing() -> None:
    project, rater = gold_before_every_item(6)
    answer_gold(project, rater, False, False)
    had = Assignment.objects.filter(purpose=Purpose.GOLD).first()
    assert had is not None
    assert retire_gold(gold=Gold.objects.get(item=had.item_id))
    answer_gold(project, rater, False)
    assert gold_test(rater, project.current_policy()).state.n == 2
    assert not Pause.objects.exists()


def test_the_same_gold_answer_twice_is_one_answer_and_one_pause() -> None:
    project, rater = gold_before_every_item(6)
    answer_gold(project, rater, False, False)
    turn = claim(project, rater)
    while turn.purpose != Purpose.GOLD:
        answer(turn)
        turn = claim(project, rater)
    answer(turn, WRONG)
    answer(turn, WRONG)
    assert Pause.objects.get().evidence["n"] == 3


def test_an_answer_whose_check_fails_is_not_stored_either() -> None:
    project, rater = gold_before_every_item(6)
    answer_gold(project, rater, False, False)
    Pause.objects.create(rater=rater, reason=PauseReason.LEAD)  # the database allows no second one
    before = Judgement.objects.filter(purpose=Purpose.GOLD).count()
    with pytest.raises(IntegrityError, match="one_running_pause_per_rater"):
        answer_gold(project, rater, False)
    assert Judgement.objects.filter(purpose=Purpose.GOLD).count() == before
    assert claim(project, rater).purpose == Purpose.GOLD  # still in their hands


def test_an_answer_to_work_asks_the_database_no_more_often() -> None:
    project, _ = queue_of(2)
    rater = make_rater(project)
    rubric = project.current_rubric()
    answer(claim(project, rater))  # locks the rubric
    rubric.refresh_from_db()
    turn = claim(project, rater)
    rubric.spec()
    with CaptureQueriesContext(connection) as asked:
        submit_annotation(assignment=turn, rubric=rubric, levels=RIGHT)
    assert len(asked) == 1


# --- training


def in_training(n: int = 4, needed: float = 0.75) -> tuple[Project, Rater, list[Gold]]:
    project, _ = queue_of(3, training_pass=needed)
    lessons = make_gold(make_items(project, n), GoldUse.TRAINING)
    return project, make_rater(project), lessons


def train(project: Project, rater: Rater, *right: bool) -> None:
    for is_right in right:
        turn = claim(project, rater)
        assert turn.purpose == Purpose.TRAINING
        answer(turn, RIGHT if is_right else WRONG)


def test_whoever_passes_the_training_is_qualified_and_gets_work() -> None:
    project, rater, _ = in_training()
    train(project, rater, True, True, False)
    rater.refresh_from_db()
    assert rater.qualified_at is None
    train(project, rater, True)
    rater.refresh_from_db()
    assert rater.qualified_at is not None
    assert claim(project, rater).purpose == Purpose.WORK


def test_whoever_does_not_pass_is_paused_and_told_what_went_wrong() -> None:
    project, rater, _ = in_training()
    train(project, rater, True, False, False, True)
    rater.refresh_from_db()
    assert (rater.qualified_at, rater.paused_at is None) == (None, False)
    told = why_paused(rater)
    assert told is not None
    assert (told.reason, told.n_answers, told.n_right, told.needed) == (PauseReason.TRAINING, 4, 2, 0.75)
    assert told.missed == ("Criterion 1",)
    assert claim_item(project=project, rater=rater) is None


def test_a_second_try_gives_every_item_again_and_counts_none_of_the_first() -> None:
    project, rater, lessons = in_training()
    train(project, rater, False, False, False, False)
    resume_annotator(rater=rater, by=lead_of(project), note="read section 2")
    rater.refresh_from_db()
    assert (rater.training_attempt, training_of(rater, project.current_policy()).n_done) == (2, 0)
    train(project, rater, True, True, True, False)
    rater.refresh_from_db()
    assert rater.qualified_at is not None
    turns = Assignment.objects.filter(rater=rater, purpose=Purpose.TRAINING)
    assert turns.count() == 8
    assert {turn.item_id for turn in turns.filter(attempt=2)} == {gold.item_id for gold in lessons}
    assert Judgement.objects.newest().filter(rater=rater).count() == 4


def test_training_that_is_skipped_is_not_right_and_ends_the_try_all_the_same() -> None:
    project, rater, _ = in_training(n=2, needed=1.0)
    train(project, rater, True)
    assert skip_item(assignment=claim(project, rater), reason="unclear")
    assert Pause.objects.get().evidence["n_right"] == 1


def test_taking_the_last_open_item_out_of_the_training_ends_it() -> None:
    project, rater, lessons = in_training(n=2, needed=1.0)
    user = make_member(project)
    Rater.objects.filter(pk=rater.pk).update(user=user)
    train(project, rater, True)
    left = next(gold for gold in lessons if not Assignment.objects.filter(item=gold.item_id).exists())
    change_gold(gold=left, use=GoldUse.KNOWN)
    rater.refresh_from_db()
    assert rater.qualified_at is not None


def test_a_training_without_items_says_so() -> None:
    project, _ = queue_of(1, training_pass=0.5)
    rater = make_rater(project)
    assert claim_item(project=project, rater=rater) is None
    told = why_paused(rater)
    assert told is not None
    assert told.reason == "no_training"


# --- leads


def test_a_lead_pauses_with_a_reason_and_resumes_with_a_note() -> None:
    project, _ = queue_of(2)
    rater, lead = make_rater(project), lead_of(project)
    pause_annotator(rater=rater, by=lead, note=" on leave ")
    rater.refresh_from_db()
    told = why_paused(rater)
    assert told is not None
    assert (told.reason, told.note, told.since) == (PauseReason.LEAD, "on leave", rater.paused_at)
    with pytest.raises(PauseError, match="paused already"):
        pause_annotator(rater=rater, by=lead, note="again")
    resume_annotator(rater=rater, by=lead, note="")
    assert why_paused(rater) is None
    assert claim(project, rater).purpose == Purpose.WORK
    with pytest.raises(PauseError, match="is not"):
        resume_annotator(rater=rater, by=lead, note="")


def test_a_pause_needs_a_reason_and_changes_nothing_without() -> None:
    project = make_project()
    rater = make_rater(project)
    with pytest.raises(PauseError, match="expected a reason"):
        pause_annotator(rater=rater, by=lead_of(project), note="  ")
    rater.refresh_from_db()
    assert (rater.paused_at, Pause.objects.count()) == (None, 0)


def test_a_pause_by_a_lead_does_not_begin_the_test_on_gold_anew() -> None:
    project, rater = gold_before_every_item(6)
    answer_gold(project, rater, False, False)
    lead = lead_of(project)
    pause_annotator(rater=rater, by=lead, note="lunch")
    resume_annotator(rater=rater, by=lead, note="")
    answer_gold(project, rater, False)
    assert Pause.objects.filter(reason=PauseReason.GOLD).count() == 1


def test_skills_are_kept_once_each() -> None:
    rater = make_rater(make_project())
    set_skills(rater=rater, skills=["zh", " de ", "zh", ""])
    rater.refresh_from_db()
    assert rater.skills == ["zh", "de"]


def test_figures_of_a_pause_are_told_only_where_the_policy_shows_them() -> None:
    project, rater = gold_before_every_item(6)
    answer_gold(project, rater, False, False, False)
    told = why_paused(rater)
    assert told is not None
    assert (told.reason, told.n_answers) == (PauseReason.GOLD, None)
    set_policy(project, shows_gold_accuracy=True)
    told = why_paused(rater)
    assert told is not None
    assert (told.n_answers, told.n_right) == (3, 0)
