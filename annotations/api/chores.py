"""Changes to many items and draws over the API: asked for at their own addresses, followed here."""

from __future__ import annotations

from typing import Any, Final

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.stored_draws import StoredDrawSerializer
from annotations.choices import ChoreStep
from annotations.models import Chore, Membership
from annotations.permissions import Capability, member_with
from annotations.selectors.chores import chores_of
from annotations.services.bulk import ACTIONS
from annotations.services.chores import cancel_chore

CHORES_LISTED: Final = 100


class ChoreSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    poll = serializers.SerializerMethodField(help_text="Address that says how far it is.")
    url = serializers.SerializerMethodField(help_text="Its page.")
    action = serializers.ChoiceField(choices=[*ACTIONS, "draw"])
    state = serializers.CharField(
        help_text="`waiting` and `running` change by themselves; `ready`, `failed` and `cancelled` do not."
    )
    step = serializers.ChoiceField(
        choices=["", *(step.value for step in ChoreStep)], help_text="What a worker is at in the middle of a draw."
    )
    error = serializers.CharField(help_text="Why it failed; empty if it did not.")
    n_found = serializers.IntegerField(help_text="Items found so far, while a worker chooses them.")
    n_chosen = serializers.IntegerField(allow_null=True, help_text="Items that were chosen; null until they are.")
    n_items = serializers.IntegerField(
        allow_null=True,
        help_text="Of these, the ones that the action fitted; of a draw, those drawn; null until it is known.",
    )
    n_done = serializers.IntegerField(help_text="Items that were seen to.")
    n_changed = serializers.IntegerField(help_text="Items that were changed, or are new in the queue.")
    draw = StoredDrawSerializer(allow_null=True)
    created_by = serializers.CharField(source="created_by.name", default=None, allow_null=True)
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_poll(self, chore: Chore) -> str:
        return reverse("annotations:api-chore", args=[chore.project.slug, chore.pk])

    def get_url(self, chore: Chore) -> str:
        return reverse("annotations:chore", args=[chore.project.slug, chore.pk])


class _ManagerView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    def found(self, chore_id: int) -> Chore:
        return get_object_or_404(chores_of(self.membership.project), pk=chore_id)


class ChoresView(_ManagerView):
    @extend_schema(operation_id="list_chores", responses=ChoreSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Changes to many items and draws that were asked for, the newest first, 100 at most."""
        return Response(ChoreSerializer(chores_of(self.membership.project)[:CHORES_LISTED], many=True).data)


class ChoreView(_ManagerView):
    @extend_schema(operation_id="read_chore", responses=ChoreSerializer)
    def get(self, request: Request, slug: str, chore_id: int) -> Response:  # noqa: ARG002
        """How far a change to many items, or a draw, is, and what came of it."""
        return Response(chore_answer(self.found(chore_id)))


class CancelChoreView(_ManagerView):
    @extend_schema(operation_id="cancel_chore", request=None, responses=ChoreSerializer)
    def post(self, request: Request, slug: str, chore_id: int) -> Response:  # noqa: ARG002
        """End it. What it has changed stays so; a draw puts nothing into the queue. A finished one stays as it is."""
        cancel_chore(chore=self.found(chore_id))
        return Response(chore_answer(self.found(chore_id)))


def chore_answer(chore: Chore) -> dict[str, Any]:
    return dict(ChoreSerializer(chore).data)
