from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotations.choices import Outcome, Visible
from annotations.models import Judgement
from annotations.selectors.agreement import project_agreement
from annotations.services.worker_leases import MOST_ATTEMPTS
from models_llm.choices import RunState, ShardState, Which
from models_llm.errors import RunStateError
from models_llm.judging import JudgedItem, call_record, judge_all
from models_llm.models import JudgeVersion, Run, Shard, Verdict
from models_llm.selectors.judges import build_version
from models_llm.selectors.runs import run_progress
from models_llm.selectors.selection import Selection
from models_llm.services.baseline import fit_baseline_judge
from models_llm.services.feeding import sweep_runs
from models_llm.services.runs import cancel_run, pause_run, resume_run
from models_llm.services.shards import judge_shard
from tests.factories import make_items
from tests.models_llm.services.judged_projects import (
    live_outcomes,
    project_with_items,
    retried,
    reviewed_project,
    scripted_version,
    started_run,
    work_off,
)

pytestmark = pytest.mark.django_db
ALL_FAULTS = {"garbage": 0.2, "truncated": 0.2, "refused": 0.2, "failed": 0.2}


def reloaded(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)


def test_a_run_gives_every_item_one_verdict_and_completes() -> None:
    project = project_with_items(25)
    version = scripted_version(project)
    run = started_run(version=version, shard_size=10, seed=3)
    assert [len(shard.item_ids) for shard in run.shards.order_by("number")] == [10, 10, 5]
    assert work_off(run) == 25
    assert reloaded(run).state == RunState.COMPLETE
    assert reloaded(run).finished_at is not None
    assert set(live_outcomes(version)) == set(project.items.values_list("pk", flat=True))
    assert Judgement.objects.count() == Verdict.objects.filter(run=run).count() == 25


def test_a_verdict_keeps_what_made_it() -> None:
    project = project_with_items(1)
    version = scripted_version(project)
    work_off(started_run(version=version, seed=7))
    verdict = Verdict.objects.select_related("judgement__item").get()
    item = verdict.judgement.item
    judge = build_version(version.pk, seed=7)
    (again,) = judge_all(judge, [JudgedItem(item.context, tuple(item.candidates))])
    assert verdict.run.seed == 7
    assert verdict.calls == [call_record(call) for call in again.calls]
    assert verdict.calls[0]["finish"] == "stop"
    assert verdict.calls[0]["text"].startswith('{"relevance": {"rationale": "drawn by lot"')
    assert verdict.judgement.rationales == ["drawn by lot"] * 3
    assert verdict.judgement.rubric.locked_at is not None
    assert version.prompt_digest != ""


def test_replies_that_cannot_be_read_are_counted_by_outcome_and_never_rated() -> None:
    version = scripted_version(project_with_items(60), faults=ALL_FAULTS)
    run = started_run(version=version)
    work_off(run)
    progress = run_progress(reloaded(run))
    assert Counter(progress.outcomes) == Counter(live_outcomes(version).values())
    assert sum(progress.outcomes.values()) == progress.n_done == 60
    assert all(progress.outcomes[outcome] > 0 for outcome in Outcome)
    unrated = Judgement.objects.exclude(outcome=Outcome.RATED)
    assert all(judgement.levels == [None, None, None] for judgement in unrated)
    assert all(verdict.error for verdict in Verdict.objects.filter(judgement__in=unrated))


def test_only_missing_items_are_judged_unless_asked() -> None:
    project = project_with_items(4)
    version = scripted_version(project)
    work_off(started_run(version=version))
    make_items(project, 2)
    second = started_run(version=version)
    assert second.n_items == 2
    work_off(second)
    again = started_run(version=version, selection=Selection(which=Which.ALL))
    assert again.n_items == 6
    assert work_off(again) == 6
    assert Judgement.objects.live().count() == 6
    assert Judgement.objects.count() == 12


