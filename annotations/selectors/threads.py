"""Comments, mentions and flags as one member may see them.

Whoever has not answered an item sees no comment of others on it, unless a lead wrote it to them. After the answer an
annotator sees the threads that they take part in; whoever sees judgements sees all, but on an item that they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from annotations.choices import AssignmentStatus, Role
from annotations.models import Assignment, Comment, Flag, Item, Judgement, Membership, Mention, Project

BLIND_ROLES = (Role.ANNOTATOR,)
"""Roles that never see what others said by themselves."""


@dataclass(frozen=True)
class Thread:
    """A comment that began a thread, and the answers to it that the viewer may see."""

    comment: Comment
    replies: tuple[Comment, ...]

    @property
    def is_resolved(self) -> bool:
        return self.comment.resolved_at is not None


def visible_comments(membership: Membership) -> QuerySet[Comment]:
    """Comments of the project that this member may see."""
    user = membership.user
    own = Q(author=user)
    told = Q(Exists(Mention.objects.filter(comment=OuterRef("pk"), user=user)), is_by_lead=True)
    comments = Comment.objects.filter(project=membership.project_id)
    item = OuterRef("item")
    if membership.role not in BLIND_ROLES:
        held = Assignment.objects.filter(item=item, rater__user=user, status=AssignmentStatus.LEASED)
        return comments.filter(own | told | ~Exists(held))
    answered = Judgement.objects.filter(item=item, rater__user=user)
    of_thread = Comment.objects.annotate(began=Coalesce("reply_to", "pk")).filter(began=OuterRef("began"))
    takes_part = Q(Exists(of_thread.filter(author=user))) | Q(Exists(of_thread.filter(mentions__user=user)))
    return comments.annotate(began=Coalesce("reply_to", "pk")).filter(own | told | (Q(Exists(answered)) & takes_part))


def threads_on(item: Item, membership: Membership) -> list[Thread]:
    """Threads on an item, oldest first, as far as the member may see them; one query."""
    rows = list(visible_comments(membership).filter(item=item).select_related("author", "resolved_by").order_by("pk"))
    replies: dict[int, list[Comment]] = {}
    for row in rows:
        if row.reply_to_id is not None:
            replies.setdefault(row.reply_to_id, []).append(row)
    began = [row for row in rows if row.reply_to_id is None]
    # An answer whose beginning is not for this member stands by itself.
    alone = [row for row in rows if row.reply_to_id is not None and row.reply_to_id not in {c.pk for c in began}]
    return [Thread(row, tuple(replies.get(row.pk, ()))) for row in began] + [Thread(row, ()) for row in alone]


def mentions_of(membership: Membership) -> QuerySet[Mention]:
    """Mentions of the member in the project, newest first, that they may see."""
    return (
        Mention.objects.filter(user=membership.user, project=membership.project_id)
        .filter(comment__in=visible_comments(membership).values("pk"))
        .select_related("comment__author", "comment__item")
        .order_by("-pk")
    )


def was_told_by_others(judgement: Judgement) -> bool:
    """Whether the annotator may have read what somebody else wrote of the item after they had answered."""
    rater = judgement.rater
    members = Membership.objects.select_related("user").filter(project=rater.project_id, user__isnull=False)
    membership = members.filter(user=rater.user_id).first()
    if membership is None:
        return False
    return visible_comments(membership).filter(item=judgement.item_id).exclude(author=membership.user).exists()


def may_talk_about(item: Item, membership: Membership) -> bool:
    """Whether the member may write on the item: an annotator only where they had a turn, or were told of it."""
    if membership.role not in BLIND_ROLES:
        return True
    turns = Assignment.objects.filter(item=item, rater__user=membership.user)
    return turns.exists() or visible_comments(membership).filter(item=item).exists()


def flags_in(project: Project, *, is_open: bool) -> QuerySet[Flag]:
    """Flags of the project, newest first: those that are open, or those that were resolved."""
    flags = Flag.objects.filter(project=project, resolved_at__isnull=is_open)
    return flags.select_related("item", "user", "resolved_by").order_by("-pk")


def open_flags_of(membership: Membership, item_ids: Iterable[int]) -> set[int]:
    """Which of the items the member has an open flag on."""
    flags = Flag.objects.filter(user=membership.user, item__in=list(item_ids), resolved_at__isnull=True)
    return set(flags.values_list("item_id", flat=True))
