"""Every address of the platform, who may come in there, and a project with one of everything that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from annotations.choices import FlagReason, Role, WebhookEvent
from annotations.permissions import Capability
from annotations.services.chores import ask_draw
from annotations.services.gold import gold_from_ruling
from annotations.services.guidelines import add_guideline_version
from annotations.services.people import invite
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from annotations.services.saved_views import save_view
from annotations.services.threads import add_comment, flag_item
from annotations.services.tokens import create_token
from annotations.services.webhooks import create_webhook, send_test
from models_llm.choices import Shape
from models_llm.datasets import Query
from models_llm.models import Verdict
from models_llm.services.audits import request_audit
from models_llm.services.builds import build_dataset, request_dataset
from models_llm.services.calibrations import request_calibration
from models_llm.services.draft_trials import request_trial
from models_llm.services.fits import request_fit
from models_llm.services.judge_documents import document_of
from tests.factories import judge_item, make_dispute, make_items, make_member, make_project, make_user
from tests.models_llm.services.judged_projects import run_without_shards, scripted_version

ACCOUNTS = "account/"
"""Where allauth's own addresses stand; its pages are tried in test_sign_in."""


To = Capability | Literal["anyone", "signed in", "staff"]
Method = Literal["get", "post", "put", "patch", "delete"]


@dataclass(frozen=True)
class Door:
    """Who may come in.

    Attributes:
        to: a capability in the project, or anyone at all, whoever is signed in, or staff.
        also: who may come with another method, where the address takes more than one.
        is_page: a page, and no file or data.
        is_of_others: even members with the capability see 404, because the thing belongs to someone else.
        is_of_turns: members without the capability see 404 too: they come in where they had a turn at the item.
    """

    to: To
    method: Method = "get"
    also: Mapping[Method, To] = field(default_factory=dict)
    is_page: bool = True
    is_of_others: bool = False
    is_of_turns: bool = False

    @property
    def methods(self) -> dict[Method, To]:
        return {self.method: self.to, **self.also}


