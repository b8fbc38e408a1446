"""Filters under a name: whose they are, and who sees them."""

from __future__ import annotations

import pytest

from annotations.errors import SavedViewError
from annotations.models import Project, SavedView
from annotations.selectors.saved_views import own_views, views_for
from annotations.services.saved_views import LONGEST_QUERY, change_view, delete_view, save_view
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def test_a_view_is_its_owners_until_it_is_shared(project: Project) -> None:
    ann, bob = make_user(), make_user()
    view = save_view(project=project, owner=ann, name="  judges   differ ", query="people_differ=yes")
    save_view(project=make_project(), owner=ann, name="elsewhere", query="", is_shared=True)
    assert (view.name, view.query) == ("judges differ", "people_differ=yes")
    assert list(views_for(project, ann)) == [view]
    assert not views_for(project, bob).exists()
    change_view(view=view, is_shared=True)
    assert list(views_for(project, bob)) == [view]
    assert not own_views(project, bob).exists()


def test_a_name_is_used_once_by_each(project: Project) -> None:
    ann, bob = make_user(), make_user()
    save_view(project=project, owner=ann, name="open", query="queue=open")
    other = save_view(project=project, owner=ann, name="full", query="queue=full")
    save_view(project=project, owner=bob, name="open", query="queue=open")
    with pytest.raises(SavedViewError, match="called “open” already"):
        save_view(project=project, owner=ann, name="open", query="")
    with pytest.raises(SavedViewError, match="called “open” already"):
        change_view(view=other, name="open")
    other.refresh_from_db()
    assert other.name == "full"
    change_view(view=other, name="in hand")
    assert set(own_views(project, ann).values_list("name", flat=True)) == {"open", "in hand"}
    delete_view(view=other)
    assert SavedView.objects.count() == 2


@pytest.mark.parametrize("name", ["", "   ", "n" * 81])
def test_a_view_needs_a_name(project: Project, name: str) -> None:
    with pytest.raises(SavedViewError, match="expected a name"):
        save_view(project=project, owner=make_user(), name=name, query="")


def test_a_filter_has_an_end(project: Project) -> None:
    with pytest.raises(SavedViewError, match="expected a filter"):
        save_view(project=project, owner=make_user(), name="long", query="q" * (LONGEST_QUERY + 1))
