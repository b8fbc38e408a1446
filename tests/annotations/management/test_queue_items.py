from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotations.models import Draw, QueuedItem
from tests.factories import make_items, make_project

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("queue_items", "--project", "tags", *arguments, stdout=out)
    return out.getvalue()


def test_a_sample_is_queued_and_the_draw_is_named() -> None:
    make_items(make_project(slug="tags"), 8)
    words = said("--sample", "2", "--seed", "7", "--order", "given")
    draw = Draw.objects.get()
    assert words == (
        "2 of 2 items drawn from 8 are new in the queue "
        f"(draw {draw.pk}, given, selection probability 0.25, seed 7)\n"
    )  # fmt: skip


def test_a_preview_says_what_would_be_drawn_and_queues_nothing() -> None:
    make_items(make_project(slug="tags"), 8)
    assert said("--sample", "2", "--preview") == (
        "2 of 8 items would be drawn, 0 of them are in the queue (selection probability 0.25); "
        "2 answers would be asked for\n"
    )
    assert not QueuedItem.objects.exists()


@pytest.mark.parametrize(
    ("n_items", "words"), [(0, "expected items to draw from"), (3, "expected a sample of at least one item")]
)
def test_what_cannot_be_drawn_is_refused(n_items: int, words: str) -> None:
    make_items(make_project(slug="tags"), n_items)
    with pytest.raises(CommandError, match=words):
        said("--sample", "0")


def test_an_unknown_project_is_refused() -> None:
    with pytest.raises(CommandError, match="expected the slug of a project"):
        said("--all")
