"""No address asks the database more often where there is more to show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from annotations.choices import Cause, FlagReason, GoldUse, Outcome, Role, WebhookEvent
from annotations.models import Item, Project, Rater, User
from annotations.permissions import CAPABILITIES
from annotations.services.gold import gold_from_ruling
from annotations.services.guidelines import add_guideline_version
from annotations.services.people import invite
from annotations.services.projects import change_policy
from annotations.services.quality import pause_annotator, resume_annotator
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from annotations.services.reservations import reserve_items
from annotations.services.saved_views import save_view
from annotations.services.threads import add_comment, flag_item
from annotations.services.tokens import create_token
from annotations.services.webhooks import create_webhook, emit
from models_llm.choices import Flag, Shape
from models_llm.datasets import Query
from models_llm.models import JudgeVersion, Run, Verdict
from models_llm.services.audits import request_audit
from models_llm.services.builds import request_dataset
from models_llm.services.calibrations import request_calibration
from models_llm.services.draft_trials import request_trial
from models_llm.services.fits import request_fit
from models_llm.services.judge_documents import document_of
from tests.doors import DOORS, address, make_things
from tests.factories import judge_item, make_batch, make_dispute, make_items, make_member, make_rater, make_ruling
from tests.models_llm.services.judged_projects import run_without_shards, scripted_version

pytestmark = pytest.mark.django_db
OF_A_LEAD = {*CAPABILITIES[Role.LEAD], "signed in"}
READ = [name for name, door in DOORS.items() if door.methods.get("get") in OF_A_LEAD and not door.is_of_others]


def add_one_of_each(project: Project, things: dict[str, Any], lead: User) -> None:
    """One more of everything that a page may list."""
    version, run = JudgeVersion.objects.get(pk=things["version_id"]), Run.objects.get(pk=things["run_id"])
    read, unread = make_items(project, 2, make_batch(project))
    judge_item(make_rater(project), read, (0, 1))
    rated = judge_item(version.rater, read, (0, 0))
    failed = judge_item(version.rater, unread, None, outcome=Outcome.FAILED)
    Verdict.objects.create(judgement=rated, run=run, flags=[Flag.LOW_MASS])
    Verdict.objects.create(judgement=failed, run=run, error="no answer")
    [queued] = make_items(project, 1)
    queue_items(project=project, items=Item.objects.filter(pk=queued.pk))
    turn = claim_item(project=project, rater=make_rater(project))
    assert turn is not None
    change_policy(project=project, settings=replace(project.current_policy().settings(), seed=project.items.count()))
    gold_from_ruling(item=read, levels=(0, 1), use=GoldUse.HIDDEN)
    person = Rater.objects.get(pk=things["person_id"])
    pause_annotator(rater=person, by=lead, note="lunch")
    resume_annotator(rater=person, by=lead, note="")
    rater_of(project=project, user=make_member(project))
    run_without_shards(version, n_items=1)
    run_without_shards(scripted_version(project), n_items=1)
    number = project.items.count()
    request_audit(version=version, seed=number, user=lead)
    request_calibration(version=version, seed=number, user=lead)
    request_fit(project=project, name="baseline", seed=number, held_out_share=0.3, user=lead)
    request_trial(version=version, document=document_of(version), item=read, user=lead)
    request_dataset(project=project, query=Query(Shape.JUDGED), user=lead)
    make_dispute(unread)
    for cause, criterion in ((Cause.CARELESS, None), (Cause.GUIDELINE_UNCLEAR, 0)):
        make_ruling(make_dispute(make_items(project, 1)[0]), lead, cause, criterion=criterion)
    [member] = project.memberships.filter(user=make_member(project, Role.LEAD)).select_related("user")
    for item in (read, Item.objects.get(pk=things["item_id"])):
        comment = add_comment(item=item, membership=member, text=f"Look, @{lead.username}")
        add_comment(item=item, membership=member, text="and here", reply_to=comment)
        flag_item(item=item, user=member.user, reason=FlagReason.OTHER)
    invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=1)
    add_guideline_version(project=project, text=f"Read the evidence {number} times.")
    create_token(user=lead, name=f"token {number}")
    save_view(project=project, owner=lead, name=f"view {number}", query="queue=open", is_shared=True)
    create_webhook(project=project, url="https://hooks.test/", events=[WebhookEvent.PAUSE], user=lead)
    emit(WebhookEvent.PAUSE, project, {"rater": number})
    reserve_items(project=project, item_ids=[read.pk], raters=[make_rater(project, user=make_member(project))])


def n_queries(client: Client, things: dict[str, Any]) -> dict[str, int]:
    counts = {}
    for name in READ:
        client.get(address(name, things))  # rubrics and other things that a process keeps
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address(name, things))
        assert response.status_code < 500
        counts[name] = len(asked)
    return counts


def test_no_address_asks_more_often_for_ten_of_everything_than_for_two(
    client: Client, tmp_path: Path, settings: Settings
) -> None:
    settings.EXPORT_ROOT = tmp_path
    things = make_things()
    project = Project.objects.get(slug=things["slug"])
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    add_one_of_each(project, things, lead)
    for_two = n_queries(client, things)
    for _ in range(8):
        add_one_of_each(project, things, lead)

    for_ten = n_queries(client, things)
    assert len(READ) > 50
    assert {name: (for_two[name], n) for name, n in for_ten.items() if n != for_two[name]} == {}
