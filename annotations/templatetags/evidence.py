"""Texts of an item as the review page shows them: what can be pointed at, and which words are marked."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.template.context import Context
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from annotations.evidence import Marks, Piece, PlacedText

register = template.Library()


@register.simple_tag(takes_context=True)
def marked(context: Context, text: str) -> SafeString:
    """The text with the page's `marks`; one with a place says it, so that words in it can be chosen."""
    return _marked(text, context.get("marks") or Marks())


@register.simple_tag(takes_context=True)
def join_marked(context: Context, texts: Sequence[str]) -> SafeString:
    """Texts with commas between them, each as `marked` shows it."""
    marks = context.get("marks") or Marks()
    return format_html_join(", ", "{}", ((_marked(text, marks),) for text in texts))


def _marked(text: str, marks: Marks) -> SafeString:
    pieces = marks.pieces_of(text)
    if any(piece.mark for piece in pieces):
        inner = format_html_join("", "{}", ((_in_its_mark(piece),) for piece in pieces))
    else:
        inner = escape(text)
    if not isinstance(text, PlacedText):
        return inner
    return format_html('<span data-place="{}">{}</span>', text.place, inner)


def _in_its_mark(piece: Piece) -> str:
    return format_html('<mark class="{}">{}</mark>', piece.mark, piece.text) if piece.mark else piece.text
