"""Nobody answers: the items are not to blame, the run stands still with the reason and tries again."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from django.utils import timezone

from annotations.choices import Outcome, WorkState
from annotations.models import Judgement, Project
from models_llm.choices import JudgeKind, RunState, ShardState
from models_llm.errors import RunStateError
from models_llm.models import Audit, DraftTrial, JudgeVersion, Run
from models_llm.services.audits import request_audit, run_audit
from models_llm.services.draft_trials import judge_draft, request_trial
from models_llm.services.feeding import sweep_runs
from models_llm.services.judge_documents import document_of
from models_llm.services.judges import create_judge
from models_llm.services.outages import RETRY_AFTER
from models_llm.services.runs import cancel_run, pause_run, resume_run
from tests.models_llm.engines.openai_http.test_failures import free_port
from tests.models_llm.engines.served import chat, refusal, served
from tests.models_llm.served_judge import REPLY
from tests.models_llm.services.judged_projects import (
    live_outcomes,
    project_with_items,
    scripted_version,
    started_run,
    work_off,
)

pytestmark = pytest.mark.django_db
N_ITEMS = 5
OUTAGE = r"no server has taken requests for 0\.5 s \(127\.0\.0\.1:\d+: no answer from the server: ClientConnectorError"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def project() -> Project:
    return project_with_items(N_ITEMS)


def settings_of(port: int) -> dict[str, object]:
    """Of a server on which nobody waits for long."""
    return {
        "url": f"http://127.0.0.1:{port}",
        "outage_s": 0.5,
        "breaker_failures": 1,
        "backoff_s": 0.001,
        "health_s": 0,
    }


def version_on(project: Project, port: int, kind: JudgeKind = JudgeKind.POINTWISE) -> JudgeVersion:
    return create_judge(
        project=project, name="served", kind=kind, engine="openai_http", model="m", engine_settings=settings_of(port)
    )


def paused_run(version: JudgeVersion) -> Run:
    run = started_run(version=version)
    assert work_off(run) == 0
    run.refresh_from_db()
    return run


def test_a_run_stands_still_with_the_reason_and_no_item_fails(project: Project, port: int) -> None:
    run = paused_run(version_on(project, port))
    assert run.state == RunState.PAUSED
    assert re.match(OUTAGE, run.note)
    assert run.note.endswith("See to its servers, then resume the run")
    shard = run.shards.get()
    assert (shard.state, shard.attempts, shard.leased_by, shard.error) == (ShardState.WAITING, 0, "", "")
    assert not Judgement.objects.exists()


def test_what_came_before_is_kept_and_only_the_rest_is_asked_again(project: Project, port: int) -> None:
    answers = [chat(REPLY)] * 3 + [refusal(503)]
    settings = settings_of(port) | {"least_concurrency": 1, "most_concurrency": 1}
    version = create_judge(project=project, name="s", engine="openai_http", model="m", engine_settings=settings)
    run = started_run(version=version)
    with served(*answers, port=port) as server:
        assert work_off(run) == 3
        assert len(server.asked) == 4
    run.refresh_from_db()
    assert run.state == RunState.PAUSED
    with served(chat(REPLY), port=port) as server:
        resume_run(run=run)
        assert work_off(run) == 2
        assert len(server.asked) == 2
    run.refresh_from_db()
    assert (run.state, run.note) == (RunState.COMPLETE, "")
    assert Counter(live_outcomes(version).values()) == {Outcome.RATED: N_ITEMS}
    assert Judgement.objects.count() == N_ITEMS


@pytest.mark.parametrize("kind", [JudgeKind.PER_CRITERION, JudgeKind.LISTWISE])
def test_every_way_of_asking_knows_an_outage(project: Project, port: int, kind: JudgeKind) -> None:
    assert paused_run(version_on(project, port, kind)).state == RunState.PAUSED


def test_a_jury_waits_for_a_member_that_nobody_answers_for(project: Project, port: int) -> None:
    members = [scripted_version(project), version_on(project, port)]
    jury = create_judge(project=project, name="jury", kind=JudgeKind.JURY, members=members)
    run = paused_run(jury)
    assert re.match(OUTAGE, run.note)
    assert not Judgement.objects.exists()


def test_an_audit_fails_with_the_reason(project: Project, port: int) -> None:
    audit = request_audit(version=version_on(project, port), n_items=3, checks=["repeat"], user=None)
    run_audit(audit_id=audit.pk)
    audit = Audit.objects.get()
    assert audit.state == WorkState.FAILED
    assert re.match(OUTAGE, audit.error)


def test_the_playground_says_so(project: Project, port: int) -> None:
    version = version_on(project, port)
    version.refresh_from_db()
    item = project.items.earliest("pk")
    trial = request_trial(version=version, document=document_of(version), item=item, user=None)
    judge_draft(trial_id=trial.pk)
    trial = DraftTrial.objects.get()
    assert trial.state == WorkState.FAILED
    assert re.match(OUTAGE, trial.error)


def test_a_run_tries_again_by_itself(project: Project, port: int) -> None:
    run = paused_run(version_on(project, port))
    assert run.retry_at is not None
    assert run.retry_at > timezone.now() + RETRY_AFTER / 2
    assert (sweep_runs(), reloaded(run).state) == (0, RunState.PAUSED)  # it is not time yet
    Run.objects.update(retry_at=timezone.now())
    assert sweep_runs() == 1
    run = reloaded(run)
    assert (run.state, run.note, run.retry_at) == (RunState.RUNNING, "", None)
    with served(chat(REPLY), port=port):
        assert work_off(run) == N_ITEMS


def test_a_run_that_a_person_paused_is_left_so(project: Project, port: int) -> None:
    run = paused_run(version_on(project, port))
    pause_run(run=run)
    assert (run.state, run.retry_at, bool(run.note)) == (RunState.PAUSED, None, True)
    with pytest.raises(RunStateError, match="is paused"):
        pause_run(run=run)
    assert (sweep_runs(), reloaded(run).state) == (0, RunState.PAUSED)
    resume_run(run=run)
    assert (run.state, run.note) == (RunState.RUNNING, "")


def test_a_run_that_waits_for_its_servers_can_be_cancelled(project: Project, port: int) -> None:
    run = paused_run(version_on(project, port))
    cancel_run(run=run)
    assert (run.state, run.retry_at) == (RunState.CANCELLED, None)


def reloaded(run: Run) -> Run:
    return Run.objects.get(pk=run.pk)
