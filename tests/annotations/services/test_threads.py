"""Flags, comments and mentions, and who sees which of them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from annotations.choices import FlagReason, Purpose, Role, Visible
from annotations.errors import CommentError
from annotations.models import Comment, Flag, Item, Judgement, Membership, Mention, Project
from annotations.permissions import CAPABILITIES, Capability
from annotations.selectors.threads import (
    BLIND_ROLES,
    flags_in,
    may_talk_about,
    mentions_of,
    threads_on,
    visible_comments,
)
from annotations.services.projects import change_policy
from annotations.services.queue import claim_item, queue_items, submit_annotation
from annotations.services.raters import rater_of
from annotations.services.revisions import revise_annotation
from annotations.services.threads import (
    add_comment,
    flag_item,
    mentioned_names,
    reopen_thread,
    resolve_flag,
    resolve_thread,
    see_mentions,
)
from tests.factories import make_items, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


def scene(overlap: int = 3) -> tuple[Project, Item, dict[str, Membership]]:
    project = make_project(overlap=overlap)
    [item] = make_items(project, 1)
    queue_items(project=project)
    roles = {"ann": Role.ANNOTATOR, "bob": Role.ANNOTATOR, "adj": Role.ADJUDICATOR, "lea": Role.LEAD}
    for name, role in roles.items():
        make_member(project, role, f"{name}-{project.pk}")
    people = {one.user.username[:3]: one for one in project.memberships.select_related("user", "project")}
    return project, item, people


def answer(project: Project, member: Membership, levels: tuple[int, int] = (0, 0)) -> Judgement:
    turn = claim_item(project=project, rater=rater_of(project=project, user=member.user))
    assert turn is not None
    return submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=levels)


def seen_by(member: Membership) -> list[str]:
    return list(visible_comments(member).order_by("pk").values_list("text", flat=True))


# --- flags


def test_a_flag_stands_until_a_lead_resolves_it_and_a_person_has_one() -> None:
    project, item, people = scene()
    ann, lead = people["ann"].user, people["lea"].user
    flag = flag_item(item=item, user=ann, reason=FlagReason.BROKEN, note="no picture")
    assert flag_item(item=item, user=ann, reason=FlagReason.OTHER) == flag
    assert [(one.item, one.note) for one in flags_in(project, is_open=True)] == [(item, "no picture")]
    assert resolve_flag(flag=flag, by=lead)
    assert not resolve_flag(flag=flag, by=lead)
    assert list(flags_in(project, is_open=False)) == [flag]
    assert flag_item(item=item, user=ann, reason=FlagReason.UNSAFE) != flag
    assert Flag.objects.count() == 2


# --- comments


def test_a_thread_is_a_comment_and_its_answers_and_an_answer_opens_it_again() -> None:
    _, item, people = scene()
    adj, lead = people["adj"], people["lea"]
    first = add_comment(item=item, membership=adj, text="  The date is missing.  ")
    reply = add_comment(item=item, membership=lead, text="It is.", reply_to=first)
    deeper = add_comment(item=item, membership=adj, text="Then what?", reply_to=reply)
    assert (first.text, reply.reply_to, deeper.reply_to) == ("The date is missing.", first, first)
    assert (first.is_by_lead, reply.is_by_lead) == (False, True)
    [thread] = threads_on(item, lead)
    assert (thread.comment, thread.replies, thread.is_resolved) == (first, (reply, deeper), False)
    assert resolve_thread(thread=first, by=lead.user)
    assert not resolve_thread(thread=first, by=lead.user)
    assert not resolve_thread(thread=reply, by=lead.user)
    assert threads_on(item, lead)[0].is_resolved
    add_comment(item=item, membership=adj, text="One more thing.", reply_to=first)
    assert not threads_on(item, lead)[0].is_resolved
    assert not reopen_thread(thread=first)


def test_words_that_are_no_comment_are_refused() -> None:
    project, item, people = scene()
    [other] = make_items(project, 1)
    elsewhere = add_comment(item=other, membership=people["lea"], text="x")
    crowd = " ".join(f"@name{n}" for n in range(50))
    for text, reply_to in ((" ", None), ("x" * 5001, None), (crowd, None), ("x", elsewhere)):
        with pytest.raises(CommentError):
            add_comment(item=item, membership=people["lea"], text=text, reply_to=reply_to)
    assert Comment.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Comment.objects.filter(pk=elsewhere.pk).update(reply_to=elsewhere, resolved_at=elsewhere.created_at)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("see @ann, and @bob.", {"ann", "bob", "bob."}),
        ("(@a.b+c@d-e)", {"a.b+c@d-e"}),
        ("mail me at ann@example.org", set()),
        ("@@ann", {"@ann"}),  # a name may begin with the sign
        ("@", set()),
        ("@安娜 看", {"安娜"}),
    ],
)
def test_names_are_found_where_a_name_begins(text: str, names: set[str]) -> None:
    assert mentioned_names(text) == names


def test_members_are_told_and_nobody_else() -> None:
    project, item, people = scene()
    outsider = make_user()
    lead = people["lea"]
    names = [people["ann"].user.username, people["ann"].user.username, outsider.username, lead.user.username, "nobody"]
    comment = add_comment(item=item, membership=lead, text=" ".join(f"@{name}." for name in names))
    assert [mention.user for mention in comment.mentions.all()] == [people["ann"].user]
    [mention] = mentions_of(people["ann"])
    assert see_mentions(project=project, user=lead.user, mention_ids=[mention.pk]) == 0
    assert see_mentions(project=project, user=people["ann"].user, mention_ids=[mention.pk]) == 1
    assert Mention.objects.get().seen_at is not None


# --- blindness


def test_before_the_answer_an_annotator_sees_only_what_a_lead_wrote_to_them() -> None:
    project, item, people = scene()
    ann, bob, adj, lead = (people[name] for name in ("ann", "bob", "adj", "lea"))
    name = f"@{ann.user.username}"
    add_comment(item=item, membership=bob, text=f"{name} it is bad")
    add_comment(item=item, membership=adj, text=f"{name} is it not")
    add_comment(item=item, membership=lead, text="a lead to nobody")
    add_comment(item=item, membership=lead, text=f"{name} mind the date")
    assert seen_by(ann) == [f"{name} mind the date"]
    assert mentions_of(ann).count() == 1
    assert len(threads_on(item, ann)) == 1
    add_comment(item=item, membership=ann, text="my own")
    assert seen_by(ann) == [f"{name} mind the date", "my own"]
    answer(project, ann)
    assert seen_by(ann) == [f"{name} it is bad", f"{name} is it not", f"{name} mind the date", "my own"]
    assert mentions_of(ann).count() == 3


def test_after_the_answer_an_annotator_sees_whole_threads_that_they_take_part_in_and_no_other() -> None:
    project, item, people = scene()
    ann, bob, lead = people["ann"], people["bob"], people["lea"]
    of_bob = add_comment(item=item, membership=bob, text="of bob")
    own = add_comment(item=item, membership=ann, text="of ann")
    add_comment(item=item, membership=lead, text="to ann", reply_to=own)
    assert seen_by(ann) == ["of ann"]
    answer(project, ann)
    assert seen_by(ann) == ["of ann", "to ann"]
    add_comment(item=item, membership=lead, text=f"@{ann.user.username} what do you say", reply_to=of_bob)
    assert seen_by(ann) == ["of bob", "of ann", "to ann", f"@{ann.user.username} what do you say"]


def test_whoever_sees_judgements_sees_all_but_on_an_item_that_they_hold() -> None:
    project, item, people = scene()
    bob, adj = people["bob"], people["adj"]
    add_comment(item=item, membership=bob, text="of bob")
    assert seen_by(adj) == ["of bob"]
    turn = claim_item(project=project, rater=rater_of(project=project, user=adj.user))
    assert turn is not None
    assert seen_by(adj) == []
    submit_annotation(assignment=turn, rubric=project.current_rubric(), levels=(0, 0))
    assert seen_by(adj) == ["of bob"]


def test_comments_of_another_project_are_nowhere() -> None:
    _, item, people = scene()
    add_comment(item=item, membership=people["lea"], text="here")
    _, _, others = scene()
    assert all(seen_by(member) == [] for member in others.values())


def test_blind_roles_are_those_that_do_not_see_judgements() -> None:
    assert set(BLIND_ROLES) == {role for role in Role if Capability.VIEW_JUDGEMENTS not in CAPABILITIES[role]}


def test_an_annotator_may_write_where_they_had_a_turn() -> None:
    project, item, people = scene()
    assert not may_talk_about(item, people["ann"])
    assert may_talk_about(item, people["adj"])
    assert claim_item(project=project, rater=rater_of(project=project, user=people["ann"].user)) is not None
    assert may_talk_about(item, people["ann"])


def test_a_revision_after_others_wrote_to_the_annotator_stands_beside_the_first_answer() -> None:
    project, item, people = scene()
    ann = people["ann"]
    settings = project.current_policy().settings()
    assert change_policy(project=project, settings=settings).pk
    first = answer(project, ann)
    own = add_comment(item=item, membership=ann, text="hard")
    assert revise_annotation(judgement=first, levels=(0, 1)).purpose == Purpose.WORK
    add_comment(item=item, membership=people["lea"], text="I would fail it", reply_to=own)
    newest = Judgement.objects.live().get(rater=first.rater)
    second = revise_annotation(judgement=newest, levels=(1, 1))
    assert (second.purpose, second.visible) == (Purpose.SECOND, Visible.ASSISTED)
    assert Judgement.objects.live().get(rater=first.rater).levels == [0, 1]
