from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from annotations.choices import AssignmentStatus, Order, Purpose, RaterKind, Role, Visible
from annotations.models import Assignment, Item, Judgement, Membership, Project, ReviewPolicy, User
from annotations.services.queue import claim_item, queue_items
from annotations.services.raters import rater_of
from annotations.services.rubrics import add_rubric_version
from tests.factories import judge_item, make_items, make_member, make_project, make_rater, make_user, rubric_spec

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def project_with(n: int, **fields: Any) -> tuple[Project, list[Item]]:
    project = make_project(**fields)
    items = make_items(project, n)
    queue_items(project=project, order=Order.GIVEN)
    return project, items


def signed_in(project: Project, role: Role = Role.ANNOTATOR) -> tuple[Client, User]:
    user = make_member(project, role)
    client = Client()
    client.force_login(user)
    return client, user


def address(project: Project, *more: object) -> str:
    return "/".join(["", "p", project.slug, "review", *map(str, more)]) + "/"


def answer(project: Project, *levels: int, **fields: str) -> dict[str, str]:
    return {
        "rubric": str(project.current_rubric().pk),
        **{f"level-{position}": str(level) for position, level in enumerate(levels)},
        **fields,
    }


def held(user: User) -> Assignment:
    return Assignment.objects.get(rater__user=user, status=AssignmentStatus.LEASED)


def test_the_page_shows_the_item_its_evidence_and_the_criteria() -> None:
    project, [item] = project_with(1)
    client, _ = signed_in(project)
    page = client.get(address(project)).content.decode()
    for words in (item.external_id, "boots", "bought poles", "Criterion 0", "Criterion 1", "Pass", "Fail"):
        assert words in page


def test_without_scripts_submitting_leads_to_the_next_item_and_says_what_was_saved() -> None:
    project, items = project_with(2)
    client, user = signed_in(project)
    client.get(address(project))
    sent = client.post(
        address(project, held(user).pk, "submit"), answer(project, 0, 1, rationale=" thin ", seconds="7.5"), follow=True
    )
    [judgement] = Judgement.objects.all()
    assert (judgement.levels, judgement.rationale, judgement.seconds) == ([0, 1], "thin", 7.5)
    assert judgement.visible == Visible.BLIND
    page = sent.content.decode()
    assert "Saved" in page
    assert items[1].external_id in page
    assert held(user).item_id == items[1].pk


def test_a_script_gets_the_next_item_with_the_reply() -> None:
    project, items = project_with(2)
    client, user = signed_in(project)
    client.get(address(project))
    turn = held(user)
    sent = client.post(address(project, turn.pk, "submit"), answer(project, 0, 0), headers=JSON)
    assert sent.status_code == 200
    body = sent.json()
    assert (body["turn"], body["judgement"], body["n_today"]) == (turn.pk, Judgement.objects.get().pk, 1)
    assert body["next"]["turn"] == held(user).pk
    assert items[1].external_id in body["next"]["html"]
    assert "Saved" in body["finished"]


def test_an_open_criterion_is_named_and_what_was_chosen_stays() -> None:
    project, _ = project_with(1)
    client, user = signed_in(project)
    client.get(address(project))
    for headers in ({}, JSON):
        sent = client.post(
            address(project, held(user).pk, "submit"),
            {**answer(project, rationale="half done"), "level-1": "1"},
            headers=headers,
        )
        assert sent.status_code == 422
        page = sent.json()["html"] if headers else sent.content.decode()
        assert "Still open: Criterion 0." in page
        assert 'name="level-1" value="1" data-key="2" data-fails checked' in page
        assert "half done" in page
    assert not Judgement.objects.exists()
    assert held(user)


def test_an_answer_that_comes_too_late_is_refused_with_the_answer_kept() -> None:
    project, _ = project_with(1)
    client, user = signed_in(project)
    client.get(address(project))
    turn = held(user)
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    claim_item(project=project, rater=make_rater(project))
    sent = client.post(address(project, turn.pk, "submit"), answer(project, 1, 1, rationale="mine"))
    assert sent.status_code == 422
    page = sent.content.decode()
    assert "Take the next item" in page
    assert "mine" in page
    assert not Judgement.objects.exists()


