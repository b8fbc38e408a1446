"""Annotators, gold and modes over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from annotations.choices import GoldSource, GoldUse, Role
from annotations.models import Gold, Pause, Project, Rater
from annotations.services.raters import rater_of
from tests.annotations.services.test_claiming import answer, claim, make_gold, queue_of, with_verdicts
from tests.factories import judge_item, make_items, make_member, make_rater

pytestmark = pytest.mark.django_db


def lead_in(project: Project) -> Client:
    client = Client()
    client.force_login(make_member(project, Role.LEAD))
    return client


def send(client: Client, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    return getattr(client, method)(path, data=body or {}, content_type="application/json")


def worked() -> tuple[Project, Rater]:
    project, _ = queue_of(2, gold_share=1.0)
    make_gold(make_items(project, 2))
    rater = rater_of(project=project, user=make_member(project, name="ann"))
    for _ in range(4):
        answer(claim(project, rater), (0, 0))
    return project, rater


def test_signals_come_with_interval_and_n_or_with_a_reason() -> None:
    project, rater = worked()
    [person] = lead_in(project).get(f"/api/v1/projects/{project.slug}/people/").json()
    assert (person["id"], person["name"]) == (rater.pk, "ann")
    gold = person["signals"]["gold"]
    # Wilson of 2 in 2: 1 / (1 + z² / 2) = 0.3424
    assert (gold["value"], gold["n"], round(gold["low"], 4), gold["high"]) == (1.0, 2, 0.3424, 1.0)
    assert person["signals"]["agreement"]["value"] is None
    assert "other people" in person["signals"]["agreement"]["undefined"]
    assert person["signals"]["streak"] == {
        "length": 4, "chance": None, "n": 4, "commonest": person["signals"]["streak"]["commonest"],
        "undefined": "only one answer was ever given",
    }  # fmt: skip


def test_skills_pauses_and_resuming() -> None:
    project, rater = worked()
    client, root = lead_in(project), f"/api/v1/projects/{project.slug}/people/{rater.pk}/"
    assert send(client, "patch", root, {"skills": ["zh"]}).json()["skills"] == ["zh"]
    assert send(client, "post", root + "pauses/", {}).status_code == 400
    paused = send(client, "post", root + "pauses/", {"note": "on leave"})
    assert (paused.status_code, paused.json()["reason"]) == (201, "lead")
    again = send(client, "post", root + "pauses/", {"note": "on leave"})
    assert (again.status_code, again.json()["code"], Pause.objects.count()) == (409, "pause_refused", 1)
    assert client.get(root).json()["paused_at"] is not None
    assert send(client, "post", root + "resume/", {"note": "back"}).json()["end_note"] == "back"
    assert send(client, "post", root + "resume/").status_code == 409
    assert [pause["note"] for pause in client.get(root + "pauses/").json()] == ["on leave"]


def test_people_of_other_projects_and_judges_do_not_exist() -> None:
    project, _ = worked()
    other, _ = queue_of(1)
    client = lead_in(project)
    for rater in (make_rater(other), with_verdicts(project, [])):
        assert client.get(f"/api/v1/projects/{project.slug}/people/{rater.pk}/").status_code == 404


def test_gold_is_drawn_listed_changed_and_retired() -> None:
    project, _ = queue_of(3)
    for person in (make_rater(project), make_rater(project)):
        for item in project.items.all():
            judge_item(person, item, (0, 1))
    client, root = lead_in(project), f"/api/v1/projects/{project.slug}/gold/"
    assert send(client, "post", root, {"n": 2, "least": 1}).status_code == 400
    drawn = send(client, "post", root, {"n": 2, "seed": 3})
    assert (drawn.status_code, drawn.json()["n_candidates"]) == (201, 3)
    gold = Gold.objects.first()
    assert gold is not None
    assert (gold.source, gold.use) == (GoldSource.CONSENSUS, GoldUse.HIDDEN)
    listed = client.get(root).json()
    assert (listed["n"], listed["n_pages"]) == (2, 1)
    assert listed["gold"][0]["levels"] == {"c0": "pass", "c1": "fail"}
    changed = send(client, "patch", f"{root}{gold.pk}/", {"use": "training", "explanation": "see the poles"})
    assert (changed.json()["use"], changed.json()["explanation"]) == ("training", "see the poles")
    assert send(client, "post", f"{root}{gold.pk}/retire/").json()["retired_at"] is not None
    refused = send(client, "patch", f"{root}{gold.pk}/", {"use": "hidden"})
    assert (refused.status_code, refused.json()["code"]) == (422, "gold_refused")


def test_the_mix_of_gold_stands_beside_that_of_the_consensus() -> None:
    project, items = queue_of(2)
    for person in (make_rater(project), make_rater(project)):
        judge_item(person, items[0], (0, 1))
    make_gold([items[1]])
    mix = lead_in(project).get(f"/api/v1/projects/{project.slug}/gold/mix/").json()
    assert (mix["n_gold"], mix["n_consensus"]) == (1, 1)
    fails = mix["criteria"][1]["levels"][1]
    assert (fails["level"], fails["gold"]["value"], fails["consensus"]["value"]) == ("fail", 0.0, 1.0)


def test_modes_name_what_is_missing() -> None:
    project, items = queue_of(4, reveal_share=0.0, assist_share=0.5, blind_share=0.5, seed=2)
    with_verdicts(project, items, levels=(0, 1))
    rater = make_rater(project, name="ann")
    for _ in items:
        answer(claim(project, rater))
    modes = lead_in(project).get(f"/api/v1/projects/{project.slug}/modes/").json()
    bias = modes["project"]["bias"]
    assert bias["missing_shown"] == 30 - bias["shown"]["n"]
    assert bias["shown"]["n"] + bias["unseen"]["n"] == 4
    assert [one["name"] for one in modes["people"]] == ["ann"]
