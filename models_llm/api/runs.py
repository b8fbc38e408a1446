"""Runs over the API."""

from __future__ import annotations

import math
from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.choices import Outcome
from annotations.models import Membership, User
from annotations.permissions import Capability, member_with
from models_llm.api.refusals import refusals
from models_llm.choices import UNDER_WAY, RunState, Which
from models_llm.models import Run
from models_llm.selectors.flags import flag_counts
from models_llm.selectors.judges import versions_of
from models_llm.selectors.runs import last_retry, recent_runs, run_progress, runs_of
from models_llm.selectors.selection import N_TRIAL, Selection, count_selected, stored_selection
from models_llm.selectors.trials import forecast
from models_llm.selectors.unrated import unrated_verdicts
from models_llm.services.retrying import request_retry
from models_llm.services.runs import (
    CHANGES,
    UNRATED,
    Limits,
    count_rest,
    limits_of,
    run_rest,
    set_limits,
    start_run,
)


class NumberField(serializers.FloatField):
    """A number, or null where it is not defined."""

    def to_representation(self, value: float) -> Any:
        return None if math.isnan(value) else super().to_representation(value)


class LimitsSerializer(serializers.Serializer[Any]):
    priority = serializers.IntegerField(default=0, min_value=-100, max_value=100)
    most_tokens = serializers.IntegerField(default=None, allow_null=True, min_value=1)
    most_cost = serializers.FloatField(default=None, allow_null=True, min_value=0)
    most_gpu_s = serializers.FloatField(default=None, allow_null=True, min_value=0)


class RunSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="run.pk")
    judge = serializers.CharField(source="run.judge_version.rater.name")
    judge_version_id = serializers.IntegerField(source="run.judge_version_id")
    state = serializers.CharField(source="run.state")
    note = serializers.CharField(source="run.note", help_text="Why it stands still, where nobody paused it.")
    retry_at = serializers.DateTimeField(
        source="run.retry_at", allow_null=True, help_text="When it goes on by itself after an outage."
    )
    selection = serializers.JSONField(source="run.selection")
    seed = serializers.IntegerField(source="run.seed")
    priority = serializers.IntegerField(source="run.priority")
    most_tokens = serializers.IntegerField(source="run.most_tokens", allow_null=True)
    most_cost = serializers.FloatField(source="run.most_cost", allow_null=True)
    most_gpu_s = serializers.FloatField(source="run.most_gpu_s", allow_null=True)
    n_items = serializers.IntegerField(source="run.n_items", allow_null=True, help_text="Null until they are drawn.")
    outcomes = serializers.DictField(child=serializers.IntegerField(), help_text="Verdicts by outcome.")
    cost = serializers.FloatField(allow_null=True)
    created_at = serializers.DateTimeField(source="run.created_at")
    prepared_at = serializers.DateTimeField(
        source="run.prepared_at", allow_null=True, help_text="When its items were drawn and judging could begin."
    )
    finished_at = serializers.DateTimeField(source="run.finished_at", allow_null=True)


class MeteringSerializer(serializers.Serializer[Any]):
    n_verdicts = serializers.IntegerField()
    n_copied = serializers.IntegerField(help_text="Taken over from equal items, at no cost.")
    prompt_tokens = serializers.IntegerField(allow_null=True)
    cached_tokens = serializers.IntegerField(allow_null=True)
    cached_share = NumberField(allow_null=True)
    completion_tokens = serializers.IntegerField(allow_null=True)
    queue_s = serializers.FloatField()
    engine_s = serializers.FloatField()
    gpu_s = serializers.FloatField()
    cost = serializers.FloatField(allow_null=True)


class TotalSerializer(serializers.Serializer[Any]):
    expected = serializers.FloatField()
    low = NumberField(allow_null=True)
    high = NumberField(allow_null=True)


class ForecastSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField(help_text="Verdicts of the trial that this stands on.")
    n_rest = serializers.IntegerField()
    seconds = NumberField(allow_null=True, help_text="At the trial's rate.")
    tokens = TotalSerializer(allow_null=True)
    cost = TotalSerializer(allow_null=True)