def test_an_answer_under_a_rubric_that_changed_meanwhile_is_not_stored() -> None:
    project, _ = project_with(1)
    client, user = signed_in(project)
    client.get(address(project))
    old = answer(project, 0, 0)
    add_rubric_version(project=project, spec=rubric_spec(n_criteria=3))
    sent = client.post(address(project, held(user).pk, "submit"), old)
    assert sent.status_code == 422
    assert "The rubric changed" in sent.content.decode()
    assert "Criterion 2" in sent.content.decode()
    assert not Judgement.objects.exists()


def test_skipping_needs_a_reason_and_brings_the_next_item() -> None:
    project, items = project_with(2)
    client, user = signed_in(project)
    client.get(address(project))
    turn = held(user)
    assert client.post(address(project, turn.pk, "skip"), {"reason": ""}).status_code == 422
    page = client.post(address(project, turn.pk, "skip"), {"reason": "unclear", "note": "no date"}, follow=True)
    assert items[1].external_id in page.content.decode()
    turn.refresh_from_db()
    assert (turn.status, turn.skip_reason, turn.skip_note) == (AssignmentStatus.SKIPPED, "unclear", "no date")


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR, Role.LEAD])
def test_who_may_review(role: Role) -> None:
    project, _ = project_with(1)
    client, _ = signed_in(project, role)
    assert client.get(address(project)).status_code == 200


def test_a_trainer_is_refused_and_an_outsider_finds_nothing() -> None:
    project, _ = project_with(1)
    trainer, _ = signed_in(project, Role.TRAINER)
    outsider = Client()
    outsider.force_login(make_user())
    turn = claim_item(project=project, rater=make_rater(project))
    assert turn is not None
    for path, method in (
        (address(project), "get"),
        (address(project, turn.pk, "submit"), "post"),
        (address(project, turn.pk, "skip"), "post"),
        (f"/p/{project.slug}/my-work/", "get"),
    ):
        assert getattr(trainer, method)(path).status_code == 403
        assert getattr(outsider, method)(path).status_code == 404
    assert client_is_sent_to_sign_in(address(project))


def client_is_sent_to_sign_in(path: str) -> bool:
    response = Client().get(path)
    return response.status_code == 302 and response["Location"].startswith("/account/login/")


def test_nobody_answers_or_skips_for_somebody_else() -> None:
    project, _ = project_with(2)
    owner, user = signed_in(project)
    owner.get(address(project))
    turn = held(user)
    other, _ = signed_in(project, Role.LEAD)
    assert other.post(address(project, turn.pk, "submit"), answer(project, 0, 0)).status_code == 404
    assert other.post(address(project, turn.pk, "skip"), {"reason": "unclear"}).status_code == 404
    assert held(user) == turn
    assert not Judgement.objects.exists()


def test_a_turn_of_another_project_is_not_found_here() -> None:
    project, _ = project_with(1)
    elsewhere, _ = project_with(1)
    client, user = signed_in(project)
    Membership.objects.create(project=elsewhere, user=user, role=Role.ANNOTATOR)
    client.get(address(elsewhere))
    assert client.post(address(project, held(user).pk, "submit"), answer(project, 0, 0)).status_code == 404


@pytest.mark.parametrize(("n_queued", "words"), [(0, "Nothing is queued"), (1, "The last items are with others")])
def test_an_empty_desk_says_why(n_queued: int, words: str) -> None:
    project = make_project()
    make_items(project, 2)
    if n_queued:
        queue_items(project=project, n=n_queued)
        claim_item(project=project, rater=make_rater(project))
    client, _ = signed_in(project)
    assert words in client.get(address(project)).content.decode()