def test_nothing_to_judge_is_a_run_that_is_complete() -> None:
    run = started_run(version=scripted_version(project_with_items(0)))
    assert (run.state, run.n_items, run.shards.count()) == (RunState.COMPLETE, 0, 0)


def test_a_limit_draws_items_by_the_seed() -> None:
    version = scripted_version(project_with_items(50))

    def drawn(seed: int) -> list[int]:
        run = started_run(version=version, selection=Selection(limit=10), seed=seed)
        return [item_id for shard in run.shards.order_by("number") for item_id in shard.item_ids]

    assert len(drawn(1)) == 10
    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_slices_narrow_the_selection() -> None:
    project = project_with_items(3)
    make_items(project, 2, slices={"category": "shoes"})
    run = started_run(version=scripted_version(project), selection=Selection(slices={"category": "shoes"}))
    assert run.n_items == 2


def test_items_a_baseline_was_fitted_on_are_left_out() -> None:
    project, _ = reviewed_project(60, n_rated=40)
    version = fit_baseline_judge(project=project)
    fitted = set(version.config["fitted_item_ids"])
    run = started_run(version=version)
    work_off(run)
    assert set(live_outcomes(version)) == set(project.items.values_list("pk", flat=True)) - fitted
    assert started_run(version=version, selection=Selection(skip_fitted=False)).n_items == len(fitted)


def test_verdicts_on_items_a_judge_was_fitted_on_are_assisted_and_in_no_agreement() -> None:
    project, _ = reviewed_project(60, n_rated=60)
    version = fit_baseline_judge(project=project)
    work_off(started_run(version=version, selection=Selection(skip_fitted=False)))
    assisted = Judgement.objects.filter(rater=version.rater, visible=Visible.ASSISTED)
    assert set(assisted.values_list("item_id", flat=True)) == set(version.config["fitted_item_ids"])
    [relevance, *_] = project_agreement(project=project).criteria
    held_out = set(version.config["held_out_item_ids"])
    assert relevance.judges[0].figures["accuracy"].n_items == len(held_out) == 60 - assisted.count()


def test_a_doubled_message_changes_nothing() -> None:
    run = started_run(version=scripted_version(project_with_items(5)))
    shard = run.shards.get()
    assert [judge_shard(shard_id=shard.pk) for _ in range(3)] == [5, 0, 0]
    assert Judgement.objects.count() == 5


def test_a_message_that_comes_while_the_shard_is_leased_does_nothing() -> None:
    run = started_run(version=scripted_version(project_with_items(5)))
    shard = run.shards.get()
    run.shards.update(
        state=ShardState.LEASED, leased_by="other", lease_expires_at=timezone.now() + timedelta(minutes=1)
    )
    assert judge_shard(shard_id=shard.pk) == 0
    assert Judgement.objects.count() == 0


def test_a_lease_that_ran_out_is_taken_over_and_only_missing_items_are_judged(settings: Any) -> None:
    project = project_with_items(6)
    version = scripted_version(project)
    run = started_run(version=version)
    shard = run.shards.get()
    item_ids = shard.item_ids
    # As a killed worker leaves it: a live lease and part of the verdicts.
    run.shards.update(item_ids=item_ids[:2])
    judge_shard(shard_id=shard.pk)
    Run.objects.update(state=RunState.RUNNING, finished_at=None)
    run.shards.update(
        item_ids=item_ids,
        state=ShardState.LEASED,
        leased_by="dead",
        lease_expires_at=timezone.now() - timedelta(seconds=1),
    )
    assert sweep_runs() == 1
    assert judge_shard(shard_id=shard.pk) == 4
    assert len(live_outcomes(version)) == Judgement.objects.count() == 6
    assert reloaded(run).state == RunState.COMPLETE


def test_a_lost_message_is_sent_again_only_when_a_lease_has_passed(settings: Any) -> None:
    run = started_run(version=scripted_version(project_with_items(5)))
    assert sweep_runs() == 0
    run.shards.update(sent_at=timezone.now() - timedelta(seconds=settings.LEASE_S + 1))
    assert sweep_runs() == 1
    assert sweep_runs() == 0


