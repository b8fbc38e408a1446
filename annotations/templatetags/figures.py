"""Figures and times as every page shows them."""

from __future__ import annotations

import math
from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

register = template.Library()


@register.simple_tag
def estimate(
    value: float | None, low: float | None = None, high: float | None = None, n: int | None = None, digits: int = 2
) -> SafeString:
    """A value with its interval and n; an undefined value is said, never drawn as a number."""
    if value is None or math.isnan(value):
        return format_html('<span class="estimate"><span>{}{}</span></span>', _("undefined"), _n(n))
    has_interval = low is not None and high is not None and not (math.isnan(low) or math.isnan(high))
    interval = f"[{decimal(low, digits)}, {decimal(high, digits)}]" if has_interval else ""  # type: ignore[arg-type]
    return format_html(
        '<span class="estimate"><b>{}</b> <span>{}{}</span></span>', decimal(value, digits), interval, _n(n)
    )


def _n(n: int | None) -> str:
    return "" if n is None else f" n = {grouped(n)}"


@register.filter
def grouped(number: int | None) -> str:
    """An integer with thin spaces between thousands."""
    return "" if number is None else _thin(f"{number:,}")


def decimal(number: float, digits: int) -> str:
    """A number with so many digits after the point, and thin spaces between thousands."""
    return _thin(f"{round(number, digits) + 0.0:,.{digits}f}")  # never -0.00


def _thin(number: str) -> str:
    return number.replace(",", "\u202f")


def counted_up_to(n: int, limit: int) -> str:
    """A count that stopped at a limit, said so."""
    return grouped(n) if n < limit else f"{grouped(limit - 1)}+"


@register.simple_tag
def when(moment: datetime | None, never: str = "") -> SafeString:
    """A time relative to now, with the exact one in its title."""
    if moment is None:
        return format_html('<span class="faint">{}</span>', never or pgettext("of a time", "never"))
    exact = date_format(timezone.localtime(moment), "Y-m-d H:i T")
    now = timezone.now()
    if moment > now:
        words = _("in %(time)s") % {"time": timesince(now, moment, depth=1)}
    elif (now - moment).total_seconds() < 60:
        words = _("just now")
    else:
        words = _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}
    return format_html('<time datetime="{}" title="{}" class="nowrap">{}</time>', moment.isoformat(), exact, words)
