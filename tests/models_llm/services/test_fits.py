"""Baselines that a worker fits: leases, dead workers, doubled messages, failures."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotations.choices import WorkState
from annotations.models import Project, Rater
from annotations.services.leased_work import take
from models_llm.errors import JudgeError
from models_llm.models import Fit, JudgeVersion
from models_llm.services import fits
from models_llm.services.fits import fit_judge, request_fit
from models_llm.services.leased_work import sweep_leased_work
from models_llm.tasks import fit_judge as fit_baseline_task
from tests.models_llm.services.judged_projects import reviewed_project, scripted_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return reviewed_project(40, n_rated=40)[0]


def ask(project: Project, name: str = "floor", seed: int = 1) -> Fit:
    return request_fit(project=project, name=name, seed=seed, held_out_share=0.3, user=None)


def let_the_lease_run_out(fit: Fit) -> None:
    Fit.objects.filter(pk=fit.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_worker_fits_what_was_asked_for_once(project: Project) -> None:
    fit = ask(project)
    assert (fit.state, JudgeVersion.objects.count()) == (WorkState.WAITING, 0)

    fit_baseline_task(fit.pk)
    fit_baseline_task(fit.pk)  # the message came twice

    fit.refresh_from_db()
    version = JudgeVersion.objects.get()
    assert (fit.state, fit.version, fit.lease_expires_at) == (WorkState.READY, version, None)
    assert (version.rater.name, version.config["seed"], version.config["held_out_share"]) == ("floor v1", 1, 0.3)


def test_the_same_request_is_one_fit_until_it_is_finished(project: Project) -> None:
    first = ask(project)
    assert ask(project) == first
    take(Fit, first.pk)
    assert ask(project) == first
    assert ask(project, seed=2) != first

    let_the_lease_run_out(first)
    fit_judge(fit_id=first.pk)
    assert ask(project) != first


def test_a_name_of_another_kind_of_judge_is_refused_and_not_stored(project: Project) -> None:
    scripted_version(project)
    with pytest.raises(JudgeError, match="“scripted” is a pointwise judge, not a baseline one"):
        ask(project, name="scripted")
    assert not Fit.objects.exists()


def test_a_fit_that_fails_says_why_and_makes_no_version() -> None:
    project, _ = reviewed_project(19, n_rated=19)
    fit = ask(project)

    assert fit_judge(fit_id=fit.pk)

    fit.refresh_from_db()
    assert fit.state == WorkState.FAILED
    assert "at least 20 items" in fit.error
    assert not JudgeVersion.objects.exists()


def test_a_name_taken_meanwhile_fails_the_fit_and_leaves_no_rater(project: Project) -> None:
    fit = ask(project, name="scripted")
    scripted_version(project)
    raters = set(Rater.objects.values_list("name", flat=True))

    assert fit_judge(fit_id=fit.pk)

    fit.refresh_from_db()
    assert (fit.state, fit.version) == (WorkState.FAILED, None)
    assert set(Rater.objects.values_list("name", flat=True)) == raters


def test_the_sweep_sends_a_fit_of_a_dead_worker_again(project: Project) -> None:
    fit, waiting = ask(project), ask(project, seed=2)
    take(Fit, fit.pk)
    assert not fit_judge(fit_id=fit.pk)  # its lease still holds
    assert sweep_leased_work() == 0

    let_the_lease_run_out(fit)
    assert sweep_leased_work() == 1
    assert sweep_leased_work() == 0

    assert fit_judge(fit_id=fit.pk)
    fit.refresh_from_db()
    waiting.refresh_from_db()
    assert (fit.state, fit.attempts, JudgeVersion.objects.count()) == (WorkState.READY, 2, 1)
    assert waiting.state == WorkState.WAITING


def test_of_two_workers_that_fitted_the_same_one_makes_the_version(project: Project) -> None:
    fit = ask(project)
    slow = take(Fit, fit.pk)
    assert slow is not None
    fitted = fits._fit(slow)
    let_the_lease_run_out(fit)
    assert fit_judge(fit_id=fit.pk)

    assert not fits._freeze(slow, fitted)

    fit.refresh_from_db()
    assert fit.version == JudgeVersion.objects.get()
