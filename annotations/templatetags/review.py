"""What of the review page is the same for every item."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from annotations.forms.review import SKIP_REASONS

register = template.Library()

# They stand in what is kept in the place of the turn's number and of the token, and nowhere else in it.
_A_TURN: Final = 7_340_912_658_137_465_029
_A_TOKEN: Final = "the-token-of-this-page"  # noqa: S105  no secret


@register.simple_tag(takes_context=True)
def review_tools(context: Context) -> SafeString:
    """The row below an item with its sheets to skip and to flag it. Kept, because it is a third of the page."""
    kept = _tools(
        context["project"].slug,
        tuple(context["keys"].items()),
        bool(context["may_skip"]),
        bool(context.get("can_all_pass")),
        get_language(),
    )
    of_turn = kept.replace(str(_A_TURN), str(context["turn"].pk)).replace(_A_TOKEN, escape(context["csrf_token"]))
    return mark_safe(of_turn)  # noqa: S308  a template's output with a number and an escaped text


@lru_cache(maxsize=256)
def _tools(
    slug: str,
    keys: tuple[tuple[str, str], ...],
    may_skip: bool,
    can_all_pass: bool,
    language: str | None,  # noqa: ARG001  of the cache
) -> str:
    context = {
        "slug": slug,
        "keys": dict(keys),
        "may_skip": may_skip,
        "can_all_pass": can_all_pass,
        "skip_reasons": SKIP_REASONS.items(),
        "turn_id": _A_TURN,
        "csrf_token": _A_TOKEN,
    }
    return render_to_string("annotations/_review_tools.html", context)
