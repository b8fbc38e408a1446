"""Flags, comments and mentions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from annotations.choices import FlagReason
from annotations.errors import CommentError
from annotations.forms.disputes import CommentForm, FlagForm
from annotations.models import Comment, Flag, Item, Membership, Mention
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.selectors.review import own_turn, own_work
from annotations.selectors.threads import flags_in, may_talk_about, mentions_of, threads_on, visible_comments
from annotations.services.raters import rater_of
from annotations.services.threads import (
    add_comment,
    flag_item,
    reopen_thread,
    resolve_flag,
    resolve_thread,
    see_mentions,
)
from annotations.wording import say_whole

PAGE_SIZE = 50


@require_POST
@member_view(Capability.REVIEW)
def flag_turn(request: SignedInRequest, membership: Membership, assignment_id: int) -> HttpResponse:
    """Flag the item of one's own turn. With htmx only the line comes back that says so, and the turn goes on."""
    own = own_turn(project=membership.project, user=request.user, assignment_id=assignment_id)
    if own is None:
        raise Http404
    return _flag(request, membership, own.turn.item, back="annotations:review")


@require_POST
@member_view(Capability.VIEW_JUDGEMENTS)
def flag(request: SignedInRequest, membership: Membership, item_id: int) -> HttpResponse:
    item = get_object_or_404(Item.objects.filter(project=membership.project), pk=item_id)
    return _flag(request, membership, item, back="annotations:flags" if _leads(membership) else "annotations:items")


@require_safe
@member_view(Capability.MANAGE_PROJECT)
def flags(request: SignedInRequest, membership: Membership) -> HttpResponse:
    is_open = request.GET.get("state") != "resolved"
    page = Paginator(flags_in(membership.project, is_open=is_open), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "is_open": is_open,
        "query": "" if is_open else "state=resolved",
    }
    return render(request, "annotations/flags.html", context)


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def resolve_a_flag(request: SignedInRequest, membership: Membership, flag_id: int) -> HttpResponse:
    found = get_object_or_404(Flag, pk=flag_id, project=membership.project)
    if resolve_flag(flag=found, by=request.user):
        messages.success(request, _("The flag is resolved."))
    return redirect("annotations:flags", membership.project.slug)


@never_cache
@require_POST
@member_view(Capability.VIEW_PROJECT)
def comment(request: SignedInRequest, membership: Membership, item_id: int) -> HttpResponse:
    """Say something about an item, or answer in a thread. An annotator may where they had a turn."""
    item = get_object_or_404(Item.objects.filter(project=membership.project), pk=item_id)
    if not may_talk_about(item, membership):
        raise Http404
    form = CommentForm(request.POST)
    fault = ""
    if form.is_valid():
        try:
            thread = _thread_of(membership, item, form.cleaned_data["reply_to"])
            add_comment(item=item, membership=membership, text=form.cleaned_data["text"], reply_to=thread)
        except CommentError as err:
            fault = say_whole(err)
    else:
        fault = _("Write something first.")
    return _thread(request, membership, item, fault=fault)


@never_cache
@require_POST
@member_view(Capability.VIEW_PROJECT)
def resolve_a_thread(request: SignedInRequest, membership: Membership, comment_id: int) -> HttpResponse:
    """Resolve a thread, or open it again where the form says `reopen`."""
    found = get_object_or_404(visible_comments(membership).select_related("item"), pk=comment_id)
    if "reopen" in request.POST:
        reopen_thread(thread=found)
    else:
        resolve_thread(thread=found, by=request.user)
    return _thread(request, membership, found.item)


@never_cache
@require_safe
@member_view(Capability.VIEW_PROJECT)
def mentions(request: SignedInRequest, membership: Membership) -> HttpResponse:
    page = Paginator(mentions_of(membership), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "n_unseen": mentions_of(membership).filter(seen_at__isnull=True).count()}
    return render(request, "annotations/mentions.html", context)


@require_POST
@member_view(Capability.VIEW_PROJECT)
def open_mention(request: SignedInRequest, membership: Membership, mention_id: int) -> HttpResponse:
    """Note that it was seen, and go to where one can answer it."""
    mention = get_object_or_404(mentions_of(membership), pk=mention_id)
    see_mentions(project=membership.project, user=request.user, mention_ids=[mention.pk])
    return redirect(*_where(membership, mention))


@require_POST
@member_view(Capability.VIEW_PROJECT)
def see_all_mentions(request: SignedInRequest, membership: Membership) -> HttpResponse:
    unseen = mentions_of(membership).filter(seen_at__isnull=True).values_list("pk", flat=True)
    see_mentions(project=membership.project, user=request.user, mention_ids=list(unseen))
    return redirect("annotations:mentions", membership.project.slug)


def _flag(request: SignedInRequest, membership: Membership, item: Item, *, back: str) -> HttpResponse:
    form = FlagForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        flag_item(item=item, user=request.user, reason=FlagReason(values["reason"]), note=values["note"].strip())
    said = _("Flagged; a lead will look at it.") if form.is_valid() else _("Say what is the matter with the item.")
    if request.htmx:
        context = {"said": said, "is_fault": not form.is_valid()}
        return render(request, "annotations/_flagged.html", context, status=200 if form.is_valid() else 422)
    messages.add_message(request, messages.SUCCESS if form.is_valid() else messages.ERROR, said)
    return redirect(_back(request) or reverse(back, args=[membership.project.slug]))


def _thread(request: SignedInRequest, membership: Membership, item: Item, *, fault: str = "") -> HttpResponse:
    if request.htmx:
        context: dict[str, Any] = {
            "threads": threads_on(item, membership),
            "thread_item": item,
            "thread_fault": fault,
            "thread_text": request.POST.get("text", "") if fault else "",
            "thread_next": _back(request),
            "project": membership.project,
        }
        return render(request, "annotations/_thread.html", context, status=422 if fault else 200)
    if fault:
        messages.error(request, fault)
    if _back(request):
        return redirect(_back(request))
    if may(membership, Capability.VIEW_JUDGEMENTS):
        return redirect("annotations:item", membership.project.slug, item.pk)
    return redirect("annotations:my-work", membership.project.slug)


def _thread_of(membership: Membership, item: Item, comment_id: int | None) -> Comment | None:
    if comment_id is None:
        return None
    return get_object_or_404(visible_comments(membership), pk=comment_id, item=item)


def _where(membership: Membership, mention: Mention) -> tuple[Any, ...]:
    slug = membership.project.slug
    if may(membership, Capability.VIEW_JUDGEMENTS):
        return ("annotations:item", slug, mention.comment.item_id)
    rater = rater_of(project=membership.project, user=membership.user)
    own = own_work(rater).filter(item=mention.comment.item_id).first()
    return ("annotations:mentions", slug) if own is None else ("annotations:revise", slug, own.pk)


def _leads(membership: Membership) -> bool:
    return may(membership, Capability.MANAGE_PROJECT)


def _back(request: SignedInRequest) -> str:
    """Where the form stood, if it says so and it is a page of ours."""
    back = request.POST.get("next", "")
    return (
        back if url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()) else ""
    )
