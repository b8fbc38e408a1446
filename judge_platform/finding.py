"""Search over all that a member can go to: places, projects, items, judges, people; and a few commands.

Nobody finds what they could not open: whoever reviews finds no item and no judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from annotations.models import Item, Membership, Project, Rater, User
from annotations.permissions import Capability, may
from annotations.selectors.people import members
from annotations.selectors.saved_views import views_for
from annotations.wording import say
from judge_platform.navigation import RAIL, THEME_NAMES
from models_llm.selectors.judges import whole_versions

PER_GROUP: Final = 8
"""Rows of items, judges, people and views at most: more is for the pages that list them."""


@dataclass(frozen=True)
class Target:
    """Where a row leads.

    Attributes:
        fields: of a command, which is sent to the address; a place is opened.
    """

    url: str
    label: str
    note: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    title: str
    targets: list[Target]


@dataclass(frozen=True)
class Deed:
    """What one comes to do, at the page where it is done."""

    url_name: str
    label: str | Promise
    capability: Capability


DEEDS: Final = (
    Deed("annotations:imports", gettext_lazy("Import a file"), Capability.IMPORT),
    Deed("annotations:queue", gettext_lazy("Draw items for people"), Capability.MANAGE_PROJECT),
    Deed("annotations:chores", gettext_lazy("Changes to many items"), Capability.MANAGE_PROJECT),
    Deed("annotations:disputes", gettext_lazy("Disputed items"), Capability.ADJUDICATE),
    Deed("annotations:unclear", gettext_lazy("Unclear guidelines"), Capability.EDIT_WORDS),
    Deed("models_llm:new-judge", gettext_lazy("New judge"), Capability.RUN_JUDGES),
    Deed("models_llm:train-reward-model", gettext_lazy("Train a reward model"), Capability.RUN_JUDGES),
    Deed("annotations:people", gettext_lazy("Invite a person"), Capability.MANAGE_PEOPLE),
    Deed("annotations:edit-guidelines", gettext_lazy("Write guidelines"), Capability.EDIT_WORDS),
    Deed("annotations:new-rubric", gettext_lazy("New rubric version"), Capability.EDIT_WORDS),
    Deed("annotations:saved-views", gettext_lazy("Saved views of items"), Capability.VIEW_JUDGEMENTS),
)
OWN: Final = (
    ("annotations:me", gettext_lazy("Your account")),
    ("annotations:keys", gettext_lazy("Your keys")),
    ("account_change_password", gettext_lazy("Change password")),
    ("api-docs", gettext_lazy("API")),
)


def find(*, user: User, membership: Membership | None, query: str, came_from: str) -> list[Found]:
    """What fits all words of the query, in groups; without words all places and commands.

    Args:
        membership: of the project that the user is in, if any.
        came_from: path of the page that a command comes back to.
    """
    words = query.casefold().split()
    groups: list[Found] = []
    if membership is not None:
        groups = list(_in_project(membership, user, words, query.strip()))
    groups += [
        Found(_("Projects"), _fitting(_projects(user), words)),
        Found(_("You"), _fitting(_own(came_from), words)),
    ]
    if words and membership is not None and may(membership, Capability.VIEW_JUDGEMENTS):
        groups.append(Found(_("In the text of items"), [_all_items(membership, query.strip())]))
    return [group for group in groups if group.targets]


def _in_project(membership: Membership, user: User, words: list[str], query: str) -> Iterator[Found]:
    yield Found(membership.project.name, _fitting(_places(membership), words))
    if not words:
        return
    if may(membership, Capability.VIEW_JUDGEMENTS):
        yield Found(_("Items"), list(_items(membership, query)))
        yield Found(_("Saved views"), _fitting(_views(membership, user), words)[:PER_GROUP])
        yield Found(_("Judges"), _fitting(_judges(membership), words)[:PER_GROUP])
    yield Found(_("People"), _fitting(_people(membership), words)[:PER_GROUP])


def _fitting(targets: Iterable[Target], words: list[str]) -> list[Target]:
    """Those that hold all words; first those where one of their own words begins with each."""
    fitting: list[tuple[bool, Target]] = []
    for target in targets:
        text = f"{target.label} {target.note}".casefold()
        if all(word in text for word in words):
            own = text.split()
            begins = all(any(one.startswith(word) for one in own) for word in words)
            fitting.append((not begins, target))
    return [target for _rank, target in sorted(fitting, key=itemgetter(0))]


def _places(membership: Membership) -> Iterator[Target]:
    slug = membership.project.slug
    for section in (section for group in RAIL for section in group):
        if may(membership, section.capability):
            yield Target(reverse(section.url_name, args=[slug]), str(section.label))
    for deed in DEEDS:
        if may(membership, deed.capability):
            yield Target(reverse(deed.url_name, args=[slug]), str(deed.label))


def _items(membership: Membership, query: str) -> Iterator[Target]:
    slug = membership.project.slug
    of_group = Item.objects.filter(project=membership.project, group=query).order_by("pk")[: PER_GROUP - 1]
    named = Item.objects.filter(project=membership.project, external_id=query)
    for item in (*named, *of_group):
        note = "" if item.group is None else _("in group %(group)s") % {"group": item.group}
        yield Target(reverse("annotations:item", args=[slug, item.pk]), item.external_id, note)


def _all_items(membership: Membership, query: str) -> Target:
    address = reverse("annotations:items", args=[membership.project.slug])
    return Target(f"{address}?{urlencode({'text': query})}", _("Items with “%(words)s”") % {"words": query})


def _views(membership: Membership, user: User) -> Iterator[Target]:
    address = reverse("annotations:items", args=[membership.project.slug])
    for view in views_for(membership.project, user):
        yield Target(f"{address}?{view.query}", view.name)


def _judges(membership: Membership) -> Iterator[Target]:
    slug = membership.project.slug
    for version in whole_versions(membership.project):
        note = _("version %(n)s") % {"n": version.number}
        yield Target(
            reverse("models_llm:judge", args=[slug, version.pk]), version.judge.name, f"{note} · {version.model}"
        )


def _people(membership: Membership) -> Iterator[Target]:
    slug = membership.project.slug
    may_look = may(membership, Capability.MANAGE_PEOPLE)
    raters = dict(Rater.objects.filter(project=membership.project, user__isnull=False).values_list("user_id", "pk"))
    for member in members(membership.project):
        rater = raters.get(member.user_id) if may_look else None
        address = reverse("annotations:people", args=[slug])
        if rater is not None:
            address = reverse("annotations:person", args=[slug, rater])
        notes = [say(member.role), _("simulated")] if member.user.is_simulated else [say(member.role)]
        yield Target(address, member.user.name, " · ".join(notes))


def _projects(user: User) -> Iterator[Target]:
    for project in Project.objects.visible_to(user).order_by("name", "pk"):
        note = _("simulated") if project.is_simulated else ""
        yield Target(reverse("overview", args=[project.slug]), project.name, note)
    yield Target(reverse("projects"), _("All projects"))


def _own(came_from: str) -> Iterator[Target]:
    for url_name, label in OWN:
        yield Target(reverse(url_name), str(label))
    for theme, name in THEME_NAMES.items():
        yield Target(
            reverse("annotations:theme"),
            _("Theme: %(name)s") % {"name": name},
            fields={"theme": theme, "next": came_from},
        )
    for code, _name in settings.LANGUAGES:
        words = _("Language: %(name)s") % {"name": get_language_info(code)["name_local"]}
        yield Target(reverse("annotations:language"), words, fields={"language": code, "next": came_from})
    yield Target(reverse("account_logout"), _("Sign out"))