def test_a_run_whose_last_worker_died_before_closing_it_is_closed_by_the_sweep() -> None:
    run = started_run(version=scripted_version(project_with_items(2)))
    run.shards.update(state=ShardState.DONE)
    assert sweep_runs() == 0
    assert reloaded(run).state == RunState.COMPLETE


def test_a_paused_run_hands_out_nothing_and_goes_on_where_it_stopped() -> None:
    version = scripted_version(project_with_items(30))
    run = started_run(version=version, shard_size=10)
    first, second, _ = run.shards.order_by("number")
    judge_shard(shard_id=first.pk)
    pause_run(run=run)
    assert (judge_shard(shard_id=second.pk), sweep_runs()) == (0, 0)
    assert len(live_outcomes(version)) == 10
    resume_run(run=run)
    assert work_off(run) == 20
    assert reloaded(run).state == RunState.COMPLETE


def test_a_cancelled_run_keeps_its_verdicts_and_judges_no_more() -> None:
    version = scripted_version(project_with_items(20))
    run = started_run(version=version, shard_size=10)
    first, second = run.shards.order_by("number")
    judge_shard(shard_id=first.pk)
    cancel_run(run=run)
    assert judge_shard(shard_id=second.pk) == 0
    assert (reloaded(run).state, len(live_outcomes(version))) == (RunState.CANCELLED, 10)
    assert reloaded(run).finished_at is not None


def test_a_retry_judges_the_failed_items_again_and_supersedes() -> None:
    version = scripted_version(project_with_items(40), faults={"failed": 0.3, "garbage": 0.2})
    run = started_run(version=version)
    work_off(run)
    before = run_progress(reloaded(run)).outcomes
    n_failed = before[Outcome.FAILED]
    assert n_failed > 0
    assert retried(run) == n_failed
    assert reloaded(run).state == RunState.RUNNING
    assert work_off(run) == n_failed
    assert reloaded(run).state == RunState.COMPLETE
    after = run_progress(reloaded(run))
    assert after.outcomes == dict.fromkeys(Outcome, 0) | Counter(live_outcomes(version).values())
    assert (sum(after.outcomes.values()), after.n_elsewhere) == (40, 0)
    assert Judgement.objects.filter(superseded_at__isnull=False).count() == n_failed
    assert Judgement.objects.exclude(supersedes=None).count() == n_failed


def test_a_cancelled_run_is_not_retried() -> None:
    run = started_run(version=scripted_version(project_with_items(3), faults={"failed": 1.0}))
    work_off(run)
    Run.objects.update(state=RunState.CANCELLED)
    with pytest.raises(RunStateError, match=f"run {run.pk} is cancelled and judges no more"):
        retried(reloaded(run))
    assert run.shards.count() == 1


def test_a_paused_run_retries_when_it_goes_on() -> None:
    version = scripted_version(project_with_items(6), faults={"failed": 1.0})
    run = started_run(version=version, shard_size=3)
    first = run.shards.earliest("number")
    judge_shard(shard_id=first.pk)
    pause_run(run=run)
    assert retried(run) == 3
    assert (reloaded(run).state, work_off(run)) == (RunState.PAUSED, 0)
    resume_run(run=run)
    assert work_off(run) == 6
    assert reloaded(run).state == RunState.COMPLETE
    assert (Judgement.objects.count(), len(live_outcomes(version))) == (9, 6)


def test_a_run_takes_a_retry_last_and_is_complete_after_it() -> None:
    version = scripted_version(project_with_items(6), faults={"failed": 1.0})
    run = started_run(version=version, shard_size=3)
    first, second = run.shards.order_by("number")
    judge_shard(shard_id=first.pk)
    assert retried(reloaded(run)) == 3
    judge_shard(shard_id=second.pk)
    assert reloaded(run).state == RunState.RUNNING
    assert work_off(run) == 3
    assert reloaded(run).state == RunState.COMPLETE