class RetriedSerializer(serializers.Serializer[Any]):
    state = serializers.CharField(help_text="`waiting`, `running`, `ready` or `failed`.")
    outcomes = serializers.ListField(child=serializers.CharField())
    n_items = serializers.IntegerField(
        allow_null=True, help_text="How many are judged again; null until a worker has collected them."
    )
    error = serializers.CharField(help_text="Why nothing is judged again; empty otherwise.")
    created_at = serializers.DateTimeField()


class RunDetailSerializer(RunSerializer):
    n_prepared = serializers.IntegerField(help_text="Items that are drawn and in shards.")
    n_done = serializers.IntegerField()
    n_elsewhere = serializers.IntegerField(help_text="Items that another run of the version judged meanwhile.")
    rate = NumberField(allow_null=True, help_text="Items a second.")
    tokens_per_s = NumberField(allow_null=True)
    left_s = serializers.FloatField(allow_null=True, help_text="Seconds until it is done at this rate.")
    flags = serializers.DictField(
        child=serializers.IntegerField(), allow_null=True, help_text="Verdicts by flag; null while it runs."
    )
    metering = MeteringSerializer()
    retry = RetriedSerializer(allow_null=True, help_text="The last time that verdicts were to be made again.")
    forecast = ForecastSerializer(allow_null=True, help_text="Of a trial that has ended: what the rest would take.")


class SelectionSerializer(serializers.Serializer[Any]):
    judge_version_id = serializers.IntegerField()
    which = serializers.ChoiceField(
        choices=[which.value for which in Which],
        default=Which.MISSING.value,
        help_text="Items that the version has not judged, those whose verdict has no rating, or all.",
    )
    slices = serializers.DictField(child=serializers.CharField(), default=dict)
    batch_id = serializers.IntegerField(default=None, allow_null=True, help_text="Only items of this import.")
    round = serializers.IntegerField(default=None, allow_null=True, help_text="Only items of this round.")
    limit = serializers.IntegerField(default=None, allow_null=True, min_value=1, help_text="Drawn by the seed.")
    trial = serializers.BooleanField(default=False, help_text=f"Only {N_TRIAL} of them, to see what the rest takes.")

    def selection(self) -> Selection:
        said = self.validated_data
        return Selection(
            which=Which(said["which"]),
            slices=said["slices"],
            batch_id=said["batch_id"],
            round=said["round"],
            limit=said["limit"],
            is_trial=said["trial"],
        )


class NewRunSerializer(SelectionSerializer, LimitsSerializer):
    seed = serializers.IntegerField(default=0, min_value=0)


class CountSerializer(serializers.Serializer[Any]):
    n_items = serializers.IntegerField()


class RetrySerializer(serializers.Serializer[Any]):
    outcomes = serializers.ListField(
        child=serializers.ChoiceField(choices=[outcome.value for outcome in UNRATED]), default=[Outcome.FAILED.value]
    )
    item_ids = serializers.ListField(
        child=serializers.IntegerField(), default=None, allow_null=True, help_text="Only these of them."
    )


class UnratedSerializer(serializers.Serializer[Any]):
    judgement_id = serializers.IntegerField()
    item_id = serializers.IntegerField(source="judgement.item_id")
    external_id = serializers.CharField(source="judgement.item.external_id")
    outcome = serializers.CharField(source="judgement.outcome")
    error = serializers.CharField()
    calls = serializers.JSONField(help_text="Every question with the reply as it came.")
    created_at = serializers.DateTimeField(source="judgement.created_at")


class UnratedPageSerializer(serializers.Serializer[Any]):
    verdicts = UnratedSerializer(many=True)
    before = serializers.IntegerField(allow_null=True, help_text="Ask with this for the next page; null at the end.")


class UnratedQuerySerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in UNRATED], default=None, allow_null=True)
    before = serializers.IntegerField(default=None, allow_null=True)


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
        said = asked.validated_data
        version = get_object_or_404(versions_of(self.membership.project), pk=said["judge_version_id"])
        with refusals():
            run = start_run(
                version=version,
                selection=asked.selection(),
                limits=_limits(said),
                seed=said["seed"],
                user=cast("User", request.user),
            )
        return Response(_detail(run), status=status.HTTP_201_CREATED)


