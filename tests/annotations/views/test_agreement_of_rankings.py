"""The agreement page of a project that ranks: pairs of candidates, with their groups and the items behind them."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from annotations.choices import Order, RaterKind, Role
from annotations.models import Item, Project, Rater
from annotations.services.queue import queue_items
from tests.annotations.views.test_agreement import page
from tests.annotations.views.test_review import signed_in
from tests.factories import judge_item, make_group, make_member, make_project, make_rater, ranking_spec

pytestmark = pytest.mark.django_db

ADDRESS = "/p/ranked/agreement/"


def ranked_project(n_groups: int = 2) -> tuple[Project, list[list[Item]], Rater]:
    """In every group ann and bob differ on the last two of three, and the judge goes with ann but ties the last two."""
    project = make_project(slug="ranked", spec=ranking_spec(4))
    groups = [make_group(project, 3) for _ in range(n_groups)]
    judge = make_rater(project, RaterKind.JUDGE, name="side by side")
    said = ((make_rater(project, name="ann"), (0, 1, 2)), (make_rater(project, name="bob"), (0, 2, 1)))
    for group in groups:
        for rater, places in (*said, (judge, (0, 1, 1))):
            for item, place in zip(group, places, strict=True):
                judge_item(rater, item, (place,))
    return project, groups, judge


def test_the_page_compares_pairs_and_not_places(client: Client) -> None:
    project, _, _ = ranked_project()
    client.force_login(make_member(project, Role.LEAD))
    text = page(client, ADDRESS)
    assert "Kendall's tau-b" in text
    assert "pairs in the same order" in text.lower()
    assert "2 groups" in text
    assert "6 pairs" in text
    assert "2 groups; the interval needs 30" in text
    assert "chart__plot" not in text  # too few to be drawn
    for word in ("Fleiss", "Krippendorff", "Cohen", "confusion", "Precision"):
        assert word not in text


def test_enough_groups_are_drawn_with_the_people_as_ceiling(client: Client) -> None:
    project, _, _ = ranked_project(30)
    client.force_login(make_member(project, Role.LEAD))
    text = page(client, ADDRESS)
    assert text.count("chart__plot") == 2
    assert "people with each other" in text
    assert "by chance" in text
    assert "30 groups" in text


def test_every_count_opens_its_candidates(client: Client) -> None:
    project, [group, other], judge = ranked_project()
    client.force_login(make_member(project, Role.LEAD))
    text = page(client, ADDRESS)
    found = re.findall(r'<td class="num"><a href="([^"]+paired=[^"]+)">(\d+)</a></td>', text)
    # Of people 4 pairs the same and 2 opposite. Of the judge with two people 8 the same and 4 tied by one.
    assert [n for _, n in found] == ["4", "2", "8", "4"]
    every, last = {item.pk for item in group + other}, {item.pk for item in (*group[1:], *other[1:])}
    for (url, _), behind in zip(found, (every, last, every, last), strict=True):
        assert {int(pk) for pk in re.findall(r"/p/ranked/items/(\d+)/", page(client, url))} == behind
    said = page(client, f"/p/ranked/items/?criterion=place&judge={judge.pk}&paired=one_ties")
    assert "Place: candidates of pairs that side by side and a person ranked, tied by one of the two" in said
    assert '<input type="hidden" name="paired"' in said


def test_the_api_and_the_command_give_the_same_figures(client: Client) -> None:
    project, _, _ = ranked_project()
    client.force_login(make_member(project, Role.LEAD))
    [criterion] = client.get("/api/v1/projects/ranked/agreement/").json()["criteria"]
    people, [judge] = criterion["ranking"]["people"], criterion["ranking"]["judges"]
    assert people["answers"] == {"same": 4, "opposite": 2, "one_ties": 0, "both_tie": 0}
    assert (people["n_groups"], people["n_pairs"]) == (2, 6)
    assert people["figures"]["kendall_tau_b"]["value"] == pytest.approx(1 / 3)
    # With each person two of three pairs the same, one tied by the judge: 2 / √(2 · 3).
    assert judge["agreement"]["figures"]["kendall_tau_b"]["value"] == pytest.approx(2 / 6**0.5)
    assert judge["beside"]["people"]["value"] == pytest.approx(1 / 3)
    printed = StringIO()
    call_command("report_agreement", "--project", "ranked", stdout=printed)
    assert "side by side with people, 2 groups, 6 pairs, ties in 4 of 12 comparisons" in printed.getvalue()
    assert "0.333" in printed.getvalue()


def test_items_by_themselves_have_no_rankings_in_the_api(client: Client) -> None:
    project = make_project(slug="plain")
    client.force_login(make_member(project, Role.LEAD))
    document = client.get("/api/v1/projects/plain/agreement/").json()
    assert {criterion["ranking"] for criterion in document["criteria"]} == {None}


def test_a_figure_does_not_tell_of_the_candidates_in_hand() -> None:
    project, [group, _], judge = ranked_project()
    queue_items(project=project, order=Order.GIVEN)
    client, _ = signed_in(project, Role.LEAD)
    client.get("/p/ranked/review/")  # holds the first group now
    text = page(client, f"/p/ranked/items/?criterion=place&judge={judge.pk}&paired=one_ties")
    listed = {int(pk) for pk in re.findall(r"/p/ranked/items/(\d+)/", text)}
    assert listed
    assert not listed & {item.pk for item in group}