def test_one_item_is_retried() -> None:
    version = scripted_version(project_with_items(4), faults={"failed": 1.0})
    run = started_run(version=version)
    work_off(run)
    item_id = run.shards.get().item_ids[2]
    assert retried(reloaded(run), item_ids=[item_id]) == 1
    assert run.shards.order_by("number").last().item_ids == [item_id]  # type: ignore[union-attr]


def test_rated_items_are_not_retried() -> None:
    run = started_run(version=scripted_version(project_with_items(1)))
    with pytest.raises(RunStateError, match="got “rated”"):
        retried(run, outcomes=[Outcome.RATED])


def test_a_retried_shard_that_comes_twice_supersedes_once() -> None:
    version = scripted_version(project_with_items(10), faults={"failed": 1.0})
    run = started_run(version=version)
    work_off(run)
    retried(run)
    shard = run.shards.order_by("-number").first()
    assert shard is not None
    judge_shard(shard_id=shard.pk)
    run.shards.filter(pk=shard.pk).update(state=ShardState.WAITING)
    Run.objects.update(state=RunState.RUNNING)
    assert judge_shard(shard_id=shard.pk) == 0
    assert Judgement.objects.count() == 20


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (pause_run, RunState.COMPLETE),
        (pause_run, RunState.PAUSED),
        (resume_run, RunState.RUNNING),
        (resume_run, RunState.CANCELLED),
        (cancel_run, RunState.COMPLETE),
        (cancel_run, RunState.CANCELLED),
    ],
)
def test_a_change_that_does_not_fit_the_state_is_refused(change: Any, state: RunState) -> None:
    run = started_run(version=scripted_version(project_with_items(2)))
    Run.objects.update(state=state)
    with pytest.raises(RunStateError, match=f"is {state}"):
        change(run=run)
    assert reloaded(run).state == state


def test_a_shard_that_stops_its_workers_again_and_again_is_given_up() -> None:
    version = scripted_version(project_with_items(3))
    run = started_run(version=version)
    run.shards.update(attempts=MOST_ATTEMPTS)
    work_off(run)
    assert set(live_outcomes(version).values()) == {Outcome.FAILED}
    assert "given up" in Verdict.objects.first().error  # type: ignore[union-attr]
    assert reloaded(run).state == RunState.COMPLETE


def test_a_run_whose_judge_cannot_be_used_is_paused_with_the_reason_and_no_item_fails() -> None:
    version = scripted_version(project_with_items(2))
    good = version.config
    JudgeVersion.objects.filter(pk=version.pk).update(config={**good, "engine": {"no_such_setting": 1}})
    run = started_run(version=version)
    work_off(run)
    paused = reloaded(run)
    assert (paused.state, paused.retry_at, run.verdicts.count()) == (RunState.PAUSED, None, 0)
    assert paused.note.startswith("the judge cannot be used in this worker: ")
    assert "no_such_setting" in paused.note
    assert set(run.shards.values_list("attempts", flat=True)) == {0}
    JudgeVersion.objects.filter(pk=version.pk).update(config=good)
    resume_run(run=run)
    work_off(run)
    assert reloaded(run).state == RunState.COMPLETE
    assert run.verdicts.count() == 2


def test_two_runs_of_one_version_at_once_give_one_verdict_an_item() -> None:
    version = scripted_version(project_with_items(6))
    first, second = started_run(version=version), started_run(version=version)
    assert work_off(first) + work_off(second) == 6
    assert Judgement.objects.count() == 6
    progress = run_progress(reloaded(second))
    assert (progress.n_elsewhere, progress.n_done, progress.state) == (6, 6, RunState.COMPLETE)
    assert Shard.objects.exclude(state=ShardState.DONE).count() == 0
