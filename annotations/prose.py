"""Markdown that people write, as safe HTML."""

from __future__ import annotations

from typing import Final

import markdown
import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown.extensions.toc import TocExtension

_TAGS: Final = {
    *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "del", "a"),
    *("code", "pre", "blockquote", "table", "thead", "tbody", "tr", "th", "td"),
}


def render_markdown(text: str) -> SafeString:
    """HTML with only the elements of running text: no scripts, styles, images or frames survive.

    Headings come one level lower: the first level is the page's own.
    """
    html = markdown.markdown(
        text, extensions=["tables", "fenced_code", "sane_lists", TocExtension(baselevel=2)], output_format="html"
    )
    clean = nh3.clean(html, tags=_TAGS, attributes={"a": {"href", "title"}}, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308  cleaned on the line above
