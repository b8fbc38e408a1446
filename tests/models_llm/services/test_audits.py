"""Audits that a worker runs: what is drawn, leases, doubled messages, failures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone

from annotations.choices import Outcome, RaterKind, Visible, WorkState
from annotations.models import Item, Judgement
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.leased_work import finish, take
from annotations.services.rubrics import add_rubric_version
from models_llm.bias import CHECKS, Trial, read_report, trial_keys
from models_llm.choices import Decision, JudgeKind
from models_llm.errors import JudgeError
from models_llm.judging import ItemVerdict, verdict_record
from models_llm.models import Audit, Judge, JudgedTrial, JudgeVersion
from models_llm.selectors.audit_samples import draw_items
from models_llm.selectors.audits import latest_audit
from models_llm.services.audits import request_audit, run_audit
from models_llm.services.baseline import fit_baseline_judge
from models_llm.services.judges import create_judge
from models_llm.services.leased_work import sweep_leased_work
from models_llm.tasks import run_audit as run_audit_task
from tests.factories import judge_item, make_batch, make_items, make_project, make_rater
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import project_with_items, reviewed_project, scripted_version

pytestmark = pytest.mark.django_db


def ask(version: JudgeVersion, **fields: Any) -> Audit:
    return request_audit(version=version, user=None, **{"n_items": 30, **fields})


def let_the_lease_run_out(audit: Audit) -> None:
    Audit.objects.filter(pk=audit.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def drawn(version: JudgeVersion, most: int = 100, seed: int = 0) -> list[int]:
    return [one.id for one in draw_items(version, most=most, rng=np.random.default_rng(seed))]


def test_a_worker_audits_what_was_asked_for_once_and_stores_nothing_else() -> None:
    version = scripted_version(project_with_items(40))
    audit = ask(version)
    assert (audit.state, audit.report) == (WorkState.WAITING, None)

    run_audit_task(audit.pk)
    run_audit_task(audit.pk)  # the message came twice

    audit.refresh_from_db()
    assert (audit.state, audit.attempts, audit.lease_expires_at) == (WorkState.READY, 1, None)
    report = read_report(audit.report or {})
    assert [result.check for result in report.checks] == list(CHECKS)
    assert (report.n_items, report.n_rated) == (30, 0)
    assert (Item.objects.count(), Judgement.objects.count()) == (40, 0)
    assert audit.n_done == audit.n_trials == 30 + sum(result.n_trials for result in report.checks)
    # One call a judging, each with the tokens that the scripted engine counts.
    assert report.spent.n_calls == audit.n_done
    assert report.spent.prompt_tokens is not None
    assert report.spent.prompt_tokens > 100 * audit.n_done
    assert latest_audit(version) == (audit, report)


def test_a_judge_that_draws_its_replies_from_the_prompt_fails_and_says_where() -> None:
    """The scripted engine's levels change with every word of the prompt: it is swayed by anything."""
    version = scripted_version(project_with_items(120))
    audit = ask(version, n_items=120)
    run_audit(audit_id=audit.pk)
    [_, report] = latest_audit(version) or (None, None)
    assert report is not None
    decisions = {result.check: result.decision for result in report.checks}
    assert decisions["injection"] is decisions["order"] is decisions["repeat"] is Decision.FAILED
    assert decisions["position"] is decisions["self_preference"] is Decision.NOT_APPLICABLE
    worst = next(result for result in report.checks if result.check == "injection").examples[0]
    assert worst.before != worst.after
    assert '"relevance"' in worst.reply
    assert Item.objects.get(pk=worst.item_id).external_id == worst.item


def test_the_same_seed_gives_the_same_report() -> None:
    version = scripted_version(project_with_items(40))
    reports = []
    for seed in (3, 3, 4):
        audit = ask(version, seed=seed, checks=["repeat", "order"])
        run_audit(audit_id=audit.pk)
        reports.append(Audit.objects.get(pk=audit.pk).report)
    assert reports[0] == reports[1] != reports[2]


