"""The pages of judges, runs and verdicts."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotations.choices import Outcome, RaterKind, Role
from annotations.models import Judgement, Project, User
from annotations.services.leased_work import take
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from models_llm.choices import RunState
from models_llm.models import Fit, JudgeVersion, Run
from models_llm.services.baseline import fit_baseline_judge
from models_llm.services.fits import fit_judge
from tests.factories import judge_item, make_member, make_rater, make_user
from tests.models_llm.services.judged_projects import (
    prepared,
    project_with_items,
    reviewed_project,
    scripted_version,
    started_run,
    work_off,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def signed_in(project: Project, role: Role = Role.LEAD) -> Client:
    client = Client()
    client.force_login(make_member(project, role))
    return client


def finished_run(n: int = 10, **engine_settings: Any) -> tuple[Project, Run]:
    project = project_with_items(n)
    run = started_run(version=scripted_version(project, **engine_settings))
    work_off(run)
    return project, Run.objects.get()


def pages(project: Project, run: Run) -> list[str]:
    judgement = Judgement.objects.latest("pk")
    root = f"/p/{project.slug}"
    return [
        f"{root}/judges/",
        f"{root}/judges/{run.judge_version_id}/",
        f"{root}/runs/",
        f"{root}/runs/{run.pk}/",
        f"{root}/verdicts/{judgement.pk}/",
    ]


def actions(project: Project, run: Run) -> list[str]:
    root = f"/p/{project.slug}"
    changes = [f"{root}/runs/{run.pk}/{change}/" for change in ("pause", "resume", "cancel", "retry")]
    return [f"{root}/judges/fit/", f"{root}/judges/new/?kind=pointwise", f"{root}/runs/start/", *changes]


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        (Role.LEAD, 200, True),
        (Role.TRAINER, 200, True),
        (Role.ADJUDICATOR, 200, False),
        (Role.ANNOTATOR, 403, False),
        (None, 404, False),
    ],
)
def test_each_role_on_each_page(role: Role | None, read: int, write: bool) -> None:
    project, run = finished_run(2)
    client = Client()
    client.force_login(make_user() if role is None else make_member(project, role))
    assert {url: client.get(url).status_code for url in pages(project, run)} == dict.fromkeys(pages(project, run), read)
    refused = 404 if role is None else 403
    for url in actions(project, run):
        status = client.post(url).status_code
        assert (status != refused) if write else (status == refused), url


def test_whoever_is_not_signed_in_is_sent_to_sign_in() -> None:
    project, run = finished_run(1)
    for url in pages(project, run):
        assert Client().get(url).headers["Location"].startswith("/account/login/")


def test_a_run_and_a_verdict_of_another_project_are_404() -> None:
    _, run = finished_run(1)
    other = project_with_items(0)
    client = signed_in(other)
    assert [client.get(url).status_code for url in pages(other, run)] == [200, 404, 200, 404, 404]
    assert client.post(f"/p/{other.slug}/runs/{run.pk}/pause/").status_code == 404


def test_readers_are_offered_no_action() -> None:
    project, run = finished_run(2, faults={"failed": 1.0})
    client = signed_in(project, Role.ADJUDICATOR)
    for url in pages(project, run):
        main = client.get(url).text.partition("<main")[2]
        assert main
        assert f'action="/p/{project.slug}/' not in main


FLOOR = {"name": "floor", "held_out_share": "0.3", "seed": "1"}


def test_a_baseline_is_asked_for_on_the_page_and_its_figures_shown_once_it_is_ready() -> None:
    project, _ = reviewed_project(80, n_rated=80)
    client = signed_in(project)
    judges = f"/p/{project.slug}/judges/"
    asked = client.post(f"{judges}fit/", FLOOR, follow=True)
    assert asked.redirect_chain == [(f"{judges}#fits", 302)]
    assert "a worker takes it up as soon as one is free" in asked.text
    assert JudgeVersion.objects.count() == 0

    fit_judge(fit_id=Fit.objects.get().pk)
    version = JudgeVersion.objects.get()
    assert f'<a href="{judges}{version.pk}/">floor v1</a>' in client.get(judges).text
    page = client.get(f"{judges}{version.pk}/").text
    assert "fitted on 56 items, evaluated on 24 others" in " ".join(page.split())
    assert "people used one level only, “Excellent”" in page


def test_fits_alone_are_polled_and_286_ends_it_and_brings_the_versions() -> None:
    project, _ = reviewed_project(40, n_rated=40)
    client = signed_in(project, Role.ADJUDICATOR)
    judges = f"/p/{project.slug}/judges/"
    signed_in(project).post(f"{judges}fit/", FLOOR)
    fit = Fit.objects.get()
    waiting = client.get(judges, headers=HTMX)
    assert waiting.status_code == 200
    assert "<html" not in waiting.text
    assert 'hx-trigger="every 1s"' in waiting.text

    take(Fit, fit.pk)
    Fit.objects.update(step="fitting Relevance, 1 of 3")
    running = " ".join(client.get(judges, headers=HTMX).text.split())
    assert "fitting Relevance, 1 of 3; you may leave this page" in running

    Fit.objects.update(lease_expires_at=timezone.now())
    fit_judge(fit_id=fit.pk)
    ended = client.get(judges, headers=HTMX)
    assert ended.status_code == 286
    assert "fits-ended" in ended.headers["HX-Trigger"]
    assert "every 1s" not in ended.text
    versions = client.get(judges, headers=HTMX | {"HX-Target": "versions"})
    assert versions.status_code == 200
    assert "floor v1" in versions.text
    assert "<html" not in versions.text


def test_why_a_fit_failed_is_said_on_the_page() -> None:
    project, _ = reviewed_project(5, n_rated=5)
    client = signed_in(project)
    client.post(f"/p/{project.slug}/judges/fit/", FLOOR)
    fit_judge(fit_id=Fit.objects.get().pk)
    page = client.get(f"/p/{project.slug}/judges/").text
    assert "expected at least 20 items" in page
    assert "got 5: review or import more" in page


def test_a_name_of_another_kind_of_judge_is_refused_on_the_form() -> None:
    project = project_with_items(0)
    scripted_version(project)
    answer = signed_in(project).post(f"/p/{project.slug}/judges/fit/", FLOOR | {"name": "scripted"})
    assert (answer.status_code, Fit.objects.count()) == (422, 0)
    assert "is a pointwise judge" in answer.text


def test_a_run_is_started_from_the_page() -> None:
    project = project_with_items(7)
    version = scripted_version(project)
    fields = {"version": version.pk, "which": "missing", "seed": "3", "limit": "5"}
    answer = signed_in(project).post(f"/p/{project.slug}/runs/start/", fields)
    run = Run.objects.get()
    assert answer.headers["Location"] == f"/p/{project.slug}/runs/{run.pk}/"
    assert (run.state, run.seed, run.created_by is not None) == (RunState.PREPARING, 3, True)
    assert prepared(run).n_items == 5


def test_a_judge_of_another_project_cannot_be_run_here() -> None:
    theirs = scripted_version(project_with_items(1))
    mine = project_with_items(1)
    answer = signed_in(mine).post(f"/p/{mine.slug}/runs/start/", {"version": theirs.pk, "which": "all", "seed": "0"})
    assert (answer.status_code, Run.objects.count()) == (422, 0)


def test_pause_resume_and_cancel_from_the_page() -> None:
    project = project_with_items(3)
    run = started_run(version=scripted_version(project))
    client = signed_in(project)
    for change, state in (
        ("pause", RunState.PAUSED),
        ("resume", RunState.RUNNING),
        ("cancel", RunState.CANCELLED),
        ("resume", RunState.CANCELLED),
    ):
        page = client.post(f"/p/{project.slug}/runs/{run.pk}/{change}/", follow=True)
        assert Run.objects.get().state == state
    assert f"expected a run that is paused, run {run.pk} is cancelled" in page.text
    assert client.post(f"/p/{project.slug}/runs/{run.pk}/explode/").status_code == 404


def test_the_chosen_outcomes_are_retried() -> None:
    project, run = finished_run(20, faults={"failed": 0.4, "garbage": 0.4})
    outcomes = dict(Judgement.objects.values_list("item_id", "outcome"))
    n_garbage = list(outcomes.values()).count(Outcome.UNPARSED)
    assert 0 < n_garbage < 20
    lead = signed_in(project)
    lead.post(f"/p/{project.slug}/runs/{run.pk}/retry/", {"outcomes": ["unparsed"]})
    assert "a worker collects the verdicts" in lead.get(f"/p/{project.slug}/runs/{run.pk}/").text
    work_off(run)
    assert Judgement.objects.count() == 20 + n_garbage


def test_progress_alone_is_polled_and_286_ends_it() -> None:
    project = project_with_items(4)
    run = started_run(version=scripted_version(project))
    client = signed_in(project)
    url = f"/p/{project.slug}/runs/{run.pk}/"
    running = client.get(url, headers=HTMX)
    assert running.status_code == 200
    assert "<html" not in running.text
    assert 'hx-trigger="every 2s"' in running.text
    work_off(run)
    ended = client.get(url, headers=HTMX)
    assert ended.status_code == 286
    assert "run-ended" in ended.headers["HX-Trigger"]
    assert "every 2s" not in ended.text
    assert "4 of 4" in ended.text
    samples = client.get(url, headers=HTMX | {"HX-Target": "run-samples"})
    assert samples.status_code == 200
    assert samples.text.count("<article") == 4


def test_samples_of_an_outcome_show_the_raw_text_and_the_reason() -> None:
    project, run = finished_run(3, faults={"garbage": 1.0})
    page = signed_in(project).get(f"/p/{project.slug}/runs/{run.pk}/?verdicts=unparsed").text
    assert page.count("lorem {ipsum: dolor") == 3
    assert "no grade of any criterion" in page


def test_a_verdict_page_shows_the_exact_prompt_and_the_reply() -> None:
    project, _ = finished_run(1)
    judgement = Judgement.objects.select_related("verdict").get()
    page = signed_in(project).get(f"/p/{project.slug}/verdicts/{judgement.pk}/").text
    assert "&lt;evidence&gt;" in page
    assert "Exactly as it was sent" in page
    assert "drawn by lot" in page


def test_a_prompt_that_cannot_be_rebuilt_exactly_says_so() -> None:
    project, run = finished_run(1)
    (verdict,) = run.verdicts.all()
    verdict.calls[0]["prompt"] = "0" * 64
    verdict.save(update_fields=["calls"])
    page = signed_in(project).get(f"/p/{project.slug}/verdicts/{Judgement.objects.get().pk}/").text
    assert "no prompt has the digest" in page


def test_what_a_model_says_cannot_break_the_page() -> None:
    project, run = finished_run(1, table={"": '<script>alert(1)</script>{"relevance": "<b>x</b>"}'})
    client = signed_in(project)
    judgement = Judgement.objects.get()
    for url in (f"/p/{project.slug}/runs/{run.pk}/?verdicts=unparsed", f"/p/{project.slug}/verdicts/{judgement.pk}/"):
        page = client.get(url).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert "<b>x</b>" not in page


def test_a_superseded_verdict_leads_to_the_newer_one() -> None:
    project, run = finished_run(1)
    first = Judgement.objects.get()
    client = signed_in(project)
    start_again = {"version": run.judge_version_id, "seed": "1", "which": "all"}
    client.post(f"/p/{project.slug}/runs/start/", start_again)
    work_off(Run.objects.latest("pk"))
    newer = Judgement.objects.live().get()
    assert (
        f'href="/p/{project.slug}/verdicts/{newer.pk}/"' in client.get(f"/p/{project.slug}/verdicts/{first.pk}/").text
    )


def test_a_baselines_verdict_shows_distributions_and_no_prompt() -> None:
    project, _ = reviewed_project(60, n_rated=40)
    run = started_run(version=fit_baseline_judge(project=project))
    work_off(run)
    judgement = Judgement.objects.filter(verdict__run=run).latest("pk")
    page = signed_in(project).get(f"/p/{project.slug}/verdicts/{judgement.pk}/").text
    assert "<span>Excellent</span>" in page
    assert '<span class="shares__figure">1.000</span>' in page
    assert "This judge has no language model" in page


def test_a_verdict_page_shows_label_masses_and_warns_of_a_low_one() -> None:
    project, run = finished_run(1)
    run.verdicts.update(masses=[0.97, 0.42, None])
    page = signed_in(project).get(f"/p/{project.slug}/verdicts/{Judgement.objects.get().pk}/").text
    assert "label mass 0.970" in page
    assert '<span class="chip chip--unsure">label mass 0.420</span>' in page


def test_a_verdict_page_shows_what_each_call_took_and_where_it_went() -> None:
    project, run = finished_run(1)
    (verdict,) = run.verdicts.all()
    took = {"prompt_tokens": 1200, "cached_tokens": 900, "queue_s": 0.25, "engine_s": 1.5, "cost": 0.000123}
    verdict.calls[0] |= took | {"endpoint": "http://gpu-2:8000/v1"}
    verdict.save(update_fields=["calls"])
    page = signed_in(project).get(f"/p/{project.slug}/verdicts/{verdict.pk}/").text
    for fact in (
        "1\u202f200, 900 of them from the cache",
        "1.500 s, after 0.250 s",
        "0.000123",
        "http://gpu-2:8000/v1",
    ):
        assert fact in page


def test_a_copied_verdict_leads_to_the_one_it_was_copied_from() -> None:
    project, run = finished_run(2)
    copy, source = run.verdicts.order_by("-pk")
    run.verdicts.filter(pk=copy.pk).update(copied_from=source, calls=[])
    page = signed_in(project).get(f"/p/{project.slug}/verdicts/{copy.pk}/").text
    assert f'href="/p/{project.slug}/verdicts/{source.pk}/"' in page
    assert "This judge has no language model" not in page


def test_the_rail_marks_runs_on_a_verdict_page() -> None:
    project, _ = finished_run(1)
    page = signed_in(project).get(f"/p/{project.slug}/verdicts/{Judgement.objects.get().pk}/").text
    assert f'href="/p/{project.slug}/runs/" aria-current="page"' in page
    assert page.count('aria-current="page"') == 2  # and the last of the crumbs


def test_an_imported_verdict_says_what_is_not_known_of_it() -> None:
    project = project_with_items(1)
    judgement = judge_item(make_rater(project, RaterKind.JUDGE, "gpt-x"), project.items.get(), (0, 0, 1))
    client = signed_in(project)
    url = f"/p/{project.slug}/verdicts/{judgement.pk}/"
    assert "its prompt and raw reply are not known here" in client.get(url).text
    assert f'href="{url}"' in client.get(f"/p/{project.slug}/items/{judgement.item_id}/").text


def test_what_a_person_said_is_no_verdict() -> None:
    project = project_with_items(1)
    judgement = judge_item(make_rater(project), project.items.get(), (0, 0, 1))
    client = signed_in(project)
    assert client.get(f"/p/{project.slug}/verdicts/{judgement.pk}/").status_code == 404
    assert "/verdicts/" not in client.get(f"/p/{project.slug}/items/{judgement.item_id}/").text


@pytest.mark.parametrize("n", [2, 20])
def test_the_list_of_runs_costs_the_same_at_any_length(
    n: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project = project_with_items(1)
    version = scripted_version(project)
    for _ in range(n):
        started_run(version=version)
    client = signed_in(project)
    with django_assert_max_num_queries(14):
        assert client.get(f"/p/{project.slug}/runs/").text.count("Run ") >= n


def test_whoever_holds_an_item_sees_no_verdict_on_it() -> None:
    project, run = finished_run(1)
    judgement = Judgement.objects.get()
    client = signed_in(project, Role.LEAD)
    sample, verdict = f"/verdicts/{judgement.pk}/", f"/p/{project.slug}/verdicts/{judgement.pk}/"
    queue_items(project=project)
    rater = rater_of(project=project, user=User.objects.get(memberships__role=Role.LEAD))
    assert sample in client.get(f"/p/{project.slug}/runs/{run.pk}/").text
    assert client.get(verdict).status_code == 200
    claim_item(project=project, rater=rater)
    assert sample not in client.get(f"/p/{project.slug}/runs/{run.pk}/").text
    assert client.get(verdict).headers["Location"] == f"/p/{project.slug}/items/{judgement.item_id}/"
