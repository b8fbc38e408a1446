"""Runs over the API."""

from __future__ import annotations

import math
from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.choices import Outcome
from annotations.models import Membership, User
from annotations.permissions import Capability, member_with
from models_llm.choices import RunState
from models_llm.errors import ModelsLLMError
from models_llm.models import Run
from models_llm.selectors.flags import flag_counts
from models_llm.selectors.judges import versions_of
from models_llm.selectors.runs import recent_runs, run_progress, runs_of
from models_llm.services.runs import CHANGES, UNRATED, Selection, retry_failed, start_run


class RunSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="run.pk")
    judge = serializers.CharField(source="run.judge_version.rater.name")
    judge_version_id = serializers.IntegerField(source="run.judge_version_id")
    state = serializers.CharField(source="run.state")
    selection = serializers.JSONField(source="run.selection")
    seed = serializers.IntegerField(source="run.seed")
    n_items = serializers.IntegerField(source="run.n_items")
    outcomes = serializers.DictField(child=serializers.IntegerField(), help_text="Verdicts by outcome.")
    created_at = serializers.DateTimeField(source="run.created_at")
    finished_at = serializers.DateTimeField(source="run.finished_at", allow_null=True)


class RunDetailSerializer(RunSerializer):
    n_done = serializers.IntegerField()
    n_elsewhere = serializers.IntegerField(help_text="Items that another run of the version judged meanwhile.")
    rate = serializers.FloatField(allow_null=True, help_text="Items a second.")
    left_s = serializers.FloatField(allow_null=True, help_text="Seconds until it is done at this rate.")
    flags = serializers.DictField(
        child=serializers.IntegerField(), allow_null=True, help_text="Verdicts by flag; null while it runs."
    )


class NewRunSerializer(serializers.Serializer[Any]):
    judge_version_id = serializers.IntegerField()
    only_missing = serializers.BooleanField(default=True, help_text="Leave out items the version has judged.")
    slices = serializers.DictField(child=serializers.CharField(), default=dict)
    limit = serializers.IntegerField(required=False, allow_null=True, min_value=1, default=None)
    seed = serializers.IntegerField(default=0, min_value=0)


class RetrySerializer(serializers.Serializer[Any]):
    outcomes = serializers.ListField(
        child=serializers.ChoiceField(choices=[outcome.value for outcome in UNRATED]), default=[Outcome.FAILED.value]
    )


class RunListView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="list_runs", responses=RunSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """The newest runs."""
        return Response(RunSerializer(recent_runs(self.membership.project), many=True).data)

    @extend_schema(operation_id="start_run", request=NewRunSerializer, responses={201: RunDetailSerializer})
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Start a judge version over items."""
        asked = NewRunSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        fields = asked.validated_data
        version = get_object_or_404(versions_of(self.membership.project), pk=fields["judge_version_id"])
        selection = Selection(only_missing=fields["only_missing"], slices=fields["slices"], limit=fields["limit"])
        try:
            run = start_run(version=version, selection=selection, seed=fields["seed"], user=cast("User", request.user))
        except ModelsLLMError as err:
            return Response({"code": err.code, "detail": str(err)}, status=status.HTTP_400_BAD_REQUEST)
        return Response(_detail(run), status=status.HTTP_201_CREATED)


class RunDetailView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(operation_id="read_run", responses=RunDetailSerializer)
    def get(self, request: Request, slug: str, run_id: int) -> Response:  # noqa: ARG002
        """How far a run is and what came of its items."""
        return Response(_detail(get_object_or_404(runs_of(self.membership.project), pk=run_id)))


class RunChangeView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="change_run", request=RetrySerializer, responses=RunDetailSerializer)
    def post(self, request: Request, slug: str, run_id: int, action: str) -> Response:  # noqa: ARG002
        """`pause`, `resume`, `cancel`, or `retry` the items with the given outcomes."""
        run = get_object_or_404(runs_of(self.membership.project), pk=run_id)
        try:
            if action == "retry":
                asked = RetrySerializer(data=request.data)
                asked.is_valid(raise_exception=True)
                retry_failed(run=run, outcomes=[Outcome(value) for value in asked.validated_data["outcomes"]])
            elif action in CHANGES:
                CHANGES[action](run=run)
            else:
                raise Http404
        except ModelsLLMError as err:
            return Response({"code": err.code, "detail": str(err)}, status=status.HTTP_409_CONFLICT)
        return Response(_detail(run))


def _detail(run: Run) -> dict[str, Any]:
    progress = run_progress(run)
    return RunDetailSerializer(
        {
            "run": run,
            "outcomes": progress.outcomes,
            "n_done": progress.n_done,
            "n_elsewhere": progress.n_elsewhere,
            "rate": None if math.isnan(progress.rate) else progress.rate,
            "left_s": progress.left_s,
            "flags": None if progress.state is RunState.RUNNING else flag_counts(run),
        }
    ).data
