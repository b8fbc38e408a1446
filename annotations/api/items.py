"""Items over the API: found as on the page, exported, changed many at a time."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, QueryDict, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.chores import ChoreSerializer
from annotations.api.imports import ItemsView
from annotations.api.named_people import raters_of
from annotations.api.refusals import RefusalSerializer, refusal
from annotations.api.threads import NewFlagSerializer
from annotations.choices import FlagReason, GoldUse
from annotations.errors import BulkActionError, DrawError, GoldError, ReservationError
from annotations.forms.item_actions import MOST_TICKED
from annotations.forms.items import ItemFilterForm
from annotations.models import Chore, Membership, Rater
from annotations.permissions import Capability, member_with
from annotations.selectors.item_export import csv_of, export_rows, json_lines_of
from annotations.selectors.item_filters import ItemFilter, count_items
from annotations.selectors.items import ItemLine, item_page, not_held_by, visible_items
from annotations.services.bulk import ACTIONS, Action, BulkValues, Need, plan_action
from annotations.services.chores import ask_action

FILTERS: Final = [
    OpenApiParameter("text", str, description="An id as a whole, or words in an id, a candidate or the context."),
    OpenApiParameter("slice", str, many=True, description="NAME=VALUE; values of one name are alternatives."),
    OpenApiParameter("queue", str, enum=["open", "leased", "done", "skipped", "stuck", "full", "none"]),
    OpenApiParameter("batch", int),
    OpenApiParameter("people", str, enum=["yes", "no"], description="Whether a person has judged it."),
    OpenApiParameter("answered_by", int, description="Id of a person's rater."),
    OpenApiParameter("people_differ", str, enum=["yes", "no"]),
    OpenApiParameter("verdict_by", int, description="Id of a judge's rater."),
    OpenApiParameter(
        "outcome", str, enum=["pass", "fail", "none", "rated", "unparsed", "refused", "truncated", "failed"]
    ),
    OpenApiParameter("judge_differs", str, enum=["yes", "no"]),
    OpenApiParameter("gold", str, enum=["yes", "no"]),
    OpenApiParameter("gold_use", str, enum=[use.value for use in GoldUse], description="Under the current rubric."),
    OpenApiParameter("flagged", str, enum=["yes", "no"], description="Whether somebody has an open flag on it."),
    OpenApiParameter("reserved_for", int, description="Id of a rater, or 0 for anybody."),
    OpenApiParameter("urgent", str, enum=["yes", "no"]),
    OpenApiParameter("skill", str),
    OpenApiParameter("first", int, description="First place in the queue."),
    OpenApiParameter("last", int, description="Last place in the queue."),
]


class TallySerializer(serializers.Serializer[Any]):
    n_pass = serializers.IntegerField()
    n_fail = serializers.IntegerField()
    n_rated = serializers.IntegerField(help_text="Rated, and neither pass nor fail.")
    unrated = serializers.DictField(child=serializers.IntegerField(), help_text="By outcome.")


class QueueLineSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    place = serializers.IntegerField(source="queued.position")
    overlap = serializers.IntegerField(source="queued.overlap")
    urgency = serializers.IntegerField(source="queued.urgency")
    skill = serializers.CharField(source="queued.skill")
    draw = serializers.IntegerField(
        source="queued.draw_id", allow_null=True, help_text="The draw that brought it here."
    )
    probability = serializers.FloatField(source="queued.probability", help_text="Of being selected by that draw.")
    n_held = serializers.IntegerField()
    n_done = serializers.IntegerField()
    reserved_for = serializers.ListField(child=serializers.CharField())


class ItemLineSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField()
    batch = serializers.IntegerField()
    slices = serializers.JSONField()
    queue = QueueLineSerializer(allow_null=True)
    people = TallySerializer(allow_null=True, help_text="Empty while you hold the item for review.")
    judges = TallySerializer(allow_null=True, help_text="Empty while you hold the item for review.")


class ItemListSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    is_exact = serializers.BooleanField(help_text="Whether `count` was counted, or is what the database expects.")
    items = ItemLineSerializer(many=True)
    before = serializers.CharField(help_text="Place to go back from; empty on the first page.")
    after = serializers.CharField(help_text="Place to go on from; empty on the last page.")


class ActionSerializer(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=[action.value for action in Action])
    items = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), required=False, max_length=MOST_TICKED,
        help_text="Ids of items; or give `filter`.",
    )  # fmt: skip
    filter = serializers.CharField(
        required=False, allow_blank=True,
        help_text="The query of the list, as in `queue=open&slice=language%3Den`; empty for all items.",
    )  # fmt: skip
    people = serializers.ListField(
        child=serializers.CharField(), required=False, default=list, help_text="User names, for `reserve`."
    )
    split = serializers.BooleanField(default=False, help_text="Each item for one of them in turn, and not for all.")
    skill = serializers.CharField(required=False, default="", allow_blank=True, max_length=120)
    flag = NewFlagSerializer(required=False, help_text="For `flag`.")
    use = serializers.ChoiceField(choices=list(GoldUse), required=False, help_text="For `gold`.")
    n_agreed = serializers.IntegerField(
        required=False, default=None, allow_null=True, min_value=0,
        help_text="Refuse with 409 if other than so many items would change. Of many, the chore fails if more would.",
    )  # fmt: skip
    dry_run = serializers.BooleanField(default=False, help_text="Only count.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("items" in attrs) == ("filter" in attrs):
            raise serializers.ValidationError("expected either items or filter")
        needs = () if attrs["dry_run"] else ACTIONS[attrs["action"]].needs
        for need, name in ((Need.FLAG, "flag"), (Need.GOLD_USE, "use")):
            if need in needs and name not in attrs:
                raise serializers.ValidationError({name: f"expected it with the action {attrs['action']}"})
        return attrs


class ActedSerializer(serializers.Serializer[Any]):
    n_chosen = serializers.IntegerField(allow_null=True, help_text="Null until a worker has chosen them.")
    n_changed = serializers.IntegerField(help_text="So far; with `dry_run`, how many would change.")
    n_left_out = serializers.IntegerField(allow_null=True)
    chore = ChoreSerializer(allow_null=True, help_text="What does it, to be followed; null with `dry_run`.")


class ProjectItemsView(ItemsView):
    permission_classes = [member_with(Capability.VIEW_JUDGEMENTS, Capability.IMPORT)]

    @extend_schema(
        operation_id="list_items",
        parameters=[
            *FILTERS,
            OpenApiParameter("sort", str, enum=["id", "-id", "place", "-place"]),
            OpenApiParameter("after", str, description="As it came with the page before."),
            OpenApiParameter("before", str, description="As it came with the page after."),
        ],
        responses=ItemListSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """A page of items that fit all of the filters; every page costs the same."""
        project, user = self.membership.project, self.membership.user
        form = ItemFilterForm(_query(request), project=project)
        found = visible_items(project, form.wanted(), user)
        page = item_page(
            found,
            viewer=user,
            sort=form.order,
            after=form.cleaned_data.get("after", ""),
            before=form.cleaned_data.get("before", ""),
        )
        count = count_items(found)
        body = {
            "count": count.n,
            "is_exact": count.is_exact,
            "items": [_line(line) for line in page.lines],
            "before": page.before,
            "after": page.after,
        }
        return Response(ItemListSerializer(body).data)


class ExportItemsView(APIView):
    permission_classes = [member_with(Capability.EXPORT)]
    membership: Membership

    @extend_schema(
        operation_id="export_items",
        parameters=[*FILTERS, OpenApiParameter("shape", str, OpenApiParameter.PATH, enum=["csv", "jsonl"])],
        responses={(200, "application/x-ndjson"): OpenApiTypes.STR, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request, slug: str, shape: str) -> StreamingHttpResponse:  # noqa: ARG002
        """Items that fit with all that was said of them, a row an item and judgement, as a stream."""
        project, user = self.membership.project, self.membership.user
        wanted = ItemFilterForm(_query(request), project=project).wanted()
        rows = export_rows(not_held_by(user, visible_items(project, wanted, user)))
        if shape == "csv":
            return StreamingHttpResponse(csv_of(project, rows), content_type="text/csv; charset=utf-8")
        if shape == "jsonl":
            return StreamingHttpResponse(json_lines_of(rows), content_type="application/x-ndjson")
        raise Http404


class ActView(APIView):
    permission_classes = [member_with(Capability.MANAGE_PROJECT)]
    membership: Membership

    @extend_schema(
        operation_id="act_on_items",
        request=ActionSerializer,
        responses={200: ActedSerializer, 202: ActedSerializer, 409: RefusalSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Do one thing with many items, or count what it would change.

        Few items are done at once: 200. A worker does what is about many: 202, and `chore.poll` says how far it is. It
        takes the items that fit as it begins, of those that were there when they were asked for.
        """
        given = ActionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked, project, user = given.validated_data, self.membership.project, self.membership.user
        if "filter" in asked:
            wanted = ItemFilterForm(QueryDict(asked["filter"]), project=project).wanted()
        else:
            wanted = ItemFilter(ids=tuple(asked["items"]))
        if asked["dry_run"]:
            items = visible_items(project, wanted, user)
            plan = plan_action(action=asked["action"], project=project, items=items)
            return _acted(plan.n_chosen, plan.n_fitting)
        try:
            raters = raters_of(project, asked["people"]) if Need.PEOPLE in ACTIONS[asked["action"]].needs else ()
            chore = ask_action(
                action=asked["action"],
                project=project,
                wanted=wanted,
                user=user,
                values=_values(asked, tuple(raters)),
                n_agreed=asked["n_agreed"],
                query=asked.get("filter", ""),
            )
        except (DrawError, GoldError, ReservationError) as err:
            return refusal(err, status.HTTP_422_UNPROCESSABLE_ENTITY)
        except BulkActionError as err:
            return refusal(err, status.HTTP_409_CONFLICT)
        done = status.HTTP_202_ACCEPTED if chore.is_unfinished else status.HTTP_200_OK
        return _acted(chore.n_chosen, chore.n_changed, chore, status_code=done)