DOORS = {
    "projects": Door("signed in"),
    "overview": Door(Capability.VIEW_PROJECT),
    "search": Door("signed in"),
    "search-in-project": Door(Capability.VIEW_PROJECT),
    "api-schema": Door("signed in", is_page=False),
    "api-docs": Door("signed in"),
    "healthz": Door("anyone", is_page=False),
    # one's own account
    "annotations:me": Door("signed in", also={"post": "signed in"}),
    "annotations:keys": Door("signed in", also={"post": "signed in"}),
    "annotations:theme": Door("anyone", "post"),
    "annotations:language": Door("anyone", "post"),
    "annotations:add-token": Door("signed in", "post"),
    "annotations:drop-token": Door("signed in", "post"),
    # projects and their words
    "annotations:create-project": Door("staff", also={"post": "staff"}),
    "annotations:settings": Door(Capability.MANAGE_PROJECT, also={"post": Capability.MANAGE_PROJECT}),
    "annotations:rubric": Door(Capability.VIEW_PROJECT),
    "annotations:rubric-version": Door(Capability.VIEW_PROJECT),
    "annotations:rubric-yaml": Door(Capability.VIEW_PROJECT, is_page=False),
    "annotations:new-rubric": Door(Capability.EDIT_WORDS, also={"post": Capability.EDIT_WORDS}),
    "annotations:guidelines": Door(Capability.VIEW_PROJECT),
    "annotations:guidelines-version": Door(Capability.VIEW_PROJECT),
    "annotations:edit-guidelines": Door(Capability.EDIT_WORDS, also={"post": Capability.EDIT_WORDS}),
    # items
    "annotations:items": Door(Capability.VIEW_JUDGEMENTS),
    "annotations:item": Door(Capability.VIEW_JUDGEMENTS),
    "annotations:act": Door(Capability.MANAGE_PROJECT, also={"post": Capability.MANAGE_PROJECT}),
    "annotations:chores": Door(Capability.MANAGE_PROJECT),
    "annotations:chore": Door(Capability.MANAGE_PROJECT),
    "annotations:cancel-chore": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:export-items": Door(Capability.EXPORT, is_page=False),
    "annotations:saved-views": Door(Capability.VIEW_JUDGEMENTS),
    "annotations:add-view": Door(Capability.VIEW_JUDGEMENTS, "post"),
    "annotations:edit-view": Door(Capability.VIEW_JUDGEMENTS, "post", is_of_others=True),
    "annotations:drop-view": Door(Capability.VIEW_JUDGEMENTS, "post", is_of_others=True),
    # webhooks
    "annotations:webhooks": Door(Capability.MANAGE_PROJECT, also={"post": Capability.MANAGE_PROJECT}),
    "annotations:webhook": Door(Capability.MANAGE_PROJECT, also={"post": Capability.MANAGE_PROJECT}),
    "annotations:new-secret": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:try-webhook": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:drop-webhook": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:delivery": Door(Capability.MANAGE_PROJECT),
    "annotations:send-again": Door(Capability.MANAGE_PROJECT, "post"),
    # people
    "annotations:people": Door(Capability.VIEW_PROJECT),
    "annotations:set-role": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:drop-member": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:add-invitation": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:drop-invitation": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:invitation": Door("anyone"),
    "annotations:accept-invitation": Door("signed in", "post"),
    # quality of people
    "annotations:begin-person": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:person": Door(Capability.MANAGE_PEOPLE),
    "annotations:person-answers": Door(Capability.MANAGE_PEOPLE),
    "annotations:pause-person": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:resume-person": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:set-skills": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:modes": Door(Capability.MANAGE_PEOPLE),
    "annotations:gold": Door(Capability.MANAGE_PROJECT),
    "annotations:draw-gold": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:change-gold": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:retire-gold": Door(Capability.MANAGE_PROJECT, "post"),
    # imports
    "annotations:imports": Door(Capability.IMPORT, also={"post": Capability.IMPORT}),
    "annotations:import": Door(Capability.IMPORT),
    "annotations:refusals-csv": Door(Capability.IMPORT, is_page=False),
    # agreement
    "annotations:agreement": Door(Capability.VIEW_JUDGEMENTS),
    # review
    "annotations:review": Door(Capability.REVIEW),
    "annotations:submit": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:ahead": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:confirm-guidelines": Door(Capability.REVIEW, "post"),
    "annotations:keep": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:skip": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:my-work": Door(Capability.REVIEW),
    "annotations:revise": Door(Capability.REVIEW, is_of_others=True, also={"post": Capability.REVIEW}),
    "annotations:flag-turn": Door(Capability.REVIEW, "post", is_of_others=True),
    # where people differ
    "annotations:adjudicate": Door(Capability.ADJUDICATE),
    "annotations:rule": Door(Capability.ADJUDICATE, "post"),
    "annotations:look": Door(Capability.ADJUDICATE, "post", is_of_others=True),
    "annotations:put-back": Door(Capability.ADJUDICATE, "post", is_of_others=True),
    "annotations:disputes": Door(Capability.ADJUDICATE),
    "annotations:reopen-dispute": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:adjudicate-now": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:unclear": Door(Capability.EDIT_WORDS, also={"post": Capability.EDIT_WORDS}),
    # flags and comments
    "annotations:flag-item": Door(Capability.VIEW_JUDGEMENTS, "post"),
    "annotations:flags": Door(Capability.MANAGE_PROJECT),
    "annotations:resolve-flag": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:comment": Door(Capability.VIEW_JUDGEMENTS, "post", is_of_turns=True),
    "annotations:resolve-thread": Door(Capability.VIEW_JUDGEMENTS, "post", is_of_turns=True),
    "annotations:mentions": Door(Capability.VIEW_PROJECT),
    "annotations:see-mentions": Door(Capability.VIEW_PROJECT, "post"),
    "annotations:open-mention": Door(Capability.VIEW_PROJECT, "post", is_of_others=True),
    # what people are asked
    "annotations:policy": Door(Capability.MANAGE_PROJECT, also={"post": Capability.MANAGE_PROJECT}),
    "annotations:queue": Door(Capability.MANAGE_PROJECT, also={"post": Capability.MANAGE_PROJECT}),
    "annotations:queue-rows": Door(Capability.MANAGE_PROJECT),
    "annotations:draw": Door(Capability.MANAGE_PROJECT),
    # judges
    "models_llm:judges": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:judge": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:calibration": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:calibrate": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:judge-card": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:card-of-rater": Door(Capability.VIEW_JUDGEMENTS, is_page=False),
    "models_llm:fit-baseline": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:train-reward-model": Door(Capability.RUN_JUDGES, also={"post": Capability.RUN_JUDGES}),
    "models_llm:new-judge": Door(Capability.RUN_JUDGES, also={"post": Capability.RUN_JUDGES}),
    "models_llm:playground": Door(Capability.RUN_JUDGES, also={"post": Capability.RUN_JUDGES}),
    "models_llm:save-draft": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:drawn-examples": Door(Capability.RUN_JUDGES),
    "models_llm:audits": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:start-audit": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:audit": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:runs": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:run": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:unrated": Door(Capability.VIEW_JUDGEMENTS),
    "models_llm:start-run": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:change-run": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:verdict": Door(Capability.VIEW_JUDGEMENTS),
    # data sets
    "models_llm:datasets": Door(Capability.EXPORT, also={"post": Capability.EXPORT}),
    "models_llm:dataset": Door(Capability.EXPORT),
    "models_llm:download-dataset": Door(Capability.EXPORT, is_page=False),
    "models_llm:download-dataset-file": Door(Capability.EXPORT, is_page=False),
    # API
    "annotations:api-keys": Door("signed in", is_page=False, also={"put": "signed in", "delete": "signed in"}),
    "annotations:api-next": Door(Capability.REVIEW, "post"),
    "annotations:api-submit": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:api-progress": Door(Capability.REVIEW, is_page=False),
    "annotations:api-confirm-guidelines": Door(Capability.REVIEW, "post"),
    "annotations:api-revise": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:api-keep": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:api-skip": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:api-flag-turn": Door(Capability.REVIEW, "post", is_of_others=True),
    "annotations:api-disputes": Door(Capability.ADJUDICATE, is_page=False),
    "annotations:api-next-dispute": Door(Capability.ADJUDICATE, "post"),
    "annotations:api-look": Door(Capability.ADJUDICATE, "post", is_of_others=True),
    "annotations:api-put-back": Door(Capability.ADJUDICATE, "post", is_of_others=True),
    "annotations:api-rule": Door(Capability.ADJUDICATE, "post"),
    "annotations:api-reopen": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-stop": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-unclear": Door(Capability.EDIT_WORDS, is_page=False, also={"post": Capability.EDIT_WORDS}),
    "annotations:api-flags": Door(Capability.MANAGE_PROJECT, is_page=False),
    "annotations:api-resolve-flag": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-flag-item": Door(Capability.VIEW_JUDGEMENTS, "post"),
    "annotations:api-comments": Door(
        Capability.VIEW_JUDGEMENTS, is_page=False, is_of_turns=True, also={"post": Capability.VIEW_JUDGEMENTS}
    ),
    "annotations:api-resolve-thread": Door(Capability.VIEW_JUDGEMENTS, "post", is_of_turns=True),
    "annotations:api-mentions": Door(Capability.VIEW_PROJECT, is_page=False, also={"post": Capability.VIEW_PROJECT}),
    "annotations:api-policy": Door(Capability.MANAGE_PROJECT, is_page=False, also={"patch": Capability.MANAGE_PROJECT}),
    "annotations:api-preview-policy": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-queue": Door(Capability.MANAGE_PROJECT, is_page=False),
    "annotations:api-draws": Door(Capability.MANAGE_PROJECT, is_page=False, also={"post": Capability.MANAGE_PROJECT}),
    "annotations:api-draw": Door(Capability.MANAGE_PROJECT, is_page=False),
    "annotations:api-items": Door(Capability.VIEW_JUDGEMENTS, is_page=False, also={"post": Capability.IMPORT}),
    "annotations:api-act": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-chores": Door(Capability.MANAGE_PROJECT, is_page=False),
    "annotations:api-chore": Door(Capability.MANAGE_PROJECT, is_page=False),
    "annotations:api-cancel-chore": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-export-items": Door(Capability.EXPORT, is_page=False),
    "annotations:api-saved-views": Door(
        Capability.VIEW_JUDGEMENTS, is_page=False, also={"post": Capability.VIEW_JUDGEMENTS}
    ),
    "annotations:api-saved-view": Door(
        Capability.VIEW_JUDGEMENTS, "patch", is_of_others=True, also={"delete": Capability.VIEW_JUDGEMENTS}
    ),
    "annotations:api-reservations": Door(
        Capability.MANAGE_PROJECT, is_page=False, also={"post": Capability.MANAGE_PROJECT}
    ),
    "annotations:api-release": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-webhooks": Door(
        Capability.MANAGE_PROJECT, is_page=False, also={"post": Capability.MANAGE_PROJECT}
    ),
    "annotations:api-webhook": Door(Capability.MANAGE_PROJECT, "patch", also={"delete": Capability.MANAGE_PROJECT}),
    "annotations:api-new-secret": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-try-webhook": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-deliveries": Door(Capability.MANAGE_PROJECT, is_page=False),
    "annotations:api-delivery": Door(Capability.MANAGE_PROJECT, is_page=False),
    "annotations:api-send-again": Door(Capability.MANAGE_PROJECT, "post"),
    "annotations:api-judgements": Door(Capability.IMPORT, "post"),
    "annotations:api-agreement": Door(Capability.VIEW_JUDGEMENTS, is_page=False),
    "annotations:api-people": Door(Capability.MANAGE_PEOPLE, is_page=False),
    "annotations:api-person": Door(Capability.MANAGE_PEOPLE, is_page=False, also={"patch": Capability.MANAGE_PEOPLE}),
    "annotations:api-pauses": Door(Capability.MANAGE_PEOPLE, is_page=False, also={"post": Capability.MANAGE_PEOPLE}),
    "annotations:api-resume": Door(Capability.MANAGE_PEOPLE, "post"),
    "annotations:api-modes": Door(Capability.MANAGE_PEOPLE, is_page=False),
    "annotations:api-gold": Door(Capability.MANAGE_PROJECT, is_page=False, also={"post": Capability.MANAGE_PROJECT}),
    "annotations:api-gold-mix": Door(Capability.MANAGE_PROJECT, is_page=False),
    "annotations:api-one-gold": Door(Capability.MANAGE_PROJECT, "patch"),
    "annotations:api-retire-gold": Door(Capability.MANAGE_PROJECT, "post"),
    "models_llm:api-judges": Door(Capability.VIEW_JUDGEMENTS, is_page=False, also={"post": Capability.RUN_JUDGES}),
    "models_llm:api-judge": Door(Capability.VIEW_JUDGEMENTS, is_page=False),
    "models_llm:api-reward-models": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:api-audits": Door(Capability.VIEW_JUDGEMENTS, is_page=False, also={"post": Capability.RUN_JUDGES}),
    "models_llm:api-audit": Door(Capability.VIEW_JUDGEMENTS, is_page=False),
    "models_llm:api-calibrations": Door(
        Capability.VIEW_JUDGEMENTS, is_page=False, also={"post": Capability.RUN_JUDGES}
    ),
    "models_llm:api-calibration": Door(Capability.VIEW_JUDGEMENTS, is_page=False),
    "models_llm:api-judge-card": Door(Capability.VIEW_JUDGEMENTS, is_page=False),
    "models_llm:api-fit": Door(Capability.VIEW_JUDGEMENTS, is_page=False),
    "models_llm:api-runs": Door(Capability.VIEW_JUDGEMENTS, is_page=False, also={"post": Capability.RUN_JUDGES}),
    "models_llm:api-run": Door(Capability.VIEW_JUDGEMENTS, is_page=False, also={"patch": Capability.RUN_JUDGES}),
    "models_llm:api-count-run": Door(Capability.RUN_JUDGES, "post", is_page=False),
    "models_llm:api-unrated": Door(Capability.VIEW_JUDGEMENTS, is_page=False),
    "models_llm:api-change-run": Door(Capability.RUN_JUDGES, "post"),
    "models_llm:api-verdict": Door(Capability.VIEW_JUDGEMENTS, is_page=False),
    "models_llm:api-datasets": Door(Capability.EXPORT, is_page=False, also={"post": Capability.EXPORT}),
    "models_llm:api-dataset": Door(Capability.EXPORT, is_page=False),
    "models_llm:api-download-dataset": Door(Capability.EXPORT, is_page=False),
    "annotations:api-projects": Door("signed in", is_page=False),
    "annotations:api-project": Door(Capability.VIEW_PROJECT, is_page=False),
}


