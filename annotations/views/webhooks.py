"""Webhooks as a lead sets them up, and their logs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotations.choices import WebhookEvent
from annotations.errors import WebhookError
from annotations.forms.webhooks import ChangeWebhookForm, WebhookForm
from annotations.models import Delivery, Membership, Webhook
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.webhooks import delivery_page, webhooks_of
from annotations.services.webhooks import (
    change_webhook,
    create_webhook,
    delete_webhook,
    renew_secret,
    resend,
    send_test,
)
from annotations.wording import say


@never_cache
@require_http_methods(["GET", "POST"])
@member_view(Capability.MANAGE_PROJECT)
def webhooks(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """A new webhook's secret stands in the answer itself: it is shown nowhere else, so a redirect would lose it."""
    project = membership.project
    form = WebhookForm(request.POST or None)
    made, secret = None, ""
    if request.method == "POST" and form.is_valid():
        try:
            made, secret = create_webhook(
                project=project,
                url=form.cleaned_data["url"],
                events=[WebhookEvent(event) for event in form.cleaned_data["events"]],
                user=request.user,
            )
        except WebhookError as err:
            form.add_error("url", say(err))
        else:
            form = WebhookForm()
    context = {"webhooks": webhooks_of(project), "form": form, "made": made, "secret": secret}
    return render(request, "annotations/webhooks.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@member_view(Capability.MANAGE_PROJECT)
def webhook(request: SignedInRequest, membership: Membership, webhook_id: int) -> HttpResponse:
    """One webhook: its settings and its log."""
    found = _webhook(membership, webhook_id)
    form = ChangeWebhookForm(
        request.POST or None, initial={"url": found.url, "events": found.events, "is_active": found.is_active}
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_webhook(
                webhook=found,
                url=form.cleaned_data["url"],
                events=[WebhookEvent(event) for event in form.cleaned_data["events"]],
                is_active=form.cleaned_data["is_active"],
            )
        except WebhookError as err:
            form.add_error("url", say(err))
        else:
            messages.success(request, _("Saved."))
            return redirect("annotations:webhook", membership.project.slug, found.pk)
    return _webhook_page(request, found, form)


@never_cache
@require_POST
@member_view(Capability.MANAGE_PROJECT)
def new_secret(request: SignedInRequest, membership: Membership, webhook_id: int) -> HttpResponse:
    found = _webhook(membership, webhook_id)
    secret = renew_secret(webhook=found)
    form = ChangeWebhookForm(initial={"url": found.url, "events": found.events, "is_active": found.is_active})
    return _webhook_page(request, found, form, secret=secret)


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def try_webhook(request: SignedInRequest, membership: Membership, webhook_id: int) -> HttpResponse:  # noqa: ARG001
    found = _webhook(membership, webhook_id)
    delivery = send_test(webhook=found)
    return redirect("annotations:delivery", membership.project.slug, delivery.pk)


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def drop_webhook(request: SignedInRequest, membership: Membership, webhook_id: int) -> HttpResponse:
    delete_webhook(webhook=_webhook(membership, webhook_id))
    messages.success(request, _("The webhook and its log are deleted."))
    return redirect("annotations:webhooks", membership.project.slug)


@require_safe
@member_view(Capability.MANAGE_PROJECT)
def delivery(request: SignedInRequest, membership: Membership, delivery_id: int) -> HttpResponse:
    """The very body that was sent, and what came back; a page that shows it on its way asks for the answer alone."""
    found = _delivery(membership, delivery_id)
    part = "_delivery" if request.htmx and not request.htmx.boosted else "delivery"
    return render(request, f"annotations/{part}.html", {"webhook": found.webhook, "delivery": found})


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def send_again(request: SignedInRequest, membership: Membership, delivery_id: int) -> HttpResponse:
    resend(delivery=_delivery(membership, delivery_id))
    messages.success(request, _("It is sent again, with the same body under the same number."))
    return redirect("annotations:delivery", membership.project.slug, delivery_id)


def _webhook(membership: Membership, webhook_id: int) -> Webhook:
    return get_object_or_404(Webhook, project=membership.project, pk=webhook_id)


def _delivery(membership: Membership, delivery_id: int) -> Delivery:
    found = Delivery.objects.select_related("webhook")
    return get_object_or_404(found, webhook__project=membership.project, pk=delivery_id)


def _webhook_page(
    request: SignedInRequest, found: Webhook, form: ChangeWebhookForm, *, secret: str = ""
) -> HttpResponse:
    before = request.GET.get("before", "")
    page = delivery_page(found, before=int(before) if before.isdecimal() and len(before) < 19 else None)
    context = {"webhook": found, "form": form, "page": page, "secret": secret}
    return render(request, "annotations/webhook.html", context, status=422 if form.errors else 200)
