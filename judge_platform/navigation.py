"""What stands around every page: sections of the project, the member's projects, theme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotations.models import Membership, Project
from annotations.permissions import Capability, may
from annotations.selectors.projects import WAITING_ARE_COUNTED_TO, SectionCounts, section_counts
from annotations.templatetags.figures import counted_up_to, grouped
from annotations.views.account import THEME_COOKIE, THEMES

THEME_NAMES: Final = dict(zip(THEMES, (_("Auto"), _("Light"), _("Dark")), strict=True))


@dataclass(frozen=True)
class Section:
    """A place in a project.

    Attributes:
        count: takes its figure from the one query that counts for the whole rail.
        also: where pages that belong to it begin in the project, besides its own address.
    """

    url_name: str
    label: str | Promise
    capability: Capability
    count: Callable[[SectionCounts], str] | None = None
    also: str | None = None


def _waiting(counts: SectionCounts) -> str:
    return counted_up_to(counts.n_waiting, WAITING_ARE_COUNTED_TO)


def _disputed(counts: SectionCounts) -> str:
    return counted_up_to(counts.n_disputes, WAITING_ARE_COUNTED_TO)


@dataclass(frozen=True)
class RailEntry:
    url: str
    label: str
    count: str
    is_current: bool


RAIL: Final = (
    (
        Section("overview", _("Overview"), Capability.VIEW_PROJECT),
        Section(
            "annotations:review",
            _("Review"),
            Capability.REVIEW,
            _waiting,
        ),
        Section("annotations:my-work", _("My work"), Capability.REVIEW),
        Section(
            "annotations:mentions",
            _("Mentions"),
            Capability.VIEW_PROJECT,
            lambda counts: grouped(counts.n_unseen) if counts.n_unseen else "",
        ),
        Section("annotations:adjudicate", _("Adjudicate"), Capability.ADJUDICATE, _disputed, also="disputes/"),
    ),
    (
        Section("annotations:items", _("Items"), Capability.VIEW_JUDGEMENTS, lambda counts: grouped(counts.n_items)),
        Section("annotations:imports", _("Imports"), Capability.IMPORT),
        Section("annotations:queue", _("Queue"), Capability.MANAGE_PROJECT),
        Section("annotations:policy", _("Policy"), Capability.MANAGE_PROJECT),
        Section(
            "annotations:flags",
            _("Flags"),
            Capability.MANAGE_PROJECT,
            lambda counts: counted_up_to(counts.n_flags, WAITING_ARE_COUNTED_TO) if counts.n_flags else "",
        ),
    ),
    (
        Section("models_llm:judges", _("Judges"), Capability.VIEW_JUDGEMENTS, also="audits/"),
        Section("models_llm:runs", _("Runs"), Capability.VIEW_JUDGEMENTS, also="verdicts/"),
        Section("annotations:agreement", _("Agreement"), Capability.VIEW_JUDGEMENTS),
        Section("models_llm:datasets", _("Data sets"), Capability.EXPORT),
    ),
    (
        Section("annotations:people", _("People"), Capability.VIEW_PROJECT, lambda counts: grouped(counts.n_members)),
        Section("annotations:modes", _("Modes"), Capability.MANAGE_PEOPLE),
        Section("annotations:gold", _("Gold"), Capability.MANAGE_PROJECT),
        Section("annotations:rubric", _("Rubric"), Capability.VIEW_PROJECT),
        Section("annotations:guidelines", _("Guidelines"), Capability.VIEW_PROJECT),
        Section("annotations:webhooks", _("Webhooks"), Capability.MANAGE_PROJECT, also="deliveries/"),
        Section("annotations:settings", _("Settings"), Capability.MANAGE_PROJECT),
    ),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of `base.html` and `project_base.html`. Queries run only where a template asks."""
    membership: Membership | None = getattr(request, "membership", None)
    context: dict[str, Any] = {
        "theme": theme_of(request),
        "themes": THEME_NAMES.items(),
        "my_projects": lambda: _projects_of(request),
    }
    if membership is not None:
        context |= {
            "membership": membership,
            "project": membership.project,
            "rail": lambda: rail_for(membership, request.path),
        }
    return context


def theme_of(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return str(user.theme)
    chosen = request.COOKIES.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def rail_for(membership: Membership, path: str) -> list[list[RailEntry]]:
    """The sections that the member may use, in groups; the current one is that whose longest address fits."""
    counts = section_counts(membership)
    slug = membership.project.slug
    root = reverse("overview", args=[slug])
    allowed = [
        [(section, reverse(section.url_name, args=[slug])) for section in group if may(membership, section.capability)]
        for group in RAIL
    ]
    beginnings = {url: url for group in allowed for _, url in group} | {
        root + section.also: url for group in allowed for section, url in group if section.also
    }
    fitting = (start for start in beginnings if path == start or (start != root and path.startswith(start)))
    longest = max(fitting, key=len, default=None)
    current = None if longest is None else beginnings[longest]
    return [
        [
            RailEntry(
                url=url,
                label=str(section.label),
                count=section.count(counts) if section.count else "",
                is_current=url == current,
            )
            for section, url in group
        ]
        for group in allowed
        if group
    ]


def _projects_of(request: HttpRequest) -> list[Project]:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    return list(Project.objects.visible_to(user).order_by("name", "pk"))