def _values(asked: dict[str, Any], raters: tuple[Rater, ...]) -> BulkValues:
    flag = asked.get("flag", {})
    return BulkValues(
        raters=raters,
        is_split=asked["split"],
        skill=asked["skill"].strip(),
        reason=FlagReason(flag["reason"]) if flag else None,
        note=flag.get("note", "").strip(),
        use=GoldUse(asked["use"]) if "use" in asked else None,
    )


def _query(request: Request) -> QueryDict:
    return request.query_params


def _line(line: ItemLine) -> dict[str, Any]:
    return {
        "id": line.item.pk,
        "external_id": line.item.external_id,
        "batch": line.item.batch_id,
        "slices": line.item.slices,
        "queue": line.queue,
        "people": line.people and {**vars(line.people), "unrated": dict(line.people.unrated)},
        "judges": line.judges and {**vars(line.judges), "unrated": dict(line.judges.unrated)},
    }


def _acted(
    n_chosen: int | None, n_changed: int, chore: Chore | None = None, *, status_code: int = status.HTTP_200_OK
) -> Response:
    n_left_out = None if n_chosen is None else n_chosen - n_changed
    body = {"n_chosen": n_chosen, "n_changed": n_changed, "n_left_out": n_left_out, "chore": chore}
    return Response(ActedSerializer(body).data, status=status_code)