class RunCountView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="count_run", request=SelectionSerializer, responses=CountSerializer)
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """How many items a run would judge."""
        asked = SelectionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        versions = versions_of(self.membership.project)
        version = get_object_or_404(versions, pk=asked.validated_data["judge_version_id"])
        return Response({"n_items": count_selected(version, asked.selection())})


class RunDetailView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="read_run", responses=RunDetailSerializer)
    def get(self, request: Request, slug: str, run_id: int) -> Response:  # noqa: ARG002
        """How far a run is, what came of its items and what it used."""
        return Response(_detail(get_object_or_404(runs_of(self.membership.project), pk=run_id)))

    @extend_schema(operation_id="limit_run", request=LimitsSerializer, responses=RunDetailSerializer)
    def patch(self, request: Request, slug: str, run_id: int) -> Response:  # noqa: ARG002
        """Change the priority and the budgets; what is not named stays."""
        run = get_object_or_404(runs_of(self.membership.project), pk=run_id)
        asked = LimitsSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        now = LimitsSerializer(limits_of(run)).data
        set_limits(run=run, limits=_limits({**now, **asked.validated_data}))
        return Response(_detail(run))


class RunUnratedView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS)]
    membership: Membership

    @extend_schema(
        operation_id="list_unrated",
        parameters=[
            OpenApiParameter("outcome", str, enum=[outcome.value for outcome in UNRATED]),
            OpenApiParameter("before", int),
        ],
        responses=UnratedPageSerializer,
    )
    def get(self, request: Request, slug: str, run_id: int) -> Response:  # noqa: ARG002
        """The run's live verdicts without ratings, newest first, with the raw replies."""
        run = get_object_or_404(runs_of(self.membership.project), pk=run_id)
        asked = UnratedQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        outcome = asked.validated_data["outcome"]
        page = unrated_verdicts(
            run,
            viewer=cast("User", request.user),
            outcomes=[Outcome(outcome)] if outcome else (),
            before=asked.validated_data["before"],
        )
        return Response(UnratedPageSerializer(page).data)


class RunChangeView(APIView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.RUN_JUDGES)]
    membership: Membership

    @extend_schema(operation_id="change_run", request=RetrySerializer, responses=RunDetailSerializer)
    def post(self, request: Request, slug: str, run_id: int, action: str) -> Response:  # noqa: ARG002
        """`pause`, `resume`, `cancel`; `retry` the items with the given outcomes; or `continue` a trial with a run
        over the rest, which is what comes back then."""
        run = get_object_or_404(runs_of(self.membership.project), pk=run_id)
        with refusals(status.HTTP_409_CONFLICT):
            if action == "retry":
                asked = RetrySerializer(data=request.data)
                asked.is_valid(raise_exception=True)
                request_retry(
                    run=run,
                    user=cast("User", request.user),
                    outcomes=[Outcome(value) for value in asked.validated_data["outcomes"]],
                    item_ids=asked.validated_data["item_ids"],
                )
            elif action == "continue":
                run = run_rest(trial=run, user=cast("User", request.user))
            elif action in CHANGES:
                CHANGES[action](run=run)
            else:
                raise Http404
        return Response(_detail(run))


def _limits(said: dict[str, Any]) -> Limits:
    return Limits(said["priority"], said["most_tokens"], said["most_cost"], said["most_gpu_s"])


def _detail(run: Run) -> dict[str, Any]:
    progress = run_progress(run)
    is_over = progress.state is RunState.COMPLETE and stored_selection(run).is_trial
    return RunDetailSerializer(
        {
            "run": run,
            "outcomes": progress.outcomes,
            "cost": progress.metering.cost,
            "n_prepared": progress.n_prepared,
            "n_done": progress.n_done,
            "n_elsewhere": progress.n_elsewhere,
            "rate": progress.rate,
            "tokens_per_s": progress.tokens_per_s,
            "left_s": progress.left_s,
            "flags": None if progress.state in UNDER_WAY else flag_counts(run),
            "metering": progress.metering,
            "retry": last_retry(run),
            "forecast": forecast(run, progress, n_rest=count_rest(run)) if is_over else None,
        }
    ).data
