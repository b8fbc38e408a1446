"""Flags, comments and mentions over the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.disputes import MOST_LISTED, RefusedSerializer
from annotations.choices import FlagReason
from annotations.errors import CommentError
from annotations.forms.review import LONGEST_NOTE
from annotations.models import Comment, Flag, Item, Membership
from annotations.permissions import Capability, member_with
from annotations.selectors.review import own_turn
from annotations.selectors.threads import flags_in, may_talk_about, mentions_of, visible_comments
from annotations.services.threads import (
    LONGEST_COMMENT,
    add_comment,
    flag_item,
    reopen_thread,
    resolve_flag,
    resolve_thread,
    see_mentions,
)


class FlagSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    item = serializers.IntegerField(source="item_id")
    external_id = serializers.CharField(source="item.external_id")
    reason = serializers.CharField()
    note = serializers.CharField()
    by = serializers.CharField(source="user.username")
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class NewFlagSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=[reason.value for reason in FlagReason])
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class FlaggedSerializer(serializers.Serializer[Any]):
    flag = serializers.IntegerField()


class CommentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    author = serializers.CharField(source="author.username")
    text = serializers.CharField()
    reply_to = serializers.IntegerField(source="reply_to_id", allow_null=True)
    created_at = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True)


class NewCommentSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST_COMMENT, help_text="@username tells a member.")
    reply_to = serializers.IntegerField(required=False, allow_null=True, default=None)


class ResolvedSerializer(serializers.Serializer[Any]):
    is_resolved = serializers.BooleanField()


class MentionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    item = serializers.IntegerField(source="comment.item_id")
    external_id = serializers.CharField(source="comment.item.external_id")
    comment = CommentSerializer()
    seen_at = serializers.DateTimeField(allow_null=True)


class SeenSerializer(serializers.Serializer[Any]):
    mentions = serializers.ListField(child=serializers.IntegerField(), max_length=MOST_LISTED)


class ChangedSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField(help_text="How many were changed now.")


class FlagsView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    @extend_schema(
        operation_id="list_flags",
        parameters=[OpenApiParameter("state", str, enum=["open", "resolved"], default="open")],
        responses=FlagSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Flagged items, the newest 1000."""
        is_open = request.query_params.get("state") != "resolved"
        return Response(
            FlagSerializer(flags_in(self.membership.project, is_open=is_open)[:MOST_LISTED], many=True).data
        )


class ResolveFlagView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    @extend_schema(operation_id="resolve_flag", request=None, responses=ChangedSerializer)
    def post(self, request: Request, slug: str, flag_id: int) -> Response:  # noqa: ARG002
        flag = Flag.objects.filter(project=self.membership.project, pk=flag_id).first()
        if flag is None:
            raise NotFound
        return Response({"n": int(resolve_flag(flag=flag, by=self.membership.user))})


class FlagItemView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(operation_id="flag_item", request=NewFlagSerializer, responses={201: FlaggedSerializer})
    def post(self, request: Request, slug: str, item_id: int) -> Response:  # noqa: ARG002
        """Tell the leads that something is the matter with an item; one open flag a person."""
        return _flag(request, self.membership, _item_or_404(self.membership, item_id))


class FlagTurnView(APIView):
    permission_classes = [member_with(Capability.REVIEW)]
    membership: Membership

    @extend_schema(operation_id="flag_turn", request=NewFlagSerializer, responses={201: FlaggedSerializer})
    def post(self, request: Request, slug: str, assignment_id: int) -> Response:  # noqa: ARG002
        """Flag the item of your own turn; the turn goes on."""
        membership = self.membership
        own = own_turn(project=membership.project, user=membership.user, assignment_id=assignment_id)
        if own is None:
            raise NotFound
        return _flag(request, membership, own.turn.item)


class CommentsView(APIView):
    permission_classes = [member_with(Capability.VIEW_PROJECT)]
    membership: Membership

    @extend_schema(operation_id="list_comments", responses=CommentSerializer(many=True))
    def get(self, request: Request, slug: str, item_id: int) -> Response:  # noqa: ARG002
        """Comments on an item that you may see: none of others before your answer, but a lead's to you."""
        item = self._item(item_id)
        found = visible_comments(self.membership).filter(item=item).select_related("author").order_by("pk")
        return Response(CommentSerializer(found, many=True).data)

    @extend_schema(
        operation_id="add_comment",
        request=NewCommentSerializer,
        responses={201: CommentSerializer, 422: RefusedSerializer},
    )
    def post(self, request: Request, slug: str, item_id: int) -> Response:  # noqa: ARG002
        item = self._item(item_id)
        form = NewCommentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        thread: Comment | None = None
        if form.validated_data["reply_to"] is not None:
            thread = visible_comments(self.membership).filter(pk=form.validated_data["reply_to"]).first()
            if thread is None:
                raise NotFound
        try:
            comment = add_comment(
                item=item, membership=self.membership, text=form.validated_data["text"], reply_to=thread
            )
        except CommentError as err:
            return Response({"code": err.code, "detail": str(err)}, status=status.HTTP_422_UNPROCESSABLE_ENTITY)
        return Response(CommentSerializer(comment).data, status=status.HTTP_201_CREATED)

    def _item(self, item_id: int) -> Item:
        item = _item_or_404(self.membership, item_id)
        if not may_talk_about(item, self.membership):
            raise NotFound
        return item


class ThreadView(APIView):
    permission_classes = [member_with(Capability.VIEW_PROJECT)]
    membership: Membership

    @extend_schema(operation_id="resolve_thread", request=ResolvedSerializer, responses=ChangedSerializer)
    def post(self, request: Request, slug: str, comment_id: int) -> Response:  # noqa: ARG002
        """Resolve a thread, or open it again."""
        thread = visible_comments(self.membership).filter(pk=comment_id).first()
        if thread is None:
            raise NotFound
        form = ResolvedSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        if form.validated_data["is_resolved"]:
            return Response({"n": int(resolve_thread(thread=thread, by=self.membership.user))})
        return Response({"n": int(reopen_thread(thread=thread))})


class MentionsView(APIView):
    permission_classes = [member_with(Capability.VIEW_PROJECT)]
    membership: Membership

    @extend_schema(operation_id="list_mentions", responses=MentionSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Comments that name you, the newest 1000."""
        return Response(MentionSerializer(mentions_of(self.membership)[:MOST_LISTED], many=True).data)

    @extend_schema(operation_id="see_mentions", request=SeenSerializer, responses={200: ChangedSerializer})
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Mark mentions of you as seen."""
        form = SeenSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        n = see_mentions(
            project=self.membership.project, user=self.membership.user, mention_ids=form.validated_data["mentions"]
        )
        return Response({"n": n})


def _item_or_404(membership: Membership, item_id: int) -> Item:
    item = Item.objects.filter(project=membership.project, pk=item_id).first()
    if item is None:
        raise NotFound
    return item


def _flag(request: Request, membership: Membership, item: Item) -> Response:
    form = NewFlagSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    flag = flag_item(
        item=item,
        user=membership.user,
        reason=FlagReason(form.validated_data["reason"]),
        note=form.validated_data["note"].strip(),
    )
    return Response({"flag": flag.pk}, status=status.HTTP_201_CREATED)
