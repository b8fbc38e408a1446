"""The queue as a lead sees it: its health, the rows behind each figure, draws."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from annotations.choices import Role
from annotations.models import Draw, Project
from annotations.services.queue import claim_item, queue_items, skip_item, submit_annotation
from tests.factories import make_items, make_member, make_project, make_rater

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


@pytest.fixture
def lead(client: Client, project: Project) -> Client:
    client.force_login(make_member(project, Role.LEAD, name="lena"))
    return client


def test_a_lead_sends_a_sample_to_the_queue(lead: Client, project: Project) -> None:
    make_items(project, 10)
    assert "Nothing is queued yet" in lead.get("/p/tags/queue/").content.decode()
    sent = lead.post("/p/tags/queue/", {"which": "sample", "n": "4", "order": "random", "seed": "3"}, follow=True)
    assert "4 items added to the queue; 0 were in it before." in sent.content.decode()
    assert {row.probability for row in project.queue.all()} == {0.4}
    draw = Draw.objects.get()
    assert (draw.n_drawn, draw.seed, draw.drawn_by and draw.drawn_by.username) == (4, 3, "lena")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"which": "sample", "n": ""}, "Say how many items"),
        ({"which": "all"}, "expected items to draw from, there are none"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_is_queued(
    lead: Client, project: Project, typed: dict[str, str], words: str
) -> None:
    sent = lead.post("/p/tags/queue/", typed)
    assert sent.status_code == 422
    assert words in sent.content.decode()
    assert not project.queue.exists()


def test_every_figure_opens_as_many_rows_as_it_says(lead: Client, project: Project) -> None:
    make_items(project, 5, slices={"category": "boots & shoes"})
    make_items(project, 2)
    queue_items(project=project)
    rubric = project.current_rubric()
    for n in range(3):
        turn = claim_item(project=project, rater=make_rater(project))
        assert turn is not None
        if n == 0:
            submit_annotation(assignment=turn, rubric=rubric, levels=(0, 0))
        elif n == 1:
            skip_item(assignment=turn, reason="unclear", note="no date")
    page = lead.get("/p/tags/queue/?slice=category").content.decode()
    found = re.findall(r'href="(/p/tags/queue/rows/\?[^"]+)">([\d ]+)</a>', page)
    # Items by standing and by slice, turns of three people and of all, and what the draw brought.
    assert len(found) >= 10
    for address, n in found:
        rows = lead.get(address.replace("&amp;", "&")).content.decode()
        assert len(re.findall(r"<tr><td>", rows)) == int(n), address


def test_rows_say_why_an_item_was_skipped(lead: Client, project: Project) -> None:
    make_items(project, 1)
    queue_items(project=project)
    turn = claim_item(project=project, rater=make_rater(project, name="ana"))
    assert turn is not None
    skip_item(assignment=turn, reason="unclear", note="no date")
    page = lead.get("/p/tags/queue/rows/?turns=skipped").content.decode()
    assert "ana" in page
    assert "no date" in page
    assert "Nothing stands here now" in lead.get("/p/tags/queue/rows/?turns=done").content.decode()


def test_rows_go_on_page_by_page(lead: Client, project: Project) -> None:
    make_items(project, 60)
    queue_items(project=project)
    first = lead.get("/p/tags/queue/rows/?items=waiting").content.decode()
    [on] = re.findall(r'rel="next" href="\?([^"]+)"', first)
    second = lead.get("/p/tags/queue/rows/?" + on.replace("&amp;", "&")).content.decode()
    ids = [re.findall(r'class="table__link" href="[^"]+">([^<]+)<', page) for page in (first, second)]
    assert [len(of) for of in ids] == [50, 10]
    assert len({*ids[0], *ids[1]}) == 60
    assert "From the start" in second


def test_nonsense_in_the_address_of_rows_counts_as_left_out(lead: Client, project: Project) -> None:
    make_items(project, 1)
    queue_items(project=project)
    page = lead.get("/p/tags/queue/rows/?items=lost&person=x&after=y&slice=boots").content.decode()
    assert len(re.findall(r"<tr><td>", page)) == 1


def test_a_draw_shows_how_it_was_made_and_that_it_can_be_repeated(lead: Client, project: Project) -> None:
    make_items(project, 10)
    draw = queue_items(project=project, n=4, seed=9)
    page = lead.get(f"/p/tags/queue/draws/{draw.pk}/").content.decode()
    assert "4 of 10 items" in page
    assert "0.4" in page
    repeated = lead.get(f"/p/tags/queue/draws/{draw.pk}/?repeat=1").content.decode()
    assert "selects the same 4 items" in repeated
    Draw.objects.filter(pk=draw.pk).update(seed=10)
    assert "selects others" in lead.get(f"/p/tags/queue/draws/{draw.pk}/?repeat=1").content.decode()


def test_a_draw_of_another_project_is_not_there(lead: Client) -> None:
    other = make_project()
    make_items(other, 1)
    draw = queue_items(project=other)
    assert lead.get(f"/p/tags/queue/draws/{draw.pk}/").status_code == 404
