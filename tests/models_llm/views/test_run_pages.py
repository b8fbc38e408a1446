"""The pages of a run at scale: its form, trial, limits, what it used, and its verdicts without ratings."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from annotations.choices import Role
from annotations.models import Batch, Judgement
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from models_llm.choices import RunState
from models_llm.errors import OutageError
from models_llm.models import Run, Shard
from models_llm.selectors.unrated import PAGE_SIZE
from models_llm.services.outages import pause_for_outage
from models_llm.services.runs import start_run
from tests.factories import make_batch, make_items, make_member
from tests.models_llm.services.judged_projects import (
    prepared,
    project_with_items,
    scripted_version,
    started_run,
    work_off,
)
from tests.models_llm.views.test_pages import HTMX, finished_run, signed_in

pytestmark = pytest.mark.django_db


def text_of(client: Client, url: str, **headers: Any) -> str:
    return " ".join(client.get(url, headers=headers or None).text.split())


def test_the_form_offers_what_the_items_have_and_starts_a_run_of_it() -> None:
    project = project_with_items(2)
    batch = make_batch(project)
    Batch.objects.filter(pk=batch.pk).update(round=4)
    make_items(project, 3, batch, slices={"category": "shoes", "town": "Bonn"})
    make_items(project, 1, batch, slices={"category": "shoes", "town": "Kiel"})
    version = scripted_version(project)
    client = signed_in(project)
    page = client.get(f"/p/{project.slug}/runs/").text
    assert 'for="id_slice_0">Only category' in page
    assert 'for="id_slice_1">Only town' in page
    assert '<option value="Bonn">Bonn</option>' in page
    assert '<option value="4">4</option>' in page
    fields = {
        "version": version.pk, "which": "missing", "slice_0": "shoes", "slice_1": "Bonn", "batch": batch.pk, "round": 4,
        "seed": 0, "priority": 2, "most_tokens": 1000, "most_cost": "0.5",
    }  # fmt: skip
    client.post(f"/p/{project.slug}/runs/start/", fields)
    run = prepared(Run.objects.get())
    assert (run.n_items, run.priority, run.most_tokens, run.most_cost, run.most_gpu_s) == (3, 2, 1000, 0.5, None)


def test_a_run_that_left_its_items_to_another_is_as_far_in_the_list_as_on_its_page() -> None:
    project, run = finished_run(2)
    Run.objects.update(n_items=5)
    client = signed_in(project)
    assert "<span>5 of 5</span>" in text_of(client, f"/p/{project.slug}/runs/{run.pk}/")
    assert "<span>5 of 5</span>" in text_of(client, f"/p/{project.slug}/runs/")


def test_what_a_run_would_judge_is_counted_before_it_starts() -> None:
    project = project_with_items(7)
    version = scripted_version(project)
    client = signed_in(project)
    query = f"/p/{project.slug}/runs/?preview=1&version={version.pk}&which=missing&seed=0"
    assert text_of(client, query, **HTMX) == "<b>7</b> items to judge"
    assert text_of(client, f"{query}&limit=5", **HTMX) == "<b>5</b> items to judge"
    assert "<b>7</b> items to judge" in text_of(client, query)  # with scripts off, in the page
    assert "The form is not complete" in text_of(client, f"/p/{project.slug}/runs/?preview=1", **HTMX)
    assert Run.objects.count() == 0


def test_a_trial_shows_what_the_rest_takes_and_runs_it() -> None:
    project = project_with_items(30)
    version = scripted_version(project)
    client = signed_in(project)
    client.post(f"/p/{project.slug}/runs/start/", {"version": version.pk, "which": "missing", "seed": 0, "trial": 1})
    trial = Run.objects.get()
    url = f"/p/{project.slug}/runs/{trial.pk}/"
    assert "Run the remaining" not in text_of(client, url)
    work_off(trial)
    page = text_of(client, url)
    assert "by this trial, n = 20" in page
    assert "no price is set" in page
    assert "Run the remaining 10" in page
    answer = client.post(f"{url}continue/")
    rest = Run.objects.latest("pk")
    assert answer.headers["Location"] == f"/p/{project.slug}/runs/{rest.pk}/"
    assert prepared(rest).n_items == 10


def test_what_a_run_used_is_shown_in_all_and_for_a_thousand() -> None:
    project, run = finished_run(10)
    Shard.objects.update(prompt_tokens=6000, cached_tokens=3000, completion_tokens=900, engine_s=2.0, cost=0.25)
    page = text_of(signed_in(project), f"/p/{project.slug}/runs/{run.pk}/")
    assert '<td class="num">6 000</td><td class="num">600 000</td>' in page
    assert "50% of the prompts" in page
    assert '<td class="num">0.2500</td><td class="num">25.0000</td>' in page
    assert "GPU-seconds</td>" not in page  # nothing of ours worked
    assert '<td class="num" data-name="cost">0.25</td>' in text_of(signed_in(project), f"/p/{project.slug}/runs/")


def test_a_spent_budget_is_said_and_raised_on_the_page() -> None:
    project = project_with_items(4)
    run = started_run(version=scripted_version(project), shard_size=2)
    Run.objects.update(most_tokens=1)
    work_off(run)
    client = signed_in(project)
    url = f"/p/{project.slug}/runs/{run.pk}/"
    assert "its budget of 1 tokens is spent" in text_of(client, url)
    assert "raise it, then resume" in client.post(f"{url}resume/", follow=True).text
    client.post(f"{url}limit/", {"priority": 1, "most_tokens": 100_000})
    client.post(f"{url}resume/")
    assert (Run.objects.get().state, Run.objects.get().most_tokens) == (RunState.RUNNING, 100_000)


def test_a_limit_that_is_none_is_refused_and_nothing_changes() -> None:
    project, run = finished_run(1)
    page = signed_in(project).post(f"/p/{project.slug}/runs/{run.pk}/limit/", {"most_tokens": "many"}, follow=True)
    assert "Tokens at most: Enter a whole number." in page.text
    assert Run.objects.get().most_tokens is None


def test_verdicts_without_ratings_are_listed_by_outcome_with_raw_reply_and_reason() -> None:
    project, run = finished_run(20, faults={"garbage": 0.4, "failed": 0.4})
    client = signed_in(project)
    url = f"/p/{project.slug}/runs/{run.pk}/unrated/"
    outcomes = list(Judgement.objects.values_list("outcome", flat=True))
    assert client.get(url).text.count("<article") == len(outcomes) - outcomes.count("rated")
    page = client.get(f"{url}?outcome=unparsed").text
    assert page.count("<article") == page.count("lorem {ipsum: dolor") == outcomes.count("unparsed") > 0
    assert "no grade of any criterion" in page


def test_what_is_judged_again_leaves_the_list() -> None:
    project, run = finished_run(5, faults={"failed": 1.0})
    client = signed_in(project)
    url = f"/p/{project.slug}/runs/{run.pk}/"
    item_id = run.shards.get().item_ids[0]
    first = Judgement.objects.get(item_id=item_id)
    client.post(f"{url}retry/", {"outcomes": ["failed"], "item": item_id})
    work_off(run)
    page = client.get(f"{url}unrated/").text
    newer = Judgement.objects.live().get(item_id=item_id)
    assert f"/verdicts/{first.pk}/" not in page
    assert f"/verdicts/{newer.pk}/" in page
    assert page.count("<article") == 5


def test_the_list_goes_on_page_by_page_without_gaps() -> None:
    project, run = finished_run(PAGE_SIZE + 3, faults={"failed": 1.0})
    client = signed_in(project)
    url = f"/p/{project.slug}/runs/{run.pk}/unrated/"
    newest = list(Judgement.objects.order_by("-pk").values_list("pk", flat=True))
    first = client.get(url).text
    assert first.count("<article") == PAGE_SIZE
    assert f"?before={newest[PAGE_SIZE - 1]}" in first
    second = client.get(f"{url}?before={newest[PAGE_SIZE - 1]}").text
    assert [f"/verdicts/{pk}/" in second for pk in newest[-4:]] == [False, True, True, True]
    assert "Older" not in second


def test_whoever_holds_an_item_sees_no_verdict_on_it_in_the_list() -> None:
    project, run = finished_run(1, faults={"failed": 1.0})
    lead = make_member(project, Role.LEAD)
    client = Client()
    client.force_login(lead)
    url = f"/p/{project.slug}/runs/{run.pk}/unrated/"
    assert client.get(url).text.count("<article") == 1
    queue_items(project=project)
    assert claim_item(project=project, rater=rater_of(project=project, user=lead)) is not None
    assert client.get(url).text.count("<article") == 0
    assert signed_in(project).get(url).text.count("<article") == 1


@pytest.mark.parametrize("n", [2, 20])
def test_a_run_costs_the_same_to_show_with_many_shards(
    n: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project = project_with_items(n)
    run = started_run(version=scripted_version(project), shard_size=1)
    work_off(run)
    client = signed_in(project)
    with django_assert_max_num_queries(19):
        client.get(f"/p/{project.slug}/runs/{run.pk}/")
    with django_assert_max_num_queries(9):
        client.get(f"/p/{project.slug}/runs/{run.pk}/", headers=HTMX)
    with django_assert_max_num_queries(14):
        client.get(f"/p/{project.slug}/runs/{run.pk}/unrated/")


def test_a_run_that_is_prepared_says_how_far_and_is_polled() -> None:
    project = project_with_items(4)
    run = start_run(version=scripted_version(project), shard_size=2)
    client = signed_in(project)
    url = f"/p/{project.slug}/runs/{run.pk}/"
    page = text_of(client, url)
    assert "items not drawn yet" in page
    assert "a worker draws the items" in page
    assert "every 2s" in page
    Run.objects.update(n_items=4)
    Shard.objects.create(run=run, number=1, item_ids=[1, 2])
    assert "2 of 4 ready" in text_of(client, url)
    client.post(f"{url}pause/")
    assert "paused before its items were ready" in text_of(client, url)


def test_a_run_over_nothing_says_why() -> None:
    project = project_with_items(0)
    run = started_run(version=scripted_version(project))
    assert "Nothing was selected" in text_of(signed_in(project), f"/p/{project.slug}/runs/{run.pk}/")


def test_a_run_whose_servers_are_out_says_which_and_may_be_told_to_stay_so() -> None:
    project = project_with_items(1)
    run = started_run(version=scripted_version(project))
    pause_for_outage(run_id=run.pk, outage=OutageError("no server has taken requests for 120 s (a:8000: refused)"))
    client = signed_in(project)
    url = f"/p/{project.slug}/runs/{run.pk}/"
    page = text_of(client, url)
    assert "a:8000: refused" in page
    assert "It tries again by itself" in page
    assert "every 2s" in page
    client.post(f"{url}pause/")
    page = text_of(client, url)
    assert "a:8000: refused" in page
    assert "It tries again by itself" not in page
    assert "every 2s" not in page
    client.post(f"{url}resume/")
    assert "a:8000" not in text_of(client, url)
