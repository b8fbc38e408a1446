"""The agreement page, its API and its command: one set of figures through three doors."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotations.choices import Outcome, RaterKind, Role, Visible
from annotations.models import Assignment, Item, Project, Rater
from annotations.services.judgements import NewJudgement, record_judgements
from annotations.services.raters import rater_of
from annotations.services.tokens import create_token
from tests.factories import judge_item, make_items, make_member, make_project, make_rater, make_user

pytestmark = pytest.mark.django_db

# item: levels of ann, bob and the judge on both criteria; None is a reply that could not be read
SAID: list[tuple[tuple[int, int], tuple[int, int], tuple[int, int] | None]] = [
    ((0, 0), (0, 0), (0, 0)),
    ((0, 1), (0, 1), (1, 1)),
    ((1, 0), (1, 0), (0, 0)),
    ((0, 0), (0, 0), None),
]


def judged_project(slug: str = "judged", copies: int = 1) -> tuple[Project, list[Item], Rater]:
    project = make_project(slug=slug)
    items = make_items(project, len(SAID) * copies, slices={"category": "shoes"})
    ann, bob = make_rater(project, name="ann"), make_rater(project, name="bob")
    judge = make_rater(project, RaterKind.JUDGE, name="bot v1")
    for item, (by_ann, by_bob, by_judge) in zip(items, SAID * copies, strict=True):
        judge_item(ann, item, by_ann)
        judge_item(bob, item, by_bob)
        judge_item(judge, item, by_judge, outcome=Outcome.RATED if by_judge else Outcome.UNPARSED)
    return project, items, judge


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


@pytest.mark.parametrize("role", [Role.ADJUDICATOR, Role.LEAD, Role.TRAINER])
def test_whoever_may_see_judgements_sees_agreement(client: Client, role: Role) -> None:
    project, _, _ = judged_project()
    client.force_login(make_member(project, role))
    assert "bot v1" in page(client, "/p/judged/agreement/")
    assert client.get("/api/v1/projects/judged/agreement/").status_code == 200


def test_an_annotator_may_not_see_agreement(client: Client) -> None:
    project, _, _ = judged_project()
    client.force_login(make_member(project, Role.ANNOTATOR))
    for path in ("/p/judged/agreement/", "/api/v1/projects/judged/agreement/"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert b"bot v1" not in answer.content


def test_for_an_outsider_there_is_no_such_page(client: Client) -> None:
    judged_project()
    client.force_login(make_user())
    for path in ("/p/judged/agreement/", "/api/v1/projects/judged/agreement/"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("copies", [1, 5])
def test_the_page_takes_as_many_queries_at_4_items_as_at_20(
    client: Client, copies: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    project, _, _ = judged_project(copies=copies)
    client.force_login(make_member(project, Role.LEAD))
    client.get("/p/judged/agreement/")
    # session, user, membership; slices; rubric, judges; rubric, raters, judgements; the frame's counts and projects
    with django_assert_num_queries(11):
        client.get("/p/judged/agreement/")


def test_every_cell_opens_exactly_its_items(client: Client) -> None:
    project, items, judge = judged_project()
    client.force_login(make_member(project, Role.LEAD))
    text = page(client, "/p/judged/agreement/?criterion=c0")
    cells = re.findall(r'<td class="cell[^"]*"><a href="([^"]+)">(\d+)</a>', text)
    # Judge's pass, fail and not read against the majority's pass and fail.
    assert [int(n) for _, n in cells] == [1, 1, 1, 0, 1, 0]
    behind = [items[0], items[2], items[1], None, items[3], None]
    for (url, _), item in zip(cells, behind, strict=True):
        listed = set(re.findall(r"/p/judged/items/(\d+)/", page(client, url)))
        assert listed == ({str(item.pk)} if item else set())
    marks = re.findall(rf'<a href="([^"]+judge={judge.pk})" class="chart--judge"', text)
    listed = set(re.findall(r"/p/judged/items/(\d+)/", page(client, marks[0])))
    assert listed == {str(item.pk) for item in items[:3]}


def test_the_item_list_says_which_cell_it_shows_and_keeps_it_when_filtered(client: Client) -> None:
    project, _, judge = judged_project()
    client.force_login(make_member(project, Role.LEAD))
    text = page(client, f"/p/judged/items/?criterion=c0&judge={judge.pk}&judge_level=1&people_level=0")
    assert "Criterion 0: bot v1 “Fail”, people’s majority “Pass”" in text
    for name in ("criterion", "judge", "judge_level", "people_level"):
        assert f'<input type="hidden" name="{name}"' in text


@pytest.mark.parametrize("query", ["criterion=none", "criterion=c0&judge=0", "criterion=c0&judge_level=99&judge=1"])
def test_a_cell_that_does_not_exist_holds_nothing(client: Client, query: str) -> None:
    project, _, _ = judged_project()
    client.force_login(make_member(project, Role.LEAD))
    assert "No item fits" in page(client, f"/p/judged/items/?{query}")


def test_a_cell_does_not_tell_what_the_judge_said_of_an_item_in_hand(client: Client) -> None:
    project, items, judge = judged_project()
    lead = make_member(project, Role.LEAD)
    Assignment.objects.create(
        item=items[1],
        project=project,
        rater=rater_of(project=project, user=lead),
        policy=project.current_policy(),
        position=1,
        place=0,
        overlap=1,
        probability=1.0,
        lease_expires_at=timezone.now() + timedelta(minutes=5),
    )
    client.force_login(lead)
    assert "No item fits" in page(client, f"/p/judged/items/?criterion=c0&judge={judge.pk}&judge_level=1")


def test_page_needs_no_script_and_carries_no_inline_style(client: Client) -> None:
    project, _, _ = judged_project()
    client.force_login(make_member(project, Role.LEAD))
    answer = client.get("/p/judged/agreement/")
    main = answer.content.decode().split("<main", 1)[1]
    assert " style=" not in main
    assert "<script" not in main


def test_a_project_without_ratings_by_people_says_how_to_get_them(client: Client) -> None:
    project = make_project(slug="fresh")
    client.force_login(make_member(project, Role.LEAD))
    text = page(client, "/p/fresh/agreement/")
    assert "No ratings by people yet" in text
    assert "queue_items --project fresh" in text


def test_without_overlap_there_is_no_ceiling_and_the_page_says_why(client: Client) -> None:
    project = make_project(slug="single")
    items = make_items(project, 3)
    person, judge = make_rater(project), make_rater(project, RaterKind.JUDGE, name="bot")
    for item in items:
        judge_item(person, item, (0, 0))
        judge_item(judge, item, (0, 1))
    client.force_login(make_member(project, Role.LEAD))
    text = page(client, "/p/single/agreement/?criterion=c0")
    assert "undefined: no item was rated by two raters" in text
    assert "share of items where the judge gives the people’s level" in text
    assert "chart__ceiling" not in text
    assert "chart__baseline" in text


def test_assisted_annotations_are_counted_on_the_page(client: Client) -> None:
    project, items, _ = judged_project()
    record_judgements(
        rater=make_rater(project, name="eve"),
        rubric=project.current_rubric(),
        judgements=[NewJudgement(item_id=items[0].pk, levels=(1, 1))],
        visible=Visible.ASSISTED,
    )
    client.force_login(make_member(project, Role.LEAD))
    text = page(client, "/p/judged/agreement/")
    assert "1 of them assisted and left out" in text
    assert re.search(r"<dt>eve</dt><dd>1 assisted</dd>", text)


def test_a_slice_narrows_every_figure(client: Client) -> None:
    project, _, _ = judged_project()
    [other] = make_items(project, 1, slices={"category": "tents"})
    for name in ("ann", "bob"):
        judge_item(Rater.objects.get(project=project, name=name), other, (0, 0))
    _, text = create_token(user=make_member(project, Role.LEAD), name="x")
    headers = {"Authorization": f"Bearer {text}"}
    sliced = client.get("/api/v1/projects/judged/agreement/?slice=category=tents", headers=headers).json()
    assert sliced["n_items"] == 1
    assert sliced["slice"] == {"category": "tents"}
    assert client.get("/api/v1/projects/judged/agreement/?slice=tents", headers=headers).status_code == 400


def test_many_judges_are_shown_one_criterion_at_a_time(client: Client) -> None:
    project, items, _ = judged_project()
    for number in range(13):  # with the one there, 14 judges on 3 criteria: 42 comparisons
        judge_item(make_rater(project, RaterKind.JUDGE, name=f"bot v{number + 2}"), items[0], (0, 0))
    client.force_login(make_member(project, Role.LEAD))
    text = page(client, "/p/judged/agreement/")
    assert text.count('<section class="panel" aria-labelledby="c-') == 1
    assert re.search(r'href="\?criterion=c0" aria-current="page"', text)
    assert ">All</a>" not in text


def test_simulated_people_are_named_so(client: Client) -> None:
    project, items, _ = judged_project()
    judge_item(make_rater(project, name="sim", is_simulated=True), items[0], (0, 0))
    client.force_login(make_member(project, Role.LEAD))
    assert '<span class="chip chip--simulated">1 simulated</span>' in page(client, "/p/judged/agreement/")


def test_an_unknown_criterion_is_a_fault_of_the_asker(client: Client) -> None:
    project, _, _ = judged_project()
    client.force_login(make_member(project, Role.LEAD))
    answer = client.get("/api/v1/projects/judged/agreement/?criterion=x")
    assert answer.status_code == 400
    assert "c0, c1, qualified" in answer.content.decode()


def test_the_command_and_the_api_give_the_same_document(client: Client) -> None:
    project, _, _ = judged_project()
    client.force_login(make_member(project, Role.LEAD))
    printed = StringIO()
    call_command("report_agreement", "--project", "judged", "--json", stdout=printed)
    document = json.loads(printed.getvalue())
    assert document == client.get("/api/v1/projects/judged/agreement/").json()
    judge = document["criteria"][0]["judges"][0]
    assert judge["confusion"] == [[1, 1], [1, 0]]
    assert judge["unread"] == [1, 0]
    assert judge["figures"]["accuracy"]["value"] == pytest.approx(1 / 3)
    assert judge["figures"]["accuracy"]["excluded"] == {"replies unparsed": 1}
    assert [criterion["criterion"]["key"] for criterion in document["criteria"]] == ["c0", "c1", "qualified"]


def test_an_undefined_figure_is_null_with_its_reason_in_json_and_words_in_text() -> None:
    project = make_project(slug="one-level")
    person, other = make_rater(project), make_rater(project)
    for item in make_items(project, 2):
        judge_item(person, item, (0, 0))
        judge_item(other, item, (0, 0))
    printed, said = StringIO(), StringIO()
    call_command("report_agreement", "--project", "one-level", "--criterion", "c0", "--json", stdout=printed)
    call_command("report_agreement", "--project", "one-level", "--criterion", "c0", stdout=said)
    alpha = json.loads(printed.getvalue())["criteria"][0]["people"]["figures"]["krippendorff_alpha_nominal"]
    assert alpha["value"] is None
    assert alpha["undefined"] == "all ratings are at one level, so agreement by chance is complete"
    assert "undefined: all ratings are at one level" in said.getvalue()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--project", "none"], "“none” is none"),
        (["--project", "judged", "--slice", "x"], "as key=value"),
        (["--project", "judged", "--criterion", "x"], "c0, c1, qualified, got “x”"),
    ],
)
def test_the_command_says_what_it_expected(arguments: list[str], words: str) -> None:
    judged_project()
    with pytest.raises(CommandError, match=words):
        call_command("report_agreement", *arguments)
