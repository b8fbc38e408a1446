"""What a reader should know of verdicts is stored with them, counted and shown."""

from __future__ import annotations

from collections import Counter

import pytest
from django.test import Client

from annotations.choices import Role
from annotations.models import Project
from annotations.rubrics import load_rubric
from models_llm.choices import Flag, JudgeKind, Which
from models_llm.models import Run, Verdict
from models_llm.selectors.flags import flag_counts
from models_llm.selectors.runs import verdict_samples
from models_llm.selectors.selection import Selection
from models_llm.services.judges import create_judge
from tests.factories import make_batch, make_items, make_member, make_project
from tests.models_llm.api.test_judging import Caller
from tests.models_llm.services.judged_projects import started_run, work_off

pytestmark = pytest.mark.django_db


def pairs_judged(n: int) -> tuple[Project, Run]:
    """A run by lot over pairs: some of them come out otherwise when the candidates change places."""
    project = make_project(spec=load_rubric("preference"))
    batch = make_batch(project)
    for number in range(n):
        make_items(project, 1, batch, context={"number": number}, candidates=[f"left {number}", f"right {number}"])
    version = create_judge(project=project, name="pairs", kind=JudgeKind.PAIRWISE, engine="scripted")
    run = started_run(version=version)
    work_off(run)
    run.refresh_from_db()
    return project, run


def test_disagreement_between_orders_is_a_tie_and_counted() -> None:
    _, run = pairs_judged(30)
    verdicts = Verdict.objects.filter(run=run).select_related("judgement")
    stored = Counter(flag for verdict in verdicts for flag in verdict.flags)
    assert flag_counts(run) == stored
    assert 0 < stored[Flag.ORDERS_DISAGREE] < 30
    tied = [verdict for verdict in verdicts if Flag.ORDERS_DISAGREE in verdict.flags]
    assert {tuple(verdict.judgement.levels) for verdict in tied} == {(2,)}
    assert all(len(verdict.calls) == 2 for verdict in verdicts)


def test_a_superseded_verdict_is_not_counted() -> None:
    _, run = pairs_judged(10)
    before = flag_counts(run)
    again = started_run(version=run.judge_version, selection=Selection(which=Which.ALL))
    work_off(again)
    assert (flag_counts(run), flag_counts(again)) == ({}, before)


def test_flagged_verdicts_are_listed_by_their_flag() -> None:
    project, run = pairs_judged(12)
    lead = make_member(project, Role.LEAD)
    client = Client()
    client.force_login(lead)
    samples = verdict_samples(run, Flag.ORDERS_DISAGREE, viewer=lead, n=50)
    assert len(samples) == flag_counts(run)[Flag.ORDERS_DISAGREE]
    assert all(Flag.ORDERS_DISAGREE in sample.flags for sample in samples)
    page = client.get(f"/p/{project.slug}/runs/{run.pk}/?verdicts=orders_disagree").text
    assert f'orders disagree <span class="count">{len(samples)}</span>' in page
    assert page.count('<article class="verdict-line">') == min(5, len(samples))
    verdict = client.get(f"/p/{project.slug}/verdicts/{samples[0].verdict.judgement_id}/").text
    assert "preferred on some criterion when the two changed places" in verdict
    _, answer = Caller(project).get(f"runs/{run.pk}/")
    assert isinstance(answer, dict)
    assert answer["flags"] == {"orders_disagree": len(samples)}
