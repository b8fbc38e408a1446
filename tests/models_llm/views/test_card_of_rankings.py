"""The card of a judge that ranks: pairs of candidates, with the people who ranked the same ones as its ceiling."""

from __future__ import annotations

import math
import re

import pytest
from django.test import Client
from django.urls import reverse

from annotations.choices import Role
from annotations.models import Item, Project
from models_llm.models import JudgeVersion
from models_llm.selectors.judge_card import judge_card
from tests.factories import judge_item, make_group, make_member, make_project, make_rater, ranking_spec
from tests.models_llm.services.judged_projects import scripted_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def ranked() -> tuple[Project, JudgeVersion]:
    """In both groups ann and bob differ on the last two of three, which the judge ties; a third nobody has ranked."""
    project = make_project(slug="ranked", spec=ranking_spec(4))
    version = scripted_version(project)
    said = ((make_rater(project, name="ann"), (0, 1, 2)), (make_rater(project, name="bob"), (0, 2, 1)))
    for group in (make_group(project, 3), make_group(project, 3)):
        for rater, places in (*said, (version.rater, (0, 1, 1))):
            for item, place in zip(group, places, strict=True):
                judge_item(rater, item, (place,))
    make_group(project, 3)
    return project, version


def test_the_card_compares_pairs(ranked: tuple[Project, JudgeVersion]) -> None:
    _, version = ranked
    [criterion] = judge_card(version).agreement.criteria
    assert criterion.ranking is not None
    [judge] = criterion.ranking.judges
    assert (judge.agreement.n_groups, judge.agreement.n_pairs) == (2, 6)
    # Of three pairs the judge has two as both people do and ties one.
    assert judge.agreement.figures["kendall_tau_b"].value == pytest.approx(2 / math.sqrt(2 * 3))
    assert judge.agreement.figures["same_order"].value == 1
    # People have two of three pairs alike and one the other way about.
    assert judge.beside.people.value == pytest.approx((2 - 1) / 3)


def test_the_page_shows_pairs_and_no_levels(ranked: tuple[Project, JudgeVersion], client: Client) -> None:
    project, version = ranked
    client.force_login(make_member(project, Role.LEAD))
    text = client.get(reverse("models_llm:judge-card", args=[project.slug, version.pk])).text
    assert "2 groups; the interval needs 30" in text
    assert "ceiling: people with each other" in text
    assert "6 pairs" in text
    for word in ("kappa", "commonest level", "confusion", "precision", "pass or fail"):
        assert word not in text
    # Each of the two people with the judge: two pairs of each group in one order, one that the judge ties.
    found = re.findall(r'<td class="num"><a href="([^"]+paired=[^"]+)">(\d+)</a></td>', text)
    assert [n for _, n in found] == ["8", "4"]
    opened = client.get(found[1][0].replace("&amp;", "&")).text
    tied = {item.pk for item in Item.objects.filter(project=project, judgements__levels=[1])}
    assert {int(pk) for pk in re.findall(r"/p/ranked/items/(\d+)/", opened)} == tied


def test_markdown_and_json_say_the_same(ranked: tuple[Project, JudgeVersion], client: Client) -> None:
    project, version = ranked
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("models_llm:judge-card", args=[project.slug, version.pk])
    text = client.get(url, {"format": "md"}).text
    assert "| judge with people | Kendall's tau-b | 0.8165 |" in text
    assert "| people with each other, on the same pairs | Kendall's tau-b | 0.3333 |" in text
    assert "2 groups, 6 pairs; of the comparisons 8 in the same order, 0 in the opposite order, 4 tied by one" in text
    assert "majority" not in text
    [criterion] = client.get(url, {"format": "json"}).json()["agreement"]["criteria"]
    [judge] = criterion["ranking"]["judges"]
    assert judge["agreement"]["figures"]["kendall_tau_b"]["value"] == pytest.approx(0.8165, abs=1e-4)


def test_a_judge_that_ranked_nothing_says_so(client: Client) -> None:
    project = make_project(slug="ranked", spec=ranking_spec(4))
    version = scripted_version(project)
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("models_llm:judge-card", args=[project.slug, version.pk])
    assert "It has judged no item here yet." in client.get(url).text
    assert "rated nothing here yet" in client.get(url, {"format": "md"}).text