def test_an_empty_desk_after_the_last_item_says_what_is_done() -> None:
    project, _ = project_with(1)
    client, user = signed_in(project)
    client.get(address(project))
    page = client.post(address(project, held(user).pk, "submit"), answer(project, 0, 0), follow=True)
    assert "Everything is done" in page.content.decode()


def test_an_annotator_who_is_ahead_of_the_others_hears_that_their_part_is_done() -> None:
    project, _ = project_with(1, overlap=2)
    client, user = signed_in(project)
    client.get(address(project))
    page = client.post(address(project, held(user).pk, "submit"), answer(project, 0, 0), follow=True)
    assert "You have done your part" in page.content.decode()


# --- blindness: everything that the browser receives, before and after the answer

SECRETS = ("secret-judge-7", "JUDGE-REASON", "secret-colleague", "COLLEAGUE-REASON", "secret-writer-model")


def project_with_secrets(n: int) -> tuple[Project, list[Item]]:
    project = make_project(overlap=2)
    items = make_items(project, n, slices={"category": "outdoor", "producer": "secret-writer-model"})
    queue_items(project=project, order=Order.GIVEN)
    judge = make_rater(project, RaterKind.JUDGE, "secret-judge-7")
    colleague = make_rater(project, name="secret-colleague")
    for item in items:
        judge_item(judge, item, (1, 1), rationale="JUDGE-REASON", rationales=("JUDGE-REASON one", "JUDGE-REASON two"))
        judge_item(colleague, item, (1, 0), rationale="COLLEAGUE-REASON")
    return project, items


def received(response: Any) -> str:
    return f"{response.headers}{response.cookies}{response.content.decode()}"


def test_nothing_of_any_judge_or_other_person_arrives_before_the_answer() -> None:
    project, _ = project_with_secrets(2)
    client, user = signed_in(project)
    turn_page = client.get(address(project))
    refused = client.post(address(project, held(user).pk, "submit"), answer(project, 0), headers=JSON)
    skipped = client.post(address(project, held(user).pk, "skip"), {"reason": "unclear"}, headers=JSON)
    for response in (turn_page, refused, skipped):
        for secret in SECRETS:
            assert secret not in received(response)


def test_after_the_answer_the_judge_is_shown_and_no_other_person() -> None:
    project, items = project_with_secrets(2)
    for headers in (JSON, {}):
        client, user = signed_in(project)
        client.get(address(project))
        sent = client.post(
            address(project, held(user).pk, "submit"), answer(project, 1, 0), headers=headers, follow=True
        )
        page = sent.json()["finished"] + sent.json()["comparison"] if headers else sent.content.decode()
        assert "secret-judge-7" in page
        assert "JUDGE-REASON one" in page
        assert "differs on <b>Criterion 1</b>" in page
        assert "COLLEAGUE" not in received(sent)
        assert "secret-colleague" not in received(sent)
        Assignment.objects.filter(rater__user=user, status=AssignmentStatus.LEASED).delete()
    assert Assignment.objects.filter(item=items[0], status=AssignmentStatus.DONE).count() == 2


def test_a_policy_that_reveals_nothing_reveals_nothing() -> None:
    project, _ = project_with_secrets(2)
    ReviewPolicy.objects.update(reveal_share=0, blind_share=1)
    client, user = signed_in(project)
    client.get(address(project))
    sent = client.post(address(project, held(user).pk, "submit"), answer(project, 1, 0), headers=JSON)
    assert "Saved" in sent.json()["finished"]
    for secret in SECRETS:
        assert secret not in received(sent)


def test_the_verdicts_on_another_persons_turn_or_an_open_one_cannot_be_asked_for() -> None:
    project, _ = project_with_secrets(2)
    client, user = signed_in(project)
    client.get(address(project))
    open_turn = client.get(address(project), {"after": held(user).pk})
    assert "secret-judge-7" not in received(open_turn)
    client.post(address(project, held(user).pk, "submit"), answer(project, 1, 0))
    done = Assignment.objects.get(rater__user=user, status=AssignmentStatus.DONE)
    other, _ = signed_in(project)
    assert "secret-judge-7" not in received(other.get(address(project), {"after": done.pk}))


