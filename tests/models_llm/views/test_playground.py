"""The playground's page."""

from __future__ import annotations

import pytest

from annotations.choices import Role
from annotations.models import User
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from models_llm.models import DraftTrial, JudgeVersion
from models_llm.services.baseline import fit_baseline_judge
from models_llm.services.draft_trials import judge_draft, request_trial
from models_llm.services.judge_documents import document_of
from tests.models_llm.services.judged_projects import project_with_items, reviewed_project, scripted_version
from tests.models_llm.services.test_draft_trials import two_minded
from tests.models_llm.views.test_new_judge import fields_of
from tests.models_llm.views.test_pages import HTMX, signed_in

pytestmark = pytest.mark.django_db
ASKS_STRICTLY = "$item\r\n\r\nJudge STRICTLY. Reply with the JSON object only."


def test_a_changed_prompt_is_tried_and_saved_from_the_page() -> None:
    version, item, _ = two_minded()
    client = signed_in(version.judge.project, Role.TRAINER)
    url = f"/p/{version.judge.project.slug}/judges/{version.pk}/try/"
    page = client.get(url).text
    assert "Nothing tried yet" in page
    sent = fields_of(page)
    assert sent["item"] == item.external_id
    asked = client.post(url, sent | {"text_user": ASKS_STRICTLY}, follow=True)
    trial = DraftTrial.objects.get()
    assert asked.redirect_chain == [(f"{url}?trial={trial.pk}#draft-trial", 302)]
    assert "A worker of the queue “judge” takes it up" in asked.text
    assert "Judge STRICTLY" in asked.text

    judge_draft(trial_id=trial.pk)
    ready = client.get(f"{url}?trial={trial.pk}").text
    assert "1 of 3 criteria differ" in ready
    assert "<ins>+ Judge STRICTLY. Reply with the JSON object only.</ins>" in ready
    saved = client.post(f"/p/{version.judge.project.slug}/judges/drafts/{trial.pk}/save/", {"name": "scripted"})
    newest = JudgeVersion.objects.latest("pk")
    assert saved.headers["Location"] == f"/p/{version.judge.project.slug}/judges/{newest.pk}/"
    assert "STRICTLY" in newest.config["prompt"]["user"]


def test_only_what_came_of_a_trial_is_polled_until_it_is_there() -> None:
    version, item, document = two_minded()
    trial = request_trial(version=version, document=document, item=item, user=None)
    client = signed_in(version.judge.project)
    url = f"/p/{version.judge.project.slug}/judges/{version.pk}/try/?trial={trial.pk}"
    waiting = client.get(url, headers=HTMX).text
    assert "<html" not in waiting
    assert 'hx-trigger="every 1s"' in waiting
    judge_draft(trial_id=trial.pk)
    ready = client.get(url, headers=HTMX).text
    assert "every 1s" not in ready
    assert "Save as new version" in ready


def test_a_form_sent_by_htmx_comes_back_with_the_trial_and_its_address() -> None:
    version, _, _ = two_minded()
    client = signed_in(version.judge.project)
    url = f"/p/{version.judge.project.slug}/judges/{version.pk}/try/"
    answer = client.post(url, fields_of(client.get(url).text), headers=HTMX)
    trial = DraftTrial.objects.get()
    assert answer.headers["HX-Push-Url"] == f"{url}?trial={trial.pk}"
    assert answer.text.lstrip().startswith("{#") is False
    assert 'id="playground"' in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"item": "no-such-item"}, "there is no item “no-such-item”"),
        ({"item": "", "content": ""}, "either an item or"),
        ({"item": "", "content": "{"}, "expected JSON"),
        ({"item": "", "content": "[]"}, "expected a JSON object"),
        ({"item": "", "content": '{"context": {}}'}, "“candidate” or “candidates”"),
        ({"text_user": "judge"}, "expected exactly the places $item"),
    ],
)
def test_what_cannot_be_tried_is_said_and_nothing_is_stored(change: dict[str, str], said: str) -> None:
    version, _, _ = two_minded()
    client = signed_in(version.judge.project)
    url = f"/p/{version.judge.project.slug}/judges/{version.pk}/try/"
    answer = client.post(url, fields_of(client.get(url).text) | change)
    assert (answer.status_code, DraftTrial.objects.count()) == (422, 0)
    assert said in answer.text


def test_whoever_holds_an_item_tries_no_judge_on_it_and_sees_no_trial_of_it() -> None:
    version, item, document = two_minded()
    project = version.judge.project
    client = signed_in(project, Role.LEAD)
    url = f"/p/{project.slug}/judges/{version.pk}/try/"
    sent = fields_of(client.get(url).text)
    trial = request_trial(version=version, document=document, item=item, user=None)
    judge_draft(trial_id=trial.pk)
    queue_items(project=project)
    claim_item(project=project, rater=rater_of(project=project, user=User.objects.get(memberships__role=Role.LEAD)))
    refused = client.post(url, sent)
    assert (refused.status_code, DraftTrial.objects.count()) == (422, 1)
    assert "You hold this item" in refused.text
    covered = client.get(f"{url}?trial={trial.pk}").text
    assert "You hold this item" in covered
    assert "Invalid Tag</span>" not in covered
    assert fields_of(client.get(url).text)["item"] == ""  # it offers another, and there is none


def test_a_judge_that_is_fitted_has_no_playground_and_neither_has_one_of_another_project() -> None:
    project, _ = reviewed_project(40, n_rated=40)
    baseline = fit_baseline_judge(project=project)
    theirs = scripted_version(project_with_items(1))
    client = signed_in(project)
    for version in (baseline, theirs):
        assert client.get(f"/p/{project.slug}/judges/{version.pk}/try/").status_code == 404


def test_a_trial_of_another_project_is_neither_shown_nor_saved() -> None:
    version, item, _ = two_minded()
    trial = request_trial(version=version, document=document_of(version), item=item, user=None)
    project = project_with_items(1)
    mine = scripted_version(project)
    client = signed_in(project)
    assert client.get(f"/p/{project.slug}/judges/{mine.pk}/try/?trial={trial.pk}").status_code == 404
    assert client.post(f"/p/{project.slug}/judges/drafts/{trial.pk}/save/", {"name": "x"}).status_code == 404


def test_readers_have_no_playground() -> None:
    version, _, _ = two_minded()
    project = version.judge.project
    url = f"/p/{project.slug}/judges/{version.pk}/try/"
    assert signed_in(project, Role.ADJUDICATOR).get(url).status_code == 403
    assert "/try/" not in signed_in(project, Role.ADJUDICATOR).get(f"/p/{project.slug}/judges/{version.pk}/").text
