from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotations.choices import WorkState
from annotations.errors import ImageError
from annotations.models import Item, Judgement
from models_llm.errors import JudgeError
from models_llm.models import DraftTrial, JudgeVersion
from models_llm.selectors.draft_trials import compare
from models_llm.services.baseline import fit_baseline_judge
from models_llm.services.draft_trials import drop_old_trials, judge_draft, request_trial, save_trial
from models_llm.services.judge_documents import create_judge_from, document_of
from models_llm.services.leased_work import sweep_leased_work
from tests.annotations.test_images import RED, uri
from tests.models_llm.services.judged_projects import project_with_items, reviewed_project, scripted_version

pytestmark = pytest.mark.django_db

GOOD = {"relevance": "Relevance", "validity": "Validity", "style": "Good"}
BAD = {"relevance": "Relevance", "validity": "Invalid Tag", "style": "Good"}


def reply(levels: dict[str, str]) -> str:
    return json.dumps({key: {"rationale": f"{key} it is", "level": level} for key, level in levels.items()})


def two_minded() -> tuple[JudgeVersion, Item, dict[str, Any]]:
    """A version that finds the tag valid, and a draft that asks in other words and finds it not."""
    project = project_with_items(1)
    version = scripted_version(project, table={"STRICTLY": reply(BAD), "": reply(GOOD)})
    version.refresh_from_db()
    document = document_of(version)
    template = document["template"] | {"user": "$item\n\nJudge STRICTLY. Reply with the JSON object only."}
    return version, project.items.get(), document | {"template": template}


def test_the_draft_and_the_version_judge_the_same_item_and_their_differences_are_found() -> None:
    version, item, document = two_minded()
    trial = request_trial(version=version, document=document, item=item, user=None)
    assert judge_draft(trial_id=trial.pk)
    found = compare(DraftTrial.objects.get())
    assert [pair.differs for pair in found.criteria] == [False, True, False]
    assert (found.criteria[1].draft.given.label, found.criteria[1].saved.given.label) == ("Invalid Tag", "Validity")  # type: ignore[union-attr]
    [change] = found.prompts
    assert [line.text for line in change.lines if line.kind == "new"] == [
        "Judge STRICTLY. Reply with the JSON object only."
    ]
    assert found.is_changed
    assert found.draft.usage.completion_tokens is not None
    assert not Judgement.objects.exists()


def test_a_change_of_several_calls_is_shown_once() -> None:
    project = project_with_items(1)
    asked = {"kind": "per_criterion", "engine": "scripted"}
    version = create_judge_from(project=project, name="letters", document=asked)
    document = document_of(version)
    template = document["template"] | {"system": document["template"]["system"] + "In doubt, be strict.\n"}
    item = project.items.get()
    trial = request_trial(version=version, document=document | {"template": template}, item=item, user=None)
    judge_draft(trial_id=trial.pk)
    [change] = compare(DraftTrial.objects.get()).prompts
    assert change.names == ("relevance", "validity", "style")
    assert [line.text for line in change.lines if line.kind == "new"] == ["", "In doubt, be strict."]


def test_an_unchanged_draft_says_the_same_and_has_nothing_to_save() -> None:
    version, item, _ = two_minded()
    trial = request_trial(version=version, document=document_of(version), item=item, user=None)
    judge_draft(trial_id=trial.pk)
    found = compare(DraftTrial.objects.get())
    assert (found.n_differing, found.prompts, found.is_changed) == (0, (), False)


def test_the_draft_is_frozen_as_it_was_tried() -> None:
    version, item, document = two_minded()
    trial = request_trial(version=version, document=document, item=item, user=None)
    judge_draft(trial_id=trial.pk)
    saved = save_trial(trial=DraftTrial.objects.get(), name=version.judge.name)
    assert (str(saved), saved.config["prompt"]["user"]) == ("scripted v2", document["template"]["user"])
    assert saved.prompt_digest != version.prompt_digest


