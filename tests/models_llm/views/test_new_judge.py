"""Making judges on a page."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from annotations.choices import GoldSource, Role
from annotations.models import Gold, Project, User
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from annotations.services.rubrics import add_rubric_version
from models_llm.judging import JUDGES, KINDS
from models_llm.models import DraftTrial, JudgeVersion, Verdict
from models_llm.services.judge_documents import create_judge_from
from tests.factories import make_items, make_project, rubric_spec
from tests.models_llm.rubrics import tag_rubric
from tests.models_llm.services.judged_projects import project_with_items, scripted_version, started_run, work_off
from tests.models_llm.views.test_pages import HTMX, signed_in

pytestmark = pytest.mark.django_db


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send for the page's own form if nobody touched it."""
    form = page[page.index('<form class="form form--') :]
    sent: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="(?:text|number)" name="([^"]+)"(?: value="([^"]*)")?', form):
        sent[name] = unescape(value)
    for name, value in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        sent[name] = unescape(value).replace("\r\n", "\n").replace("\n", "\r\n")
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        found = re.search(r'value="([^"]*)" selected', options) or re.search(r'value="([^"]*)"', options)
        sent[name] = found.group(1) if found else ""
    for name in re.findall(r'<input type="checkbox" name="([^"]+)"[^>]* checked', form):
        sent[name] = "on"
    return sent


def gold_project(n: int) -> Project:
    project = make_project(spec=tag_rubric())
    for number, item in enumerate(make_items(project, n)):
        levels = [number % 2, number % 2, number % 3]
        Gold.objects.create(item=item, rubric=project.current_rubric(), levels=levels, source=GoldSource.IMPORTED)
    return project


def test_every_kind_is_offered_with_a_sentence() -> None:
    project = project_with_items(0)
    page = signed_in(project).get(f"/p/{project.slug}/judges/new/").text
    for kind, described in KINDS.items():
        assert f"?kind={kind}" in page
        assert described.summary.replace("'", "&#x27;") in page


def test_an_unknown_kind_and_a_version_of_another_project_are_404() -> None:
    project = project_with_items(0)
    theirs = scripted_version(project_with_items(0))
    client = signed_in(project)
    for query in ("kind=oracle", "kind=baseline", f"from={theirs.pk}", "from=999999999999", "from=x"):
        assert client.get(f"/p/{project.slug}/judges/new/?{query}").status_code == 404


@pytest.mark.parametrize("kind", [kind for kind, described in KINDS.items() if described.asks and kind in JUDGES])
def test_the_form_of_a_kind_as_it_comes_makes_a_judge_of_it(kind: str) -> None:
    project = project_with_items(0)
    client = signed_in(project, Role.TRAINER)
    url = f"/p/{project.slug}/judges/new/?kind={kind}"
    sent = fields_of(client.get(url).text) | {"name": "mine", "engine": "scripted"}
    answer = client.post(url, sent)
    if kind == "pairwise":  # this rubric is none for them, and that is said
        assert (answer.status_code, JudgeVersion.objects.count()) == (422, 0)
        assert "message--error" in answer.text
        return
    version = JudgeVersion.objects.get()
    assert answer.headers["Location"] == f"/p/{project.slug}/judges/{version.pk}/"
    same = create_judge_from(project=project, name="same", document={"kind": kind, "engine": "scripted"})
    assert (version.digest, version.config) == (same.digest, same.config)


def test_what_is_set_on_the_form_is_frozen() -> None:
    project = gold_project(5)
    client = signed_in(project)
    url = f"/p/{project.slug}/judges/new/?kind=per_criterion"
    sent = fields_of(client.get(url).text)
    sent |= {
        "name": "letters",
        "engine": "openai_http",
        "model": "m-7b",
        "revision": "abc",
        "servers": "http://gpu-1:8000/v1\r\nhttp://gpu-2:8000/v1",
        "price_prompt": "0.1",
        "price_completion": "0.4",
        "engine_settings": "timeout_s: 60",
        "sampling_temperature": "0.5",
        "protocol_rationales": "on",
        "examples": "drawn",
        "examples_n": "3",
        "examples_seed": "1",
        "text_system": sent["text_system"].replace("criterion by criterion", "one criterion after the other"),
    }
    assert client.post(url, sent).status_code == 302
    version = JudgeVersion.objects.get()
    assert (version.engine, version.model, version.revision) == ("openai_http", "m-7b", "abc")
    assert version.config["engine"] == {
        "timeout_s": 60,
        "urls": ["http://gpu-1:8000/v1", "http://gpu-2:8000/v1"],
        "prices": {"prompt": 0.1, "completion": 0.4},
    }
    assert version.config["sampling"]["temperature"] == 0.5
    assert version.config["protocol"]["rationales"] is True
    assert len(version.config["examples"]) == len(version.config["fitted_item_ids"]) == 3
    assert "\r" not in version.config["prompt"]["system"]


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"engine": "openai_http", "servers": "http://a/v1"}, "model", "required"),
        ({"engine": "openai_http", "model": "m", "servers": ""}, "servers", "required"),
        (
            {"engine": "openai_http", "model": "m", "servers": "gpu-1:8000"},
            "servers",
            "starts with http:// or https://",
        ),
        ({"engine": "openai_http", "model": "m", "servers": "http://a http://a"}, "servers", "stands there twice"),
        ({"engine_settings": "faults: ["}, "engine_settings", "one setting a line, as “name: value”, line 1 is none"),
        ({"engine_settings": "speed: 9"}, "engine_settings", "has no setting speed"),
        ({"text_user": "judge it"}, "text_user", "expected exactly the places $item"),
        ({"examples": "drawn", "examples_n": "4"}, "examples_n", "there are 0"),
        ({"examples": "drawn", "examples_n": ""}, "examples_n", "how many"),
        ({"name": ""}, "name", "required"),
        ({"name": "taken"}, "name", "choose another name"),
        ({"sampling_temperature": "9"}, "sampling_temperature", "less than or equal to 2"),
        ({"sampling_top_p": "0"}, "sampling_top_p", "greater than or equal to 0.01"),
    ],
)
def test_what_makes_no_judge_is_said_at_its_field_and_nothing_is_made_or_lost(
    change: dict[str, str], field: str, said: str
) -> None:
    project = project_with_items(0)
    create_judge_from(project=project, name="taken", document={"kind": "per_criterion", "engine": "scripted"})
    client = signed_in(project)
    url = f"/p/{project.slug}/judges/new/?kind=pointwise"
    sent = fields_of(client.get(url).text) | {"name": "mine", "engine": "scripted"} | change
    answer = client.post(url, sent)
    assert (answer.status_code, JudgeVersion.objects.count()) == (422, 1)
    errors = dict(re.findall(r'<ul class="errorlist" id="id_(\w+)_error">(.*?)</ul>', answer.text))
    assert list(errors) == [field]
    assert said in unescape(errors[field])
    assert f'<a href="#id_{field}">' in answer.text
    assert fields_of(answer.text) == sent


