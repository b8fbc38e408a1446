"""The policy's page: every setting, errors at the fields, a preview that changes nothing, versions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client

from annotations.allocation import POLICY_FIELDS, PolicySettings
from annotations.choices import GoldSource, GoldUse, Order, Role
from annotations.forms.policy import GROUPS, PolicyForm
from annotations.models import Draw, Gold, Project, QueuedItem
from tests.factories import make_items, make_member, make_project

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def project() -> Project:
    project = make_project(slug="tags")
    make_items(project, 6, slices={"category": "boots"})
    make_items(project, 4, slices={"category": "tents"})
    return project


@pytest.fixture
def lead(client: Client, project: Project) -> Client:
    client.force_login(make_member(project, Role.LEAD, name="lena"))
    return client


def typed(project: Project, **changes: Any) -> dict[str, Any]:
    """The form as a browser would send it back, with some fields changed."""
    form = PolicyForm(project=project)
    values = {field.name: field.value() for field in form}
    fields = {name: value for name, value in values.items() if value is not None and value is not False}
    return {**fields, **changes}


def test_every_setting_has_a_field_in_one_group_and_comes_back_as_it_is(project: Project) -> None:
    assert set(PolicyForm.base_fields) == set(POLICY_FIELDS)
    assert sorted(name for *_, names in GROUPS for name in names) == sorted(POLICY_FIELDS)
    form = PolicyForm(typed(project), project=project)
    assert form.is_valid(), form.errors
    assert form.settings == project.current_policy().settings()


def test_a_lead_changes_the_policy_and_the_version_says_what_and_who(lead: Client, project: Project) -> None:
    sent = typed(
        project, overlap="3", lease_s="20", blind_share="33.3", reveal_share="66.7", order="coverage",
        slice_key="category", slice_least="2", training_pass="80", may_skip="",
    )  # fmt: skip
    page = lead.post("/p/tags/policy/", {**sent, "save": "1"}, follow=True)
    assert page.redirect_chain
    policy = project.current_policy()
    assert policy.settings() == PolicySettings(
        overlap=3, lease_s=1200, blind_share=0.333, reveal_share=0.667, order=Order.COVERAGE, slice_key="category",
        slice_least=2, training_pass=0.8, may_skip=False,
    )  # fmt: skip
    assert (policy.version, project.policies.count()) == (2, 2)
    words = page.content.decode()
    assert "Policy version 2 counts from now on." in words
    assert 'Minutes an item is held: <span class="muted">15</span> → <b>20</b>' in words
    assert 'Blind, in %: <span class="muted">0 %</span> → <b>33.3 %</b>' in words
    assert 'Training items to get right, in %: <span class="muted">none</span> → <b>80 %</b>' in words
    assert 'Annotators may skip items: <span class="muted">yes</span> → <b>no</b>' in words
    assert '<td class="nowrap">lena</td>' in words


def test_the_same_policy_makes_no_version(lead: Client, project: Project) -> None:
    lead.post("/p/tags/policy/", {**typed(project), "save": "1"})
    assert project.policies.count() == 1


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("overlap", {"overlap": "0"}),
        ("more_overlap", {"overlap": "3", "more_overlap": "2"}),
        ("uniform_share", {"order": "uncertainty", "uniform_share": "0"}),
        ("blind_share", {"blind_share": "50"}),
        ("gold_bad", {"gold_bad": "95"}),
        ("slice_key", {"order": "coverage"}),
        ("gold_share", {"gold_share": "101"}),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_changes_nothing(
    lead: Client, project: Project, field: str, changes: dict[str, str]
) -> None:
    page = lead.post("/p/tags/policy/", {**typed(project, **changes), "save": "1"})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert f'href="#id_{field}"' in page.content.decode()
    assert project.policies.count() == 1


def test_a_preview_says_what_would_be_selected_and_changes_nothing(lead: Client, project: Project) -> None:
    [item] = make_items(project, 1, slices={"category": "tents"})
    rubric = project.current_rubric()
    Gold.objects.create(item=item, rubric=rubric, levels=[0, 0], source=GoldSource.RULING, use=GoldUse.HIDDEN)
    sent = typed(
        project, slice_key="category", slice_least="2", overlap="1", more_overlap="3", more_overlap_share="50",
        gold_share="10", blind_share="25", reveal_share="75", preview_n="4",
    )  # fmt: skip
    page = lead.post("/p/tags/policy/", {**sent, "preview": "1"}, headers=HTMX)
    assert page.status_code == 200
    assert page.templates[0].name == "annotations/_policy_preview.html"
    preview = asdict(page.context["preview"])
    # 6 of 11 items are boots: of 4 with floors of 2 each has 2. Items of 1 + .5 · 2 people are two answers each.
    n_asked = 4 - preview.pop("n_as_gold")
    assert n_asked in (3, 4)
    assert preview.pop("modes") == {"blind": n_asked * 0.5, "reveal": n_asked * 1.5, "assist": 0, "challenge": 0}
    assert preview == {
        "n_items": 11, "n_drawn": 4, "n_in_queue": 0, "least_probability": pytest.approx(1 / 3),
        "mean_probability": pytest.approx(4 / 11), "most_probability": 0.4, "n_answers": n_asked * 2,
        "n_gold": pytest.approx(n_asked * 0.2),
        "n_gold_items": 1,
        "slices": [
            {"value": "boots", "n_items": 6, "n_drawn": 2, "mean_probability": pytest.approx(1 / 3)},
            {"value": "tents", "n_items": 5, "n_drawn": 2, "mean_probability": 0.4},
        ],
    }  # fmt: skip
    assert 'id="mode-sum" hx-swap-oob="true"' in page.content.decode()
    assert (project.policies.count(), Draw.objects.count(), QueuedItem.objects.count()) == (1, 0, 0)


def test_a_preview_without_javascript_is_the_page_with_what_was_typed(lead: Client, project: Project) -> None:
    sent = typed(project, overlap="4", preview_n="5", preview="1")
    page = lead.post("/p/tags/policy/", sent).content.decode()
    assert "<h1>Policy</h1>" in page
    assert 'name="overlap" value="4"' in page
    assert ">20</dd>" in page  # answers: five items, four people


def test_a_preview_of_fewer_items_than_the_floors_says_so(lead: Client, project: Project) -> None:
    sent = typed(project, slice_key="category", slice_least="3", preview_n="4", preview="1")
    page = lead.post("/p/tags/policy/", sent, headers=HTMX)
    assert page.status_code == 422
    assert "expected at least 6 items" in page.content.decode()


def test_the_shares_of_the_modes_show_their_sum(lead: Client, project: Project) -> None:
    assert "100 %</output>" in lead.get("/p/tags/policy/").content.decode()
    page = lead.post("/p/tags/policy/", typed(project, blind_share="12.5", save="1")).content.decode()
    assert "112.5 % · they must come to 100 %</output>" in page


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.TRAINER])
def test_only_a_lead_sees_the_policy(client: Client, project: Project, role: Role) -> None:
    client.force_login(make_member(project, role))
    assert client.get("/p/tags/policy/").status_code == 403
