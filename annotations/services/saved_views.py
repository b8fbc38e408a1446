"""Filters of the list of items under a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotations.errors import SavedViewError
from annotations.models import Project, SavedView, User

LONGEST_QUERY: Final = 4_000

T = TypeVar("T")


def save_view(*, project: Project, owner: User, name: str, query: str, is_shared: bool = False) -> SavedView:
    """Keep a filter under a name that the owner has not used in this project.

    Args:
        query: what stands after the question mark of the list, without the place in it.
    Raises: SavedViewError, if the name is empty or taken, or the filter too long.
    """
    if len(query) > LONGEST_QUERY:
        raise SavedViewError(_("expected a filter of at most %(n)d characters") % {"n": LONGEST_QUERY})
    return _unless_taken(
        lambda name: SavedView.objects.create(
            project=project, owner=owner, name=name, query=query, is_shared=is_shared
        ),
        name,
    )


def change_view(*, view: SavedView, name: str | None = None, is_shared: bool | None = None) -> None:
    """Rename it, or let the other members see it, or no longer.

    Raises: SavedViewError, if the name is empty or taken.
    """

    def change(name: str) -> None:
        view.name = name
        view.is_shared = view.is_shared if is_shared is None else is_shared
        view.save(update_fields=["name", "is_shared"])

    _unless_taken(change, view.name if name is None else name)


def delete_view(*, view: SavedView) -> None:
    SavedView.objects.filter(pk=view.pk).delete()


def _unless_taken(write: Callable[[str], T], name: str) -> T:
    name = " ".join(name.split())
    longest = SavedView._meta.get_field("name").max_length
    if not name or len(name) > (longest or 0):
        raise SavedViewError(_("expected a name of 1 to %(n)d characters") % {"n": longest})
    try:
        with transaction.atomic():
            return write(name)
    except IntegrityError as err:
        raise SavedViewError(_("you have a view called “%(name)s” already") % {"name": name}) from err
