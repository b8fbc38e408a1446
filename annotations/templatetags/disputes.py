"""Words for what disputes and flags hold."""

from __future__ import annotations

from django import template

from annotations.choices import Cause, DisputeState, FlagReason
from annotations.forms.disputes import CAUSES, FLAG_REASONS, STATES

register = template.Library()


@register.filter
def cause_in_words(cause: str) -> str:
    return str(CAUSES[Cause(cause)])


@register.filter
def state_in_words(state: str) -> str:
    return str(STATES[DisputeState(state)])


@register.simple_tag
def flag_reasons() -> list[tuple[str, str]]:
    """What can be the matter with an item, with its words."""
    return [(reason.value, str(words)) for reason, words in FLAG_REASONS.items()]


@register.filter
def flag_in_words(reason: str) -> str:
    return str(FLAG_REASONS[FlagReason(reason)])