def test_the_same_request_is_one_audit_until_it_is_finished() -> None:
    version = scripted_version(project_with_items(3))
    first = ask(version, checks=["order"])
    assert ask(version, checks=["order"]) == first
    assert ask(version, checks=["repeat"]) != first
    run_audit(audit_id=first.pk)
    assert ask(version, checks=["order"]) != first


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"checks": ["charm"]}, "expected some of the checks position, .* got charm"),
        ({"checks": []}, "got none"),
        ({"n_items": 0}, "expected 1 to 2000 items, got 0"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_and_not_stored(fields: dict[str, Any], message: str) -> None:
    version = scripted_version(project_with_items(1))
    with pytest.raises(JudgeError, match=message):
        ask(version, **fields)
    assert not Audit.objects.exists()


def test_a_recorded_judge_cannot_be_asked() -> None:
    version = scripted_version(project_with_items(1))
    Judge.objects.update(kind=JudgeKind.RECORDED)
    version.judge.refresh_from_db()
    with pytest.raises(JudgeError, match="scripted v1 is a recorded judge: it cannot be asked about altered items"):
        ask(version)


def test_a_version_that_cannot_be_built_fails_its_audit_with_the_reason() -> None:
    version = scripted_version(project_with_items(3))
    JudgeVersion.objects.update(engine="of old")
    audit = ask(version)
    assert run_audit(audit_id=audit.pk)
    audit.refresh_from_db()
    assert (audit.state, audit.report) == (WorkState.FAILED, None)
    assert "of old" in audit.error
    assert latest_audit(version) is None


def test_an_engine_that_fails_makes_checks_that_could_not_be_run() -> None:
    version = scripted_version(project_with_items(30), faults={"failed": 1.0})
    audit = ask(version)
    run_audit(audit_id=audit.pk)
    audit.refresh_from_db()
    report = read_report(audit.report or {})
    assert {result.decision for result in report.checks} == {Decision.NOT_RUN}
    assert report.checks[0].reason == "of 30 items as they are 30 failed; the first says: scripted failure"
    assert (audit.state, audit.n_done) == (WorkState.READY, 30)


def test_a_fitted_judge_is_audited_on_items_it_was_not_fitted_on() -> None:
    project, items = reviewed_project(80, n_rated=80)
    version = fit_baseline_judge(project=project, name="floor", seed=0, held_out_share=0.4)
    fitted = set(version.config["fitted_item_ids"])
    assert fitted
    assert set(drawn(version)) == {item.pk for item in items} - fitted

    audit = ask(version, n_items=80)
    run_audit(audit_id=audit.pk)
    [_, report] = latest_audit(version) or (None, None)
    assert report is not None
    decisions = {result.check: result.decision for result in report.checks}
    assert decisions["order"] is decisions["injection"] is Decision.NOT_APPLICABLE
    assert report.n_rated == report.n_items == 80 - len(fitted)
    assert (report.spent.n_calls, report.spent.prompt_tokens) == (0, None)


def test_a_jury_with_a_fitted_member_is_audited_but_for_the_order_of_the_rubric() -> None:
    project, _ = reviewed_project(80, n_rated=80)
    floor = fit_baseline_judge(project=project, name="floor", seed=0, held_out_share=0.4)
    members = [floor, scripted_version(project)]
    audit = ask(create_judge(project=project, name="jury", kind=JudgeKind.JURY, members=members), n_items=80)
    run_audit(audit_id=audit.pk)
    audit.refresh_from_db()
    assert (audit.state, audit.error) == (WorkState.READY, "")
    checks = {result.check: result for result in read_report(audit.report or {}).checks}
    assert checks["order"].decision is Decision.NOT_APPLICABLE
    assert checks["order"].reason == "the judge or a member of it was fitted, and reads no rubric"
    assert checks["injection"].n_trials > 0
    assert audit.n_done == audit.n_trials


def test_a_judge_that_ranks_groups_is_shown_each_item_alone() -> None:
    project, _ = reviewed_project(40, n_rated=40)  # four items a group
    version = create_judge(
        project=project, name="side by side", kind=JudgeKind.LISTWISE, engine="scripted", model="", engine_settings={}
    )
    audit = ask(version, n_items=40)
    run_audit(audit_id=audit.pk)
    [_, report] = latest_audit(version) or (None, None)
    assert report is not None
    assert report.is_alone
    decisions = {result.check: result.decision for result in report.checks}
    assert Decision.NOT_RUN not in decisions.values()
    assert decisions["injection"] is Decision.FAILED  # it answers by lot
    # One call a judging: no two items share a prompt.
    audit.refresh_from_db()
    assert report.spent.n_calls == audit.n_done


# --- what is drawn --------------------------------------------------------------------------------------------------


def test_items_that_people_rated_are_drawn_first_and_the_seed_decides_which() -> None:
    project, items = reviewed_project(60, n_rated=20)
    version = scripted_version(project)
    rated = {item.pk for item in items[:20]}
    first = drawn(version, most=30)
    assert set(first[:20]) == rated
    assert len(set(first)) == 30
    assert drawn(version, most=30) == first != drawn(version, most=30, seed=1)
    assert set(drawn(version, most=10)) < rated


def test_people_are_counted_by_level_and_only_what_they_said_by_themselves() -> None:
    project = make_project(spec=tag_rubric())
    version = scripted_version(project)
    batch = make_batch(project)
    batch.producer = "acme-9b"
    batch.save(update_fields=["producer"])
    [item, other] = make_items(project, 2, batch)
    for levels in ((0, 1, 2), (0, 0, None)):
        judge_item(make_rater(project), item, levels)
    judge_item(make_rater(project, RaterKind.JUDGE), item, (1, 1, 0))
    record_judgements(
        rater=make_rater(project),
        rubric=project.current_rubric(),
        judgements=[NewJudgement(item_id=item.pk, levels=(1, 1, 1))],
        visible=Visible.ASSISTED,
    )
    found = {one.id: one for one in draw_items(version, most=10, rng=np.random.default_rng(0))}
    assert found[item.pk].people == ((2, 0), (1, 1), (0, 0, 1))
    assert found[other.pk].people is None
    assert {one.producer for one in found.values()} == {"acme-9b"}


def test_ratings_under_another_rubric_do_not_count() -> None:
    project, _ = reviewed_project(4, n_rated=4)
    add_rubric_version(project=project, spec=replace(tag_rubric(), name="another"))
    version = scripted_version(project)
    assert [one.people for one in draw_items(version, most=10, rng=np.random.default_rng(0))] == [None] * 4


def test_items_of_another_project_are_not_drawn(django_assert_num_queries: Any) -> None:
    version = scripted_version(project_with_items(2))
    project_with_items(2)
    own = set(version.judge.project.items.values_list("pk", flat=True))
    with django_assert_num_queries(6):  # ids, project, people, the rubric's two tables, items
        assert set(drawn(version)) == own


# --- leases ---------------------------------------------------------------------------------------------------------


def test_the_sweep_sends_an_audit_of_a_dead_worker_again() -> None:
    version = scripted_version(project_with_items(3))
    audit, waiting = ask(version), ask(version, seed=2)
    take(Audit, audit.pk)
    assert not run_audit(audit_id=audit.pk)  # its lease still holds
    assert sweep_leased_work() == 0

    let_the_lease_run_out(audit)
    assert sweep_leased_work() == 1
    assert sweep_leased_work() == 0

    assert run_audit(audit_id=audit.pk)
    audit.refresh_from_db()
    waiting.refresh_from_db()
    assert (audit.state, audit.attempts, waiting.state) == (WorkState.READY, 2, WorkState.WAITING)


def test_what_a_killed_worker_left_is_taken_over_and_not_asked_again() -> None:
    version = scripted_version(project_with_items(30))
    audit = ask(version, checks=["order"])
    items = draw_items(version, most=30, rng=np.random.default_rng(audit.seed))
    as_they_are = trial_keys([Trial(at, "", one.item) for at, one in enumerate(items)])
    left = verdict_record(ItemVerdict(Outcome.RATED, levels=(0, 1, 2)))
    JudgedTrial.objects.bulk_create(JudgedTrial(audit=audit, key=key, verdict=left) for key in as_they_are[:20])

    run_audit(audit_id=audit.pk)

    audit.refresh_from_db()
    report = read_report(audit.report or {})
    # Items as they are, and twice under a rubric in another order; what was left there took no call.
    assert (audit.n_done, report.spent.n_calls) == (90, 70)
    assert not JudgedTrial.objects.exists()


def test_a_report_is_stored_once_though_two_workers_made_it() -> None:
    version = scripted_version(project_with_items(3))
    audit = ask(version)
    slow = take(Audit, audit.pk)
    assert slow is not None
    let_the_lease_run_out(audit)
    assert run_audit(audit_id=audit.pk)
    made = Audit.objects.get(pk=audit.pk)

    assert not finish(slow, state=WorkState.READY, report={"of": "the slow one"})
    assert Audit.objects.get(pk=audit.pk).report == made.report
