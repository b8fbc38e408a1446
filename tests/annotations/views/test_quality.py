"""Pages about annotators, gold and modes."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client

from annotations.choices import GoldUse, PauseReason, Purpose, Role
from annotations.models import Assignment, Gold, Pause, Project, Rater
from annotations.selectors.quality import WhyPaused
from annotations.services.raters import rater_of
from tests.annotations.services.test_claiming import answer, claim, make_gold, queue_of, set_policy, with_verdicts
from tests.factories import judge_item, make_items, make_member, make_rater

pytestmark = pytest.mark.django_db


def signed_in(client: Client, project: Project, role: Role = Role.LEAD) -> Client:
    client.force_login(make_member(project, role))
    return client


def worked(n: int = 4) -> tuple[Project, Rater]:
    """Somebody who answered gold, half of it right, and work."""
    project, _ = queue_of(n, gold_share=1.0)
    make_gold(make_items(project, n))
    rater = rater_of(project=project, user=make_member(project, name="ann"))
    for index in range(2 * n):
        turn = claim(project, rater)
        answer(turn, (0, 0) if index % 4 < 2 else (1, 0))
    return project, rater


# --- a person


def test_a_persons_page_shows_each_figure_with_its_n_and_leads_to_its_rows(client: Client) -> None:
    project, rater = worked()
    signed_in(client, project)
    page = client.get(f"/p/{project.slug}/people/{rater.pk}/").text
    assert "0.50" in page
    assert "n = 4" in page
    assert "test at " in page
    rows = client.get(f"/p/{project.slug}/people/{rater.pk}/answers/?of=gold").text
    assert rows.count("not right") == 2
    assert client.get(f"/p/{project.slug}/people/{rater.pk}/answers/?of=nothing").status_code == 404


def test_rows_of_an_hour_are_those_of_that_hour(client: Client) -> None:
    project, rater = worked()
    signed_in(client, project)
    address = f"/p/{project.slug}/people/{rater.pk}/answers/?of=answers&hour="
    assert client.get(address + "0").text.count("table__link") == 8
    assert "No such turns" in client.get(address + "3").text


def test_what_the_viewer_holds_for_review_is_in_no_list(client: Client) -> None:
    project, _ = queue_of(1, overlap=2)
    ann = rater_of(project=project, user=make_member(project))
    judge_item(make_rater(project), answer(claim(project, ann)).item, (0, 0))
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    address = f"/p/{project.slug}/people/{ann.pk}/answers/"
    assert "table__link" in client.get(address).text
    held = claim(project, rater_of(project=project, user=lead))
    Gold.objects.create(item=held.item, rubric=project.current_rubric(), levels=[0, 0], source="ruling")
    assert "table__link" not in client.get(address).text
    assert held.item.external_id not in client.get(f"/p/{project.slug}/gold/").text


def test_a_lead_pauses_and_resumes_on_the_page(client: Client) -> None:
    project, rater = worked()
    signed_in(client, project)
    address = f"/p/{project.slug}/people/{rater.pk}/"
    refused = client.post(address + "pause/", {"note": ""})
    assert (refused.status_code, Pause.objects.count()) == (422, 0)
    client.post(address + "pause/", {"note": "on leave"})
    assert Pause.objects.get().reason == PauseReason.LEAD
    page = client.get(address).text
    assert "on leave" in page
    assert "Let them go on" in page
    client.post(address + "resume/", {"note": "back"})
    rater.refresh_from_db()
    assert (rater.paused_at, Pause.objects.get().end_note) == (None, "back")


def test_skills_are_set_on_the_page_and_seen_on_that_of_people(client: Client) -> None:
    project, rater = worked()
    signed_in(client, project)
    client.post(f"/p/{project.slug}/people/{rater.pk}/skills/", {"skills": "zh, de，fr"})
    rater.refresh_from_db()
    assert rater.skills == ["zh", "de", "fr"]
    people = client.get(f"/p/{project.slug}/people/").text
    assert people.count("chip--plain") == 3
    assert f"/people/{rater.pk}/" in people
    too_long = client.post(f"/p/{project.slug}/people/{rater.pk}/skills/", {"skills": "x" * 121})
    assert too_long.status_code == 422


def test_somebody_who_has_not_begun_can_be_given_skills(client: Client) -> None:
    project, _ = queue_of(1)
    signed_in(client, project)
    user = make_member(project)
    member = project.memberships.get(user=user)
    response = client.post(f"/p/{project.slug}/people/{member.pk}/begin/")
    assert response.headers["Location"].endswith(f"/people/{Rater.objects.get(user=user).pk}/")


def test_a_judge_has_no_page_of_a_person(client: Client) -> None:
    project, items = queue_of(1)
    judge = with_verdicts(project, items)
    assert signed_in(client, project).get(f"/p/{project.slug}/people/{judge.pk}/").status_code == 404


def test_an_annotator_sees_nothing_of_how_others_work(client: Client) -> None:
    project, rater = worked()
    signed_in(client, project, Role.ANNOTATOR)
    page = client.get(f"/p/{project.slug}/people/").text
    assert "Right on gold" not in page
    assert f"/people/{rater.pk}/" not in page


def test_ones_own_figure_on_gold_is_shown_where_the_policy_says_so(client: Client) -> None:
    project, rater = worked()
    assert rater.user is not None
    client.force_login(rater.user)
    address = f"/p/{project.slug}/my-work/"
    assert "Right where the rating is known" not in client.get(address).text
    set_policy(project, shows_gold_accuracy=True)
    page = client.get(address).text
    assert "Right where the rating is known" in page
    assert "n = 4" in page


# --- why nothing comes


@pytest.mark.parametrize(
    ("paused", "words"),
    [
        (WhyPaused("gold"), "differ from ratings that are known"),
        (WhyPaused("gold", n_answers=3, n_right=0), "0 of the last 3"),
        (WhyPaused("training", n_answers=4, n_right=1, missed=("Relevance",)), "What went wrong most: Relevance."),
        (WhyPaused("lead", note="<b>rest</b>"), "&lt;b&gt;rest&lt;/b&gt;"),
        (WhyPaused("no_training"), "no items for you yet"),
    ],
)
def test_an_annotator_reads_why_nothing_comes(paused: WhyPaused, words: str) -> None:
    project, _ = queue_of(1)
    assert words in render_to_string("annotations/_paused.html", {"paused": paused, "project": project})


# --- gold


def test_gold_is_drawn_used_explained_and_retired_on_its_page(client: Client) -> None:
    project, _ = queue_of(1)
    for person in (make_rater(project), make_rater(project)):
        for item in project.items.all():
            judge_item(person, item, (0, 1))
    signed_in(client, project)
    address = f"/p/{project.slug}/gold/"
    assert "No gold yet" in client.get(address).text
    refused = client.post(address + "draw/", {"n": 1, "least": 1, "use": "hidden", "seed": 0})
    assert (refused.status_code, Gold.objects.count()) == (422, 0)
    client.post(address + "draw/", {"n": 5, "least": 2, "use": "hidden", "seed": 0})
    gold = Gold.objects.get()
    client.post(f"{address}{gold.pk}/", {"use": "training", "explanation": "the poles decide"})
    gold.refresh_from_db()
    assert (gold.use, gold.explanation) == (GoldUse.TRAINING, "the poles decide")
    assert "the poles decide" in client.get(address).text
    client.post(f"{address}{gold.pk}/retire/")
    gold.refresh_from_db()
    assert (gold.use, gold.retired_at is None) == (GoldUse.KNOWN, False)
    client.post(f"{address}{gold.pk}/", {"use": "hidden", "explanation": ""})
    gold.refresh_from_db()
    assert gold.use == GoldUse.KNOWN


def test_gold_of_another_project_does_not_exist(client: Client) -> None:
    project, _ = queue_of(1)
    _, items = queue_of(1)
    [gold] = make_gold(items)
    signed_in(client, project)
    assert client.post(f"/p/{project.slug}/gold/{gold.pk}/retire/").status_code == 404
    gold.refresh_from_db()
    assert gold.retired_at is None


# --- modes


def test_the_modes_say_how_many_turns_are_wanting(client: Client) -> None:
    project, items = queue_of(6, reveal_share=0.0, assist_share=0.5, blind_share=0.5, seed=1)
    with_verdicts(project, items, levels=(0, 1))
    rater = make_rater(project, name="ann")
    for _ in items:
        answer(claim(project, rater))
    n_shown = Assignment.objects.filter(mode="assist", purpose=Purpose.WORK).count()
    page = signed_in(client, project).get(f"/p/{project.slug}/modes/").text
    assert f"needs {30 - n_shown} more turns with the verdict shown and {30 - 6 + n_shown} more turns without" in page


def test_without_turns_the_page_says_what_it_needs(client: Client) -> None:
    project, _ = queue_of(1)
    page = signed_in(client, project).get(f"/p/{project.slug}/modes/").text
    assert "Nothing to compare yet" in page
    assert "shows no verdict before the answer now" in page
