"""Flags on items, threads of comments, and who is mentioned in them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.choices import FlagReason, Role
from annotations.errors import CommentError
from annotations.models import Comment, Flag, Item, Membership, Mention, Project, User

LONGEST_COMMENT: Final = 5_000
MOST_MENTIONS: Final = 20
# User names may hold these signs, and a sentence may end right behind one.
MENTION: Final = re.compile(r"(?<![\w@.+-])@([\w.+@-]+)")
ENDS_OF_SENTENCES: Final = ".-+@"

FLAG_ITEMS: Final = """
INSERT INTO annotations_flag (item_id, project_id, user_id, reason, note, created_at)
SELECT id, project_id, %(user)s, %(reason)s, %(note)s, now() FROM annotations_item
WHERE project_id = %(project)s AND id = ANY(%(items)s::bigint[])
ORDER BY id
ON CONFLICT (item_id, user_id) WHERE resolved_at IS NULL DO NOTHING
"""


def flag_item(*, item: Item, user: User, reason: FlagReason, note: str = "") -> Flag:
    """Tell the leads that something is the matter with an item; one open flag a person, which a second call keeps."""
    try:
        with transaction.atomic():
            return Flag.objects.create(item=item, project_id=item.project_id, user=user, reason=reason, note=note)
    except IntegrityError as err:
        if "one_open_flag_per_item_and_user" not in str(err):
            raise
        return Flag.objects.get(item=item, user=user, resolved_at__isnull=True)


def flag_items(*, project: Project, item_ids: Collection[int], user: User, reason: FlagReason, note: str = "") -> int:
    """`flag_item` for many items at once, in one statement; those of other projects are left out.

    Returns: how many have a new flag; those on which the user had an open one keep it.
    """
    values: dict[str, int | str | list[int]] = {
        "project": project.pk, "items": list(item_ids), "user": user.pk, "reason": reason, "note": note
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FLAG_ITEMS, values)
        return int(cursor.rowcount)


def resolve_flag(*, flag: Flag, by: User) -> bool:
    """Whether an open flag is now resolved."""
    return bool(
        Flag.objects.filter(pk=flag.pk, resolved_at__isnull=True).update(resolved_at=timezone.now(), resolved_by=by)
    )


@transaction.atomic
def add_comment(*, item: Item, membership: Membership, text: str, reply_to: Comment | None = None) -> Comment:
    """Say something about an item, or answer in a thread, which opens it again if it was resolved.

    Members of the project who stand in the text as `@username` are told; other names are mere words.

    Raises: CommentError, if there is no text, it is too long, names too many, or answers a thread of another item.
    """
    text = text.strip()
    names = mentioned_names(text)
    _check(item, text, names, reply_to)
    thread = None if reply_to is None else (reply_to.reply_to or reply_to)
    comment = Comment.objects.create(
        item=item,
        project_id=item.project_id,
        author=membership.user,
        reply_to=thread,
        text=text,
        is_by_lead=membership.role == Role.LEAD,
    )
    if thread is not None:
        Comment.objects.filter(pk=thread.pk).update(resolved_at=None, resolved_by=None)
    members = Membership.objects.filter(project=item.project_id, user__username__in=names).exclude(user=membership.user)
    Mention.objects.bulk_create(
        Mention(comment=comment, user_id=user_id, project_id=item.project_id)
        for user_id in members.values_list("user_id", flat=True)
    )
    return comment


def resolve_thread(*, thread: Comment, by: User) -> bool:
    """Whether an open thread is now resolved."""
    open_thread = Comment.objects.filter(pk=thread.pk, reply_to__isnull=True, resolved_at__isnull=True)
    return bool(open_thread.update(resolved_at=timezone.now(), resolved_by=by))


def reopen_thread(*, thread: Comment) -> bool:
    """Whether a resolved thread is now open."""
    resolved = Comment.objects.filter(pk=thread.pk, resolved_at__isnull=False)
    return bool(resolved.update(resolved_at=None, resolved_by=None))


def see_mentions(*, project: Project, user: User, mention_ids: list[int]) -> int:
    """Note that the user has seen these mentions of theirs. Returns: how many were new."""
    unseen = Mention.objects.filter(project=project, user=user, pk__in=mention_ids, seen_at__isnull=True)
    return unseen.update(seen_at=timezone.now())


def mentioned_names(text: str) -> set[str]:
    """User names that may be meant, each as it stands and without the signs that end a sentence."""
    found = set(MENTION.findall(text))
    return found | {name.rstrip(ENDS_OF_SENTENCES) for name in found}


def _check(item: Item, text: str, names: set[str], reply_to: Comment | None) -> None:
    if not 0 < len(text) <= LONGEST_COMMENT:
        raise CommentError(
            _("expected a comment of 1 to %(most)d characters, got %(n)d") % {"most": LONGEST_COMMENT, "n": len(text)}
        )
    if len(names) > 2 * MOST_MENTIONS:
        raise CommentError(
            _("expected at most %(most)d people in a comment, got %(n)d") % {"most": MOST_MENTIONS, "n": len(names)}
        )
    if reply_to is not None and reply_to.item_id != item.pk:
        raise CommentError(_("expected an answer in a thread of this item"))
