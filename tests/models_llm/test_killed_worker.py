"""A worker is killed in the middle of a run, a fit or an audit, which ends by itself when a worker returns."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection, transaction

from annotations.choices import WorkState
from annotations.models import Judgement, Project
from models_llm.choices import RunState, ShardState
from models_llm.models import Audit, Fit, JudgedTrial, JudgeVersion, Run, Verdict
from models_llm.services.audits import request_audit, run_audit
from models_llm.services.fits import request_fit
from models_llm.services.judges import create_served_judge
from models_llm.services.shards import CHUNK
from tests.conftest import ROOT
from tests.models_llm.served_judge import ServedJudge
from tests.models_llm.services.judged_projects import project_with_items, reviewed_project
from tests.workers import DEADLINE_S, kill, wait_until, worker, worker_environment

N_ITEMS = 3 * CHUNK

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return worker_environment(tmp_path)


def run_judge(project: Project, environment: dict[str, str]) -> Run:
    """Start a run by the command, with shards larger than a chunk, so that one can be half done."""
    arguments = ["run_judge", "--project", project.slug, "--judge", "served", "--shard-size", str(2 * CHUNK)]
    subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, check=True, capture_output=True
    )
    return Run.objects.get()


def test_a_run_completes_by_itself_after_its_worker_was_killed(environment: dict[str, str]) -> None:
    project = project_with_items(N_ITEMS)
    # Both workers' threads store a chunk or begin one; then every request hangs, so the kill lands mid-shard.
    served = ServedJudge(hold_after=CHUNK + CHUNK // 2)
    create_served_judge(project=project, name="served", url=served.url, model="m")
    with served.serving():
        run = run_judge(project, environment)
        with worker(environment) as first:
            assert served.holding.wait(DEADLINE_S)
            wait_until(lambda: run.shards.filter(state=ShardState.LEASED).exists(), "a shard is leased")
            kill(first)
        n_before = Judgement.objects.count()
        assert n_before < N_ITEMS
        run.refresh_from_db()
        assert run.state == RunState.RUNNING

        served.let_go()
        with worker(environment):
            wait_until(lambda: Run.objects.get().state == RunState.COMPLETE, "the run is complete")

    live = Counter(Judgement.objects.live().values_list("item_id", flat=True))
    assert live == Counter(project.items.values_list("pk", flat=True))
    assert Judgement.objects.count() == Verdict.objects.filter(run=run).count() == N_ITEMS
    assert set(run.shards.values_list("state", flat=True)) == {ShardState.DONE}
    assert max(run.shards.values_list("attempts", flat=True)) >= 2
    # What was stored before the kill was not asked again: at most each open shard's chunk in flight was.
    assert served.n_requests <= N_ITEMS + 2 * CHUNK


def test_a_baseline_is_fitted_by_the_next_worker_after_one_was_killed(environment: dict[str, str]) -> None:
    project, _ = reviewed_project(40, n_rated=40)
    fit = request_fit(project=project, name="floor", seed=0, held_out_share=0.3, user=None)
    Fit.objects.filter(pk=fit.pk).update(lease_expires_at=fit.created_at)  # its message went to another broker
    # Without the table of judges a worker cannot make the version, so the kill lands before that.
    with worker(environment) as first, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE models_llm_judge IN ACCESS EXCLUSIVE MODE")
        wait_until(lambda: Fit.objects.get().state == WorkState.RUNNING, "a worker has begun")
        kill(first)
    assert (Fit.objects.get().state, JudgeVersion.objects.count()) == (WorkState.RUNNING, 0)

    with worker(environment):
        wait_until(lambda: Fit.objects.get().state == WorkState.READY, "the baseline is fitted")

    assert JudgeVersion.objects.get() == Fit.objects.get().version
    assert Fit.objects.get().attempts == 2


def test_a_worker_that_starts_finds_what_was_left_without_a_clock(environment: dict[str, str]) -> None:
    project, _ = reviewed_project(40, n_rated=40)
    fit = request_fit(project=project, name="floor", seed=0, held_out_share=0.3, user=None)
    Fit.objects.update(lease_expires_at=fit.created_at)  # its message went to another broker
    with worker(environment, has_clock=False):
        wait_until(lambda: Fit.objects.get().state == WorkState.READY, "the baseline is fitted")


def test_an_audit_goes_on_where_a_killed_worker_left_it(environment: dict[str, str]) -> None:
    project = project_with_items(30)
    served = ServedJudge(hold_after=40)  # the items as they are, and some of the altered ones
    version = create_served_judge(project=project, name="served", url=served.url, model="m")
    with served.serving():
        audit = request_audit(version=version, n_items=30, checks=["repeat"], user=None)
        Audit.objects.update(lease_expires_at=audit.created_at)  # its message went to another broker
        with worker(environment) as first:
            assert served.holding.wait(DEADLINE_S)
            wait_until(lambda: audit.judged.count() == 40, "what was answered is stored")
            kill(first)
        assert (Audit.objects.get().state, Audit.objects.get().report) == (WorkState.RUNNING, None)
        n_before = served.n_requests

        served.let_go()
        with worker(environment):
            wait_until(lambda: Audit.objects.get().state == WorkState.READY, "the audit is run")
            wait_until(lambda: not JudgedTrial.objects.exists(), "nothing is kept of it but the report")

        audit = Audit.objects.get()
        assert (audit.attempts, audit.n_done) == (2, 90)  # as they are, at another seed, and warm
        assert served.n_requests - n_before == 50  # what was answered is not asked again

        run_audit(audit_id=request_audit(version=version, n_items=30, checks=["repeat"], user=None).pk)
    in_one_go = Audit.objects.latest("pk")
    for report in (one.report for one in (audit, in_one_go)):
        assert report is not None
        for spent in (report["spent"], *(check["spent"] for check in report["checks"])):
            del spent["engine_s"]
    assert audit.report == in_one_go.report
