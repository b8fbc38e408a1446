"""The adjudication page and the lead's pages around it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from annotations.allocation import Decision
from annotations.choices import Cause, DisputeState, GoldSource, RaterKind, Role
from annotations.models import Dispute, Gold, Project, QueuedItem, Ruling, User
from annotations.selectors.disputes import rulings_on
from annotations.services.projects import change_policy
from annotations.services.raters import rater_of
from annotations.services.settling import settle_item
from annotations.services.threads import add_comment
from tests.factories import judge_item, make_dispute, make_items, make_member, make_project, make_rater, make_ruling

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def project() -> Project:
    return make_project(slug="tags")


@pytest.fixture
def adjudicator(project: Project) -> User:
    return make_member(project, Role.ADJUDICATOR)


@pytest.fixture
def desk(adjudicator: User) -> Client:
    client = Client()
    client.force_login(adjudicator)
    return client


def disputes(project: Project, n: int) -> list[Dispute]:
    return [make_dispute(item) for item in make_items(project, n)]


def ruling(**fields: Any) -> dict[str, Any]:
    return {"level-0": "0", "level-1": "1", "cause": "careless", "reason": "overlooked", "seconds": "7.5", **fields}


def test_an_empty_page_says_what_will_be_here(desk: Client, project: Project) -> None:
    assert "No dispute is open" in desk.get("/p/tags/adjudicate/").text
    assert Dispute.objects.count() == 0
    assert project.slug in desk.get("/p/tags/disputes/").text


def test_the_page_shows_the_answers_and_neither_names_nor_verdicts(desk: Client, project: Project) -> None:
    [dispute] = disputes(project, 1)
    judge_item(make_rater(project, RaterKind.JUDGE, "SECRET-JUDGE"), dispute.item, (1, 1), rationale="JUDGE-REASON")
    response = desk.get("/p/tags/adjudicate/")
    page = response.text
    for words in ("Annotator 1", "Annotator 2", "reason 0", "reason 1", "they differ on Criterion 1"):
        assert words in page
    names = [judgement.rater.name for judgement in dispute.item.judgements.select_related("rater")]
    received = f"{response.headers}{page}"
    assert [name for name in names if f">{name}<" in received] == []
    assert "SECRET-JUDGE" not in received
    assert "JUDGE-REASON" not in received


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_names_and_verdicts_come_when_asked_for_and_the_ruling_says_so(
    headers: dict[str, str], desk: Client, project: Project
) -> None:
    [dispute] = disputes(project, 1)
    judge_item(make_rater(project, RaterKind.JUDGE, "judge v1"), dispute.item, (1, 1), rationale="JUDGE-REASON")
    desk.get("/p/tags/adjudicate/")
    address = f"/p/tags/adjudicate/{dispute.pk}"
    page = desk.post(f"{address}/look/", {**ruling(), "look": "verdicts"}, headers=headers).text
    assert "judge v1" in page
    assert "JUDGE-REASON" in page
    assert "Annotator 1" in page
    if not headers:
        assert "overlooked" in page, "what was written before is kept"
    page = desk.post(f"{address}/look/", {"look": "names"}, headers=headers).text
    assert "Annotator 1" not in page
    desk.post(f"{address}/rule/", ruling())
    stored = Ruling.objects.get()
    assert (stored.saw_names, stored.saw_verdicts) == (True, True)


def test_comments_are_shown_with_the_names_and_not_before(desk: Client, project: Project) -> None:
    [dispute] = disputes(project, 1)
    lead = make_member(project, Role.LEAD)
    [membership] = project.memberships.filter(user=lead).select_related("user")
    add_comment(item=dispute.item, membership=membership, text="THE-COMMENT")
    assert "THE-COMMENT" not in desk.get("/p/tags/adjudicate/").text
    desk.post(f"/p/tags/adjudicate/{dispute.pk}/look/", {"look": "names"})
    assert "THE-COMMENT" in desk.get("/p/tags/adjudicate/").text


def test_ruling_brings_the_next_dispute(desk: Client, project: Project, adjudicator: User) -> None:
    first, second = disputes(project, 2)
    desk.get("/p/tags/adjudicate/")
    shown = [judgement.pk for judgement in first.item.judgements.all()]
    answer = desk.post(f"/p/tags/adjudicate/{first.pk}/rule/", ruling(shown=shown, is_gold="on"), headers=HTMX)
    assert second.item.external_id in answer.text
    assert f"saved: {first.item.external_id}" in answer.text
    assert "<html" not in answer.text
    stored = Ruling.objects.get()
    assert (stored.adjudicator, stored.levels, stored.cause) == (adjudicator, [0, 1], Cause.CARELESS)
    assert (stored.reason, stored.seconds, stored.shown) == ("overlooked", 7.5, sorted(shown))
    assert Gold.objects.get().source == GoldSource.RULING
    answer = desk.post(f"/p/tags/adjudicate/{second.pk}/rule/", ruling())
    assert answer.headers["Location"] == "/p/tags/adjudicate/"
    assert "No dispute is open" in desk.get("/p/tags/adjudicate/").text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"level-1": ""}, "still open: Criterion 1"),
        ({"cause": ""}, "Say why they differ"),
        ({"cause": "mood"}, "not one of the available choices"),
        ({"cause": "other", "reason": " "}, "the reason in words"),
        ({"cause": "guideline_unclear"}, "the criterion where the guidelines are unclear"),
    ],
)
def test_an_incomplete_ruling_comes_back_with_what_was_chosen(
    fields: dict[str, str], words: str, desk: Client, project: Project
) -> None:
    [dispute] = disputes(project, 1)
    desk.get("/p/tags/adjudicate/")
    answer = desk.post(f"/p/tags/adjudicate/{dispute.pk}/rule/", ruling(**fields))
    assert answer.status_code == 422
    assert words in answer.text
    assert 'name="level-0" value="0" data-key="1" checked' in answer.text
    assert not Ruling.objects.exists()


def test_a_criterion_counts_only_for_unclear_guidelines(desk: Client, project: Project) -> None:
    first, second = disputes(project, 2)
    desk.get("/p/tags/adjudicate/")
    desk.post(f"/p/tags/adjudicate/{first.pk}/rule/", ruling(criterion="1"))
    desk.get("/p/tags/adjudicate/")
    desk.post(f"/p/tags/adjudicate/{second.pk}/rule/", ruling(cause="guideline_unclear", criterion="1"))
    assert list(Ruling.objects.order_by("pk").values_list("criterion", flat=True)) == [None, 1]


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_dispute_in_other_hands_is_told_and_nothing_is_stored(
    headers: dict[str, str], desk: Client, project: Project
) -> None:
    [dispute] = disputes(project, 1)
    other = Client()
    other.force_login(make_member(project, Role.LEAD))
    other.get("/p/tags/adjudicate/")
    for sent in (ruling(), {}):
        answer = desk.post(f"/p/tags/adjudicate/{dispute.pk}/rule/", sent, headers=headers)
        page = answer.text if headers else desk.get("/p/tags/adjudicate/").text
        assert "in your hands" in page
        assert "Nothing is open to you now" in page
    assert desk.post(f"/p/tags/adjudicate/{dispute.pk}/look/", {"look": "names"}).status_code == 404
    assert desk.post(f"/p/tags/adjudicate/{dispute.pk}/put-back/").status_code == 404
    assert not Ruling.objects.exists()


def test_ones_own_item_is_never_served(desk: Client, project: Project, adjudicator: User) -> None:
    [dispute] = disputes(project, 1)
    judge_item(rater_of(project=project, user=adjudicator), dispute.item, (0, 0))
    assert "nobody adjudicates themselves" in desk.get("/p/tags/adjudicate/").text
    page = desk.get(f"/p/tags/adjudicate/?dispute={dispute.pk}").text
    assert "This dispute is not open to you" in page


def test_putting_back_brings_the_next(desk: Client, project: Project) -> None:
    first, second = disputes(project, 2)
    desk.get("/p/tags/adjudicate/")
    answer = desk.post(f"/p/tags/adjudicate/{first.pk}/put-back/", headers=HTMX)
    assert second.item.external_id in answer.text
    assert Dispute.objects.get(pk=first.pk).holder is None


def test_the_list_filters_by_state_and_cause_and_counts_causes(desk: Client, project: Project) -> None:
    first, second, third = disputes(project, 3)
    other = make_member(project, Role.ADJUDICATOR)
    make_ruling(first, other, Cause.CARELESS)
    make_ruling(second, other, Cause.AMBIGUOUS_ITEM)

    def listed(query: str) -> list[str]:
        page = desk.get(f"/p/tags/disputes/?{query}").text
        return [one.item.external_id for one in (first, second, third) if one.item.external_id in page]

    assert listed("") == [one.item.external_id for one in (first, second, third)]
    assert listed("state=open") == [third.item.external_id]
    assert listed("cause=careless") == [first.item.external_id]
    assert listed("state=nonsense") == listed("")
    page = desk.get("/p/tags/disputes/").text
    assert "n = 2 rulings" in page
    assert "<b>0.50</b> <span>[0.09, 0.91]</span>" in page  # Wilson for 1 of 2


def test_a_lead_opens_a_ruling_again_and_sees_to_unclear_guidelines(client: Client, project: Project) -> None:
    first, second = disputes(project, 2)
    other = make_member(project, Role.ADJUDICATOR)
    make_ruling(first, other)
    make_ruling(second, other, Cause.GUIDELINE_UNCLEAR, criterion=0, reason="what counts as old")
    client.force_login(make_member(project, Role.LEAD))
    client.post(f"/p/tags/disputes/{first.pk}/reopen/")
    assert Dispute.objects.get(pk=first.pk).state == DisputeState.OPEN
    page = client.get("/p/tags/guidelines/unclear/").text
    assert "what counts as old" in page
    assert second.item.external_id in page
    assert client.post("/p/tags/guidelines/unclear/", {"rubric": "x"}).status_code == 422
    client.post("/p/tags/guidelines/unclear/", {"rubric": second.rubric_id, "criterion": 0})
    assert "Nothing is said to be unclear" in client.get("/p/tags/guidelines/unclear/").text
    assert Ruling.objects.get(item=second.item).dealt_at is not None


def test_the_rail_counts_open_disputes(desk: Client, project: Project) -> None:
    disputes(project, 3)
    assert 'Adjudicate <span class="rail__count">3</span>' in desk.get("/p/tags/disputes/").text


def test_a_lead_sees_where_one_more_is_asked_and_can_wait_no_longer(client: Client, project: Project) -> None:
    [dispute] = disputes(project, 1)
    change_policy(project=project, settings=replace(project.current_policy().settings(), most_overlap=3))
    dispute.delete()
    QueuedItem.objects.update(settled_overlap=None)
    assert settle_item(item_id=dispute.item_id) == Decision.ASK_ONE_MORE
    client.force_login(make_member(project, Role.LEAD))
    page = client.get("/p/tags/disputes/").text
    assert "One more person is asked" in page
    assert dispute.item.external_id in page
    client.post(f"/p/tags/disputes/of/{dispute.item_id}/now/")
    assert Dispute.objects.get().item == dispute.item
    page = client.get("/p/tags/disputes/").text
    assert "One more person is asked" not in page
    client.post(f"/p/tags/disputes/of/{dispute.item_id}/now/")
    assert "Nothing was changed" in client.get("/p/tags/disputes/").text


def test_rulings_on_an_item_say_what_was_looked_at(project: Project) -> None:
    [dispute] = disputes(project, 1)
    adjudicator = make_member(project, Role.ADJUDICATOR)
    make_ruling(dispute, adjudicator, Cause.AMBIGUOUS_ITEM, reason="both can be read", shown=(1, 2))
    words = render_to_string("annotations/_rulings.html", {"rulings": rulings_on(dispute.item), "project": project})
    for said in (adjudicator.name, "The item can be read both ways", "both can be read", "0 answers"):
        assert said in words
    assert render_to_string("annotations/_rulings.html", {"rulings": [], "project": project}).strip() == ""