def test_a_kind_that_does_not_suit_the_rubric_says_so_where_it_is_chosen() -> None:
    project = project_with_items(0)
    page = unescape(signed_in(project).get(f"/p/{project.slug}/judges/new/").text)
    assert page.count("not for this rubric") == 1  # the rubric has tiers, and no preference
    assert "a pairwise judge rates preferences" in page


def test_a_version_made_from_another_shows_what_changed() -> None:
    project = gold_project(4)
    create_judge_from(
        project=project,
        name="j",
        document={"kind": "pointwise", "engine": "scripted", "model": "lot", "examples": {"n": 2}},
    )
    first = JudgeVersion.objects.get()
    client = signed_in(project)
    url = f"/p/{project.slug}/judges/new/?from={first.pk}"
    page = client.get(url).text
    assert "the same as j v1" in page
    sent = fields_of(page)
    sent["text_system"] = sent["text_system"].replace("You judge one item", "You judge a single item")
    answer = client.post(url, sent | {"sampling_temperature": "0.7"}, follow=True)
    second = JudgeVersion.objects.latest("pk")
    assert (str(second), second.config["examples"]) == ("j v2", first.config["examples"])
    assert "Changed since" in answer.text
    assert re.search(r"<del>− You judge one item.*</del><ins>\+ You judge a single item", answer.text)
    assert "<del>0.0</del> <ins>0.7</ins>" in answer.text