def test_an_item_that_is_typed_in_is_judged_with_its_images_made_harmless() -> None:
    version, _, document = two_minded()
    content = {"context": {"photo": uri(RED)}, "candidate": {"tag": "boots"}}
    trial = request_trial(version=version, document=document, content=content, user=None)
    judge_draft(trial_id=trial.pk)
    [shown] = compare(DraftTrial.objects.get()).draft.calls
    assert len(shown.messages[-1].images) == 1
    assert "[image 1]" in shown.messages[-1].text


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"candidates": []}, JudgeError),
        ({"context": {}}, JudgeError),
        ({"candidate": "a", "candidates": ["b"]}, JudgeError),
        ({"candidate": "a", "gold": 1}, JudgeError),
        ({"candidate": {"photo": uri(b"none")}}, ImageError),
    ],
)
def test_what_is_no_item_is_refused_and_nothing_is_stored(content: dict[str, Any], error: type[Exception]) -> None:
    version, _, document = two_minded()
    with pytest.raises(error):
        request_trial(version=version, document=document, content=content, user=None)
    assert not DraftTrial.objects.exists()


def test_a_draft_of_another_kind_or_without_an_item_is_refused() -> None:
    version, item, document = two_minded()
    other = {"kind": "per_criterion", "engine": "scripted"}
    with pytest.raises(JudgeError, match="expected a draft of a pointwise judge"):
        request_trial(version=version, document=other, item=item, user=None)
    with pytest.raises(JudgeError, match="either an item or"):
        request_trial(version=version, document=document, user=None)


def test_a_reply_that_cannot_be_read_is_the_drafts_outcome() -> None:
    version, item, document = two_minded()
    document["engine_settings"] = {"faults": {"garbage": 1.0}}
    trial = request_trial(version=version, document=document, item=item, user=None)
    judge_draft(trial_id=trial.pk)
    found = compare(DraftTrial.objects.get())
    assert (found.draft.verdict.outcome, found.saved.verdict.outcome) == ("unparsed", "rated")
    assert found.n_differing == 3


def test_a_trial_is_judged_once_and_seen_to_again_when_its_worker_died() -> None:
    version, item, document = two_minded()
    trial = request_trial(version=version, document=document, item=item, user=None)
    assert sweep_leased_work() == 0
    DraftTrial.objects.update(state=WorkState.RUNNING, lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert sweep_leased_work() == 1
    assert judge_draft(trial_id=trial.pk)
    assert not judge_draft(trial_id=trial.pk)
    assert DraftTrial.objects.get().state == WorkState.READY


def test_a_trial_is_gone_after_a_day() -> None:
    version, item, document = two_minded()
    for age in (timedelta(hours=23), timedelta(hours=25)):
        trial = request_trial(version=version, document=document, item=item, user=None)
        judge_draft(trial_id=trial.pk)
        DraftTrial.objects.filter(pk=trial.pk).update(created_at=timezone.now() - age)
    assert drop_old_trials() == 1
    assert DraftTrial.objects.get().created_at > timezone.now() - timedelta(days=1)


def test_a_jury_is_tried_beside_itself_with_its_fitted_member() -> None:
    project, items = reviewed_project(40, n_rated=40)
    members = [scripted_version(project), scripted_version(project), fit_baseline_judge(project=project)]
    jury = create_judge_from(
        project=project, name="jury", document={"kind": "jury", "members": [str(member) for member in members]}
    )
    jury.refresh_from_db()
    trial = request_trial(
        version=jury,
        document=document_of(jury) | {"protocol": {"combine": "mean"}},
        item=items[0],
        user=None,
    )
    judge_draft(trial_id=trial.pk)
    found = compare(DraftTrial.objects.get())
    assert [call.call.name for call in found.draft.calls] == ["scripted v1", "scripted v2"]
    assert all(call.messages for side in (found.draft, found.saved) for call in side.calls)
    assert (found.draft.flags, found.saved.flags) == ([], [])  # nobody was left out
    assert found.is_changed
    assert save_trial(trial=trial, name="jury").config["members"] == jury.config["members"]
