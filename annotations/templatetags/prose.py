"""Words of people, shown."""

from __future__ import annotations

from django import template

from annotations.prose import render_markdown

register = template.Library()
register.filter("markdown", render_markdown)
