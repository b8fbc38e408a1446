"""Saved views over the API."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.refusals import RefusalSerializer, refusal
from annotations.errors import SavedViewError
from annotations.forms.items import ItemFilterForm
from annotations.models import Membership, SavedView
from annotations.permissions import Capability, member_with
from annotations.selectors.saved_views import own_views, views_for
from annotations.services.saved_views import change_view, delete_view, save_view


class SavedViewSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    query = serializers.CharField(allow_blank=True, help_text="The query of the list, as in `queue=open&gold=no`.")
    is_shared = serializers.BooleanField(default=False)
    owner = serializers.CharField(read_only=True, source="owner.username")
    created_at = serializers.DateTimeField(read_only=True)


class ChangedViewSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80, required=False)
    is_shared = serializers.BooleanField(required=False)


class SavedViewsView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(operation_id="list_saved_views", responses=SavedViewSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Your views, and those that others share."""
        views = views_for(self.membership.project, self.membership.user)
        return Response(SavedViewSerializer(views, many=True).data)

    @extend_schema(
        operation_id="save_view",
        request=SavedViewSerializer,
        responses={201: SavedViewSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Keep a filter under a name; what the list does not know is left out of it."""
        given = SavedViewSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        project = self.membership.project
        query = ItemFilterForm(QueryDict(given.validated_data["query"]), project=project).query
        try:
            view = save_view(
                project=project,
                owner=self.membership.user,
                name=given.validated_data["name"],
                query=query,
                is_shared=given.validated_data["is_shared"],
            )
        except SavedViewError as err:
            return refusal(err, status.HTTP_422_UNPROCESSABLE_ENTITY)
        return Response(SavedViewSerializer(view).data, status=status.HTTP_201_CREATED)


class SavedViewView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(
        operation_id="change_view",
        request=ChangedViewSerializer,
        responses={200: SavedViewSerializer, 422: RefusalSerializer},
    )
    def patch(self, request: Request, slug: str, view_id: int) -> Response:  # noqa: ARG002
        """Rename a view of yours, or share it."""
        view = self._own(view_id)
        given = ChangedViewSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            change_view(view=view, **given.validated_data)
        except SavedViewError as err:
            return refusal(err, status.HTTP_422_UNPROCESSABLE_ENTITY)
        return Response(SavedViewSerializer(view).data)

    @extend_schema(operation_id="delete_view", responses={204: None})
    def delete(self, request: Request, slug: str, view_id: int) -> Response:  # noqa: ARG002
        """Delete a view of yours."""
        delete_view(view=self._own(view_id))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _own(self, view_id: int) -> SavedView:
        return get_object_or_404(own_views(self.membership.project, self.membership.user), pk=view_id)