def test_a_jury_is_chosen_from_the_versions_that_ask() -> None:
    project = project_with_items(0)
    client = signed_in(project)
    url = f"/p/{project.slug}/judges/new/?kind=jury"
    assert "No members yet" in client.get(url).text
    members = [str(scripted_version(project)) for _ in range(2)]
    page = client.get(url).text
    assert all(f'value="{member}"' in page for member in members)
    made = client.post(url, fields_of(page) | {"name": "jury", "members": members})
    jury = JudgeVersion.objects.latest("pk")
    assert made.headers["Location"] == f"/p/{project.slug}/judges/{jury.pk}/"
    assert [member["name"] for member in jury.config["members"]] == members
    assert all(f">{member}</a>" in client.get(made.headers["Location"]).text for member in members)


def test_a_version_under_an_older_rubric_is_offered_as_no_member_and_has_no_trials() -> None:
    project = project_with_items(1)
    old = scripted_version(project)
    add_rubric_version(project=project, spec=rubric_spec())
    client = signed_in(project)
    assert "No members yet" in client.get(f"/p/{project.slug}/judges/new/?kind=jury").text
    url = f"/p/{project.slug}/judges/{old.pk}/try/"
    answer = client.post(url, fields_of(client.get(url).text))
    assert (answer.status_code, DraftTrial.objects.count()) == (422, 0)
    assert "judges under an older rubric" in answer.text


def test_drawn_examples_are_shown_and_covered_where_the_reader_holds_the_item() -> None:
    project = gold_project(3)
    client = signed_in(project, Role.LEAD)
    url = f"/p/{project.slug}/judges/new/examples/?examples_n=3"
    page = client.get(url).text
    assert page.count("gold</span>") == 3
    assert "Weak Relevance" in page
    partial = client.get(url, headers=HTMX).text
    assert "<html" not in partial
    queue_items(project=project)
    turn = claim_item(
        project=project, rater=rater_of(project=project, user=User.objects.get(memberships__role=Role.LEAD))
    )
    assert turn is not None
    assert client.get(url).text.count("you hold this item") == 1


def test_low_label_mass_is_said_on_both_pages() -> None:
    project = project_with_items(2)
    version = scripted_version(project)
    work_off(started_run(version=version))
    client = signed_in(project)
    judges, judge = f"/p/{project.slug}/judges/", f"/p/{project.slug}/judges/{version.pk}/"
    assert "low label mass" not in client.get(judges).text
    Verdict.objects.update(flags=["low_mass"])
    assert "low label mass" in client.get(judges).text
    assert "on 2 verdicts" in client.get(judge).text


@pytest.mark.parametrize(("role", "status"), [(Role.ADJUDICATOR, 403), (Role.ANNOTATOR, 403), (None, 404)])
def test_whoever_may_not_run_judges_makes_none(role: Role | None, status: int) -> None:
    project = project_with_items(0)
    client = signed_in(project_with_items(0)) if role is None else signed_in(project, role)
    assert isinstance(client, Client)
    for url in (f"/p/{project.slug}/judges/new/", f"/p/{project.slug}/judges/new/?kind=pointwise"):
        assert client.get(url).status_code == status
        assert client.post(url, {"name": "x", "engine": "scripted"}).status_code == status
    assert not JudgeVersion.objects.exists()
