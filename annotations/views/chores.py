"""What leads asked for that is about many items: how far it is, and what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseStopPolling

from annotations.models import Chore, Membership, Project
from annotations.models.chores import DRAW
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.chores import chores_of, chores_under_way
from annotations.selectors.groups import LeftOut
from annotations.services.bulk import ACTIONS
from annotations.services.chores import cancel_chore

PAGE_ROWS: Final = 50
UNDER_WAY_SHOWN: Final = 5
FRESH: Final = timedelta(seconds=3)
"""How long after a chore was asked for its page looks more often, since most are done by then."""


@require_safe
@member_view(Capability.MANAGE_PROJECT)
def chores(request: SignedInRequest, membership: Membership) -> HttpResponse:
    page = Paginator(chores_of(membership.project), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "lines": [(one, action_words(one), outcome_words(one)) for one in page]}
    return render(request, "annotations/chores.html", context)


@require_safe
@member_view(Capability.MANAGE_PROJECT)
def chore(request: SignedInRequest, membership: Membership, chore_id: int) -> HttpResponse:
    """The page, or only its live part for htmx, which stops asking once the chore is finished."""
    found = get_object_or_404(chores_of(membership.project), pk=chore_id)
    context: dict[str, Any] = {
        "chore": found,
        "action": action_words(found),
        "outcome": outcome_words(found),
        "is_draw": found.is_draw,
        "every": "300ms" if timezone.now() - found.created_at < FRESH else "1s",
    }
    if request.htmx and not request.htmx.boosted:
        live = render(request, "annotations/_chore.html", context)
        return live if found.is_unfinished else HttpResponseStopPolling(live.content)
    return render(request, "annotations/chore.html", context)


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def cancel(request: SignedInRequest, membership: Membership, chore_id: int) -> HttpResponse:
    found = get_object_or_404(chores_of(membership.project), pk=chore_id)
    if not cancel_chore(chore=found):
        messages.info(request, _("It was finished before it could be cancelled."))
    return redirect("annotations:chore", membership.project.slug, found.pk)


def under_way(project: Project) -> list[tuple[Chore, str]]:
    """The newest that are not finished, with what is done."""
    return [(one, action_words(one)) for one in chores_under_way(project)[:UNDER_WAY_SHOWN]]


def action_words(chore: Chore) -> str:
    """What is done, as on the button that asks for it."""
    return _("Draw items for people") if chore.action == DRAW else str(ACTIONS[chore.action].label)


def outcome_words(chore: Chore) -> str:
    """What has come of a chore so far, in a sentence; nothing before its items are chosen."""
    n = chore.n_changed
    if not chore.is_chosen:
        return ""
    if chore.is_draw:
        if chore.draw is None:
            return ""
        words = ngettext("%(n)d item added to the queue", "%(n)d items added to the queue", n) % {"n": n}
        n_before = chore.draw.n_drawn - n - chore.draw.left_out.get(LeftOut.GOLD, 0)
        return (
            words + "; " + ngettext("%(n)d was in it before.", "%(n)d were in it before.", n_before) % {"n": n_before}
        )
    words = ngettext("%(n)d item was changed", "%(n)d items were changed", n) % {"n": n}
    if not chore.is_unfinished and chore.n_chosen is not None and chore.n_chosen > n:
        words += _("; %(n)d stay as they are") % {"n": chore.n_chosen - n}
    return f"{words}."