# --- one's own work


def test_my_work_lists_ones_own_annotations_only() -> None:
    project, items = project_with_secrets(1)
    client, user = signed_in(project)
    rater = rater_of(project=project, user=user)
    judge_item(rater, items[0], (0, 1), rationale="my reason")
    page = client.get(f"/p/{project.slug}/my-work/").content.decode()
    assert "my reason" in page
    assert items[0].external_id in page
    for secret in SECRETS:
        assert secret not in page


def test_a_revision_supersedes_and_stays_blind_where_no_verdict_was_shown() -> None:
    project, _ = project_with(1)
    client, user = signed_in(project)
    client.get(address(project))
    client.post(address(project, held(user).pk, "submit"), answer(project, 0, 0))
    old = Judgement.objects.get()
    changed = client.post(f"/p/{project.slug}/my-work/{old.pk}/", answer(project, 0, 1))
    assert changed.status_code == 302
    [new] = Judgement.objects.live()
    assert (new.levels, new.supersedes_id, new.visible) == ([0, 1], old.pk, Visible.BLIND)


def test_a_revision_after_the_judge_was_shown_is_not_called_blind() -> None:
    project, _ = project_with_secrets(1)
    client, user = signed_in(project)
    client.get(address(project))
    client.post(address(project, held(user).pk, "submit"), answer(project, 0, 0))
    old = Judgement.objects.get(rater__user=user)
    client.post(f"/p/{project.slug}/my-work/{old.pk}/", answer(project, 1, 1))
    first, second = Judgement.objects.newest().filter(rater__user=user).order_by("pk")
    assert (first, first.visible, first.purpose) == (old, Visible.BLIND, Purpose.WORK)
    assert (second.levels, second.visible, second.purpose) == ([1, 1], Visible.ASSISTED, Purpose.SECOND)


def test_only_ones_own_newest_answer_can_be_revised() -> None:
    project, _ = project_with(1)
    client, user = signed_in(project)
    client.get(address(project))
    client.post(address(project, held(user).pk, "submit"), answer(project, 0, 0))
    judgement = Judgement.objects.get()
    other, _ = signed_in(project, Role.LEAD)
    path = f"/p/{project.slug}/my-work/{judgement.pk}/"
    assert other.get(path).status_code == 404
    assert other.post(path, answer(project, 1, 1)).status_code == 404
    client.post(path, answer(project, 1, 1))
    assert client.post(path, answer(project, 0, 1)).status_code == 404
    assert [judgement.levels for judgement in Judgement.objects.live()] == [[1, 1]]


@pytest.mark.parametrize("n_items", [3, 20])
def test_a_submit_costs_the_same_queries_however_long_the_queue_is(
    n_items: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    project, _ = project_with(n_items)
    judge_item(make_rater(project), make_items(project, 1)[0], (0, 0))  # the rubric is locked
    client, user = signed_in(project)
    client.get(address(project))
    turn = held(user)
    ahead = client.post(address(project, turn.pk, "ahead"), headers=JSON).json()["next"]["turn"]
    data = {**answer(project, 0, 1), "in_hand": str(ahead)}
    with django_assert_num_queries(7):
        body = client.post(address(project, turn.pk, "submit"), data, headers=JSON).json()
    assert (body["in_hand"]["turn"], body["next"]["turn"] not in (turn.pk, ahead)) == (ahead, True)


def test_what_is_kept_of_the_page_has_the_turn_the_token_and_the_keys_of_whoever_asks() -> None:
    project, _ = project_with(3)
    for key in "xy":
        client, user = signed_in(project)
        user.review_keys = {"skip": key}
        user.save()
        page = client.get(address(project)).text
        [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page[page.index('id="review"') :]))
        for door in ("submit", "skip", "flag"):
            assert f'action="{address(project, held(user).pk, door)}"' in page
        assert len(token) == 64
        assert f"Skip <kbd>{key.upper()}</kbd>" in page