def addresses() -> Iterator[tuple[str, URLPattern]]:
    """Names and patterns of all addresses but allauth's."""

    def walk(resolver: URLResolver, namespace: str) -> Iterator[tuple[str, URLPattern]]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                if str(entry.pattern) != ACCOUNTS:
                    yield from walk(entry, f"{entry.namespace}:" if entry.namespace else namespace)
            else:
                yield f"{namespace}{entry.name}", entry

    return walk(get_resolver(), "")


PATTERNS = dict(addresses())


def make_things() -> dict[str, Any]:
    """A project with one of everything that addresses name; EXPORT_ROOT must be a folder of the test."""
    project = make_project(slug="tags")
    lead = make_member(project, Role.LEAD)
    annotator = make_member(project, Role.ANNOTATOR)
    [item] = make_items(project, 1)
    draw = queue_items(project=project, n=1)
    turn = claim_item(project=project, rater=rater_of(project=project, user=annotator))
    assert turn is not None
    version = scripted_version(project)
    run = run_without_shards(version, n_items=1)
    judgement = judge_item(version.rater, item, (0, 0))
    Verdict.objects.create(judgement=judgement, run=run)
    dataset = request_dataset(project=project, query=Query(Shape.JUDGED), user=None)
    build_dataset(dataset_id=dataset.pk)
    fit = request_fit(project=project, name="baseline", seed=0, held_out_share=0.3, user=lead)
    trial = request_trial(version=version, document=document_of(version), item=item, user=lead)
    dispute = make_dispute(make_items(project, 1)[0])
    [talked_of] = make_items(project, 1)
    [membership] = project.memberships.filter(user=lead).select_related("user")
    told = add_comment(item=talked_of, membership=membership, text=f"Look at this, @{annotator.username}.")
    invitation, secret = invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=1)
    add_guideline_version(project=project, text="Read the evidence first.")
    webhook, _ = create_webhook(project=project, url="https://hooks.test/", events=[WebhookEvent.PAUSE], user=lead)
    return {
        "slug": project.slug,
        "version": 1,
        "item_id": item.pk,
        "batch_id": item.batch_id,
        "person_id": turn.rater_id,
        "gold_id": gold_from_ruling(item=item, levels=(0, 1)).pk,
        "member_id": project.memberships.get(user=annotator).pk,
        "invitation_id": invitation.pk,
        "secret": secret,
        "draw_id": draw.pk,
        "chore_id": ask_draw(project=project, n=1, user=lead).pk,
        "assignment_id": turn.pk,
        "judgement_id": judgement.pk,
        "version_id": version.pk,
        "rater_id": version.rater_id,
        "fit_id": fit.pk,
        "trial_id": trial.pk,
        "audit_id": request_audit(version=version, user=lead).pk,
        "calibration_id": request_calibration(version=version, user=lead).pk,
        "run_id": run.pk,
        "action": "pause",
        "dataset_id": dataset.pk,
        "dispute_id": dispute.pk,
        "flag_id": flag_item(item=item, user=annotator, reason=FlagReason.BROKEN).pk,
        "comment_id": add_comment(item=talked_of, membership=membership, text="It is odd.").pk,
        "mention_id": told.mentions.get().pk,
        "path": "manifest.json",
        "view_id": save_view(project=project, owner=lead, name="open", query="queue=open").pk,
        "webhook_id": webhook.pk,
        "delivery_id": send_test(webhook=webhook).pk,
        "shape": "csv",
        "token_id": create_token(user=make_user(), name="another's")[0].pk,
    }


def address(name: str, things: dict[str, Any]) -> str:
    return reverse(name, kwargs={key: things[key] for key in PATTERNS[name].pattern.converters})
