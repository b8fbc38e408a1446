"""Projects over the API."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.models import Membership, User
from annotations.permissions import Capability, member_with
from annotations.rubrics import RubricSpec
from annotations.selectors.projects import project_lines


class ProjectSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    is_simulated = serializers.BooleanField()
    role = serializers.CharField(help_text="What you are in this project.")
    n_items = serializers.IntegerField()
    n_open = serializers.IntegerField(help_text="Items with a free place in the queue.")


class LevelSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field called like an attribute of fields
    value = serializers.FloatField(allow_null=True)
    passes = serializers.BooleanField(allow_null=True)
    description = serializers.CharField()


class CriterionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    scale = serializers.CharField()
    definition = serializers.CharField()
    levels = LevelSerializer(many=True)


class RubricSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    name = serializers.CharField()
    digest = serializers.CharField()
    criteria = CriterionSerializer(many=True)


class ProjectDetailSerializer(ProjectSerializer):
    description = serializers.CharField()
    n_members = serializers.IntegerField()
    rubric = RubricSerializer()


class ProjectListView(APIView):
    @extend_schema(operation_id="list_projects", responses=ProjectSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Projects you are a member of."""
        lines = project_lines(cast("User", request.user))
        return Response(
            [
                {
                    "slug": line.project.slug,
                    "name": line.project.name,
                    "kind": line.project.kind,
                    "is_simulated": line.project.is_simulated,
                    "role": line.role,
                    "n_items": line.n_items,
                    "n_open": line.n_open,
                }
                for line in lines
            ]
        )


class ProjectDetailView(APIView):
    permission_classes = [member_with(Capability.VIEW_PROJECT)]
    membership: Membership

    @extend_schema(operation_id="read_project", tags=["projects"], responses=ProjectDetailSerializer)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """One project with its current rubric."""
        project = self.membership.project
        [line] = project_lines(cast("User", request.user), project=project)
        rubric = project.current_rubric()
        spec: RubricSpec = rubric.spec()
        row = {
            "slug": project.slug,
            "name": project.name,
            "kind": project.kind,
            "is_simulated": project.is_simulated,
            "description": project.description,
            "role": self.membership.role,
            "n_items": line.n_items,
            "n_open": line.n_open,
            "n_members": line.n_members,
            "rubric": {
                "version": rubric.version,
                "name": spec.name,
                "digest": spec.digest,
                "criteria": spec.criteria,
            },
        }
        return Response(ProjectDetailSerializer(row).data)
