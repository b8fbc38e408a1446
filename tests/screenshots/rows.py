"""Addresses of the pages to see, in whatever database the demonstration was built."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.db.models import Count, Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from annotations.choices import ChoreStep, RaterKind, Role, WebhookEvent, WorkState
from annotations.models import Batch, Chore, Draw, Item, Judgement, Project, Rater, User, Webhook
from annotations.models.chores import DRAW
from annotations.selectors.item_filters import ItemFilter
from annotations.services.bulk import Action
from annotations.services.chores import ask_action
from annotations.services.people import invite
from annotations.services.webhooks import create_webhook, emit_answer, send_test
from models_llm.judging import KINDS
from models_llm.models import Audit, Dataset, JudgeVersion, Run, Verdict
from models_llm.services.audits import request_audit, run_audit
from models_llm.services.calibrations import fit_calibration, request_calibration
from tests.screenshots.pages import TAGS, PageToSee

# The row of a project that a page shows: the one with most to see.
ROWS: Final[dict[str, Callable[[Project], int | str]]] = {
    "item": lambda project: _item(project).pk,
    "webhook": lambda project: _webhook(project).pk,
    "delivery": lambda project: _webhook(project).deliveries.earliest("pk").pk,
    "batch": lambda project: Batch.objects.filter(project=project).latest("n_refused").pk,
    "judge version": lambda project: (
        JudgeVersion.objects.filter(judge__project=project, evaluation__isnull=False).latest("pk").pk
    ),
    "audited version": lambda project: _audit(project).judge_version_id,
    "audit": lambda project: _audit(project).pk,
    "calibrated version": lambda project: _calibrated(project).pk,
    "described version": lambda project: (
        JudgeVersion.objects.filter(judge__project=project, judge__kind__in=list(KINDS)).latest("pk").pk
    ),
    "recorded version": lambda project: JudgeVersion.objects.filter(judge__project=project).latest("pk").pk,
    "draw": lambda project: Draw.objects.filter(project=project).latest("pk").pk,
    "chore": lambda project: _chore(project).pk,
    "chore under way": lambda project: _chore_in(project, WorkState.RUNNING, n_done=12, n_changed=9).pk,
    "chore being chosen": lambda project: _chore_being_chosen(project).pk,
    "draw under way": lambda project: _draw_under_way(project).pk,
    "cancelled chore": lambda project: _chore_in(project, WorkState.CANCELLED, n_done=12, n_changed=9).pk,
    "run": lambda project: (
        Run.objects.filter(judge_version__judge__project=project, judge_version__engine="scripted").latest("pk").pk
    ),
    "verdict": lambda project: Verdict.objects.filter(judgement__item__project=project).latest("pk").pk,
    "calibrated verdict": lambda project: _calibrated(project).rater.judgements.latest("pk").pk,
    "dataset": lambda project: Dataset.objects.filter(project=project).latest("pk").pk,
    "person": lambda project: Rater.objects.filter(project=project, user__username=Role.ANNOTATOR).latest("pk").pk,
    "own annotation": lambda project: (
        Judgement.objects.live().filter(item__project=project, rater__user__username=Role.ANNOTATOR).latest("pk").pk
    ),
}


def path_of(page: PageToSee) -> str:
    """Where the page is; makes what it shows and the demonstration lacks."""
    arguments: list[str | int] = [page.project] if page.project else []
    if page.row == "invitation":
        project = Project.objects.get(slug=TAGS)
        _, secret = invite(project=project, role=Role.TRAINER, created_by=User.objects.get(username="lead"), days=7)
        arguments.append(secret)
    elif page.row:
        arguments.append(ROWS[page.row](Project.objects.get(slug=page.project)))
    path = reverse(page.route, args=[*arguments, *page.arguments])
    return f"{path}?{page.query}" if page.query else path


def _webhook(project: Project) -> Webhook:
    """One that was told something, though nobody listens at its address."""
    found = project.webhooks.first()
    if found is None:
        found, _ = create_webhook(
            project=project, url="https://hooks.invalid/judged", events=[WebhookEvent.JUDGEMENT], user=None
        )
        send_test(webhook=found)
        emit_answer(Judgement.objects.live().filter(item__project=project).exclude(rater__user=None).latest("pk"))
    return found


def _chore(project: Project) -> Chore:
    """A change that was made."""
    lead = User.objects.get(username="lead")
    return ask_action(action=Action.NOT_URGENT, project=project, wanted=ItemFilter(), user=lead)


def _chore_in(project: Project, state: WorkState, **fields: int) -> Chore:
    """A change as it is in the middle, or when it was ended there."""
    lease_ends = timezone.now() + timedelta(days=1)
    found, _ = Chore.objects.get_or_create(
        project=project, action=Action.SKILL, state=state, n_chosen=60, n_items=40,
        defaults={**fields, "lease_expires_at": lease_ends, "created_by": User.objects.get(username="lead")},
    )  # fmt: skip
    return found


def _chore_being_chosen(project: Project) -> Chore:
    """A change whose items are not known yet."""
    found, _ = Chore.objects.get_or_create(
        project=project, action=Action.AGAIN, state=WorkState.RUNNING, n_found=15_000,
        defaults={"lease_expires_at": timezone.now() + timedelta(days=1)},
    )  # fmt: skip
    return found


def _draw_under_way(project: Project) -> Chore:
    found, _ = Chore.objects.get_or_create(
        project=project, action=DRAW, state=WorkState.RUNNING, step=ChoreStep.QUEUEING,
        defaults={"lease_expires_at": timezone.now() + timedelta(days=1)},
    )  # fmt: skip
    return found


def _audit(project: Project) -> Audit:
    """An audit of the judge that draws lots: every check that applies has figures and examples."""
    version = JudgeVersion.objects.filter(judge__project=project, engine="scripted").latest("pk")
    if not version.audits.exists():
        run_audit(audit_id=request_audit(version=version, user=User.objects.get(username="lead")).pk)
    return Audit.objects.get(judge_version=version)


def _calibrated(project: Project) -> JudgeVersion:
    """A version whose probabilities were calibrated."""
    version = JudgeVersion.objects.filter(judge__project=project, evaluation__isnull=False).latest("pk")
    if not version.calibrations.exists():
        fit_calibration(calibration_id=request_calibration(version=version, user=None).pk)
    return version


def _item(project: Project) -> Item:
    """Judged, and ruled upon where one is."""
    judged = Judgement.objects.filter(item=OuterRef("pk"), rater__kind=RaterKind.JUDGE)
    items = Item.objects.filter(Exists(judged), project=project).annotate(n_rulings=Count("rulings"))
    return items.latest("n_rulings", "pk")
