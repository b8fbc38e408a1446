"""Reviewing over the API: the same turns, leases and blindness as on the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.api.answers import LevelsSerializer, levels_of
from annotations.api.projects import RubricSerializer
from annotations.api.refusals import RefusalSerializer, refusal
from annotations.choices import Mode
from annotations.errors import (
    AlreadyJudgedError,
    AnnotationsError,
    HighlightError,
    IncompleteAnnotationError,
    LeaseLostError,
    RationaleMissingError,
    RubricError,
    SkipRefusedError,
)
from annotations.forms.review import LONGEST_NOTE, SKIP_REASONS
from annotations.models import Assignment, Judgement, Membership, Project, Rater
from annotations.permissions import Capability, member_with
from annotations.rubrics import RubricSpec
from annotations.selectors.finished import FinishedItem, JudgeSaid, finished_turn, shown_ranking, shown_verdict
from annotations.selectors.progress import progress_of, recent_progress
from annotations.selectors.rankings import LETTERS, group_name, ranked_items, turn_of_ranking
from annotations.selectors.review import own_turn, own_work, why_nothing_left
from annotations.services.guidelines import confirm_guideline
from annotations.services.queue import go_on, skip_item, submit_answer
from annotations.services.raters import rater_of
from annotations.services.revisions import keep_annotation, revise_answer


class ItemToReviewSerializer(serializers.Serializer[Any]):
    external_id = serializers.CharField()
    context = serializers.JSONField()  # type: ignore[assignment]  # a field called like an attribute of fields
    candidates = serializers.JSONField()


class ShownVerdictSerializer(serializers.Serializer[Any]):
    judge = serializers.CharField()
    rationale = serializers.CharField()
    levels = serializers.DictField(child=serializers.CharField(), help_text="Label by criterion name, or by letter.")


class TurnSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Of the assignment; submit or skip with it.")
    mode = serializers.ChoiceField(
        choices=["blind", "assist"], help_text="Assist: a verdict is shown, which may be wrong; it is not measured."
    )
    verdict = ShownVerdictSerializer(allow_null=True, help_text="Shown before the answer, in the mode that does.")
    is_swapped = serializers.BooleanField(
        help_text="Show the second candidate of a pair first. Levels are in the item's own order all the same."
    )
    may_skip = serializers.BooleanField()
    lease_expires_at = serializers.DateTimeField()
    item = ItemToReviewSerializer()
    rubric = RubricSerializer()
    is_ranking = serializers.BooleanField(
        help_text="The candidates are those of a group, A the first; answer with the places of all of them."
    )


class NextSerializer(serializers.Serializer[Any]):
    assignment = TurnSerializer(allow_null=True)
    why = serializers.CharField(allow_null=True, help_text="Why there is no item now.")


class InHandSerializer(serializers.Serializer[Any]):
    in_hand = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        help_text="A turn that you are at: its lease begins anew, and you get one more beside it.",
    )


class AnswerSerializer(InHandSerializer, LevelsSerializer):
    pass


class SkipSerializer(InHandSerializer):
    reason = serializers.ChoiceField(choices=list(SKIP_REASONS))
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class VerdictSerializer(serializers.Serializer[Any]):
    judge = serializers.CharField()
    rationale = serializers.CharField()
    differs_on = serializers.ListField(child=serializers.CharField())


class KnownSerializer(serializers.Serializer[Any]):
    differs_on = serializers.ListField(child=serializers.CharField())
    explanation = serializers.CharField()


class SubmittedSerializer(serializers.Serializer[Any]):
    judgement = serializers.IntegerField()
    verdicts = VerdictSerializer(many=True, help_text="Of judges, where the turn shows them after the answer.")
    known = KnownSerializer(
        allow_null=True, help_text="The known answer: after training, challenges, gold with feedback."
    )
    was_challenge = serializers.BooleanField(help_text="The verdict shown before was known to be wrong.")
    next = NextSerializer()


class RevisedSerializer(serializers.Serializer[Any]):
    judgement = serializers.IntegerField(help_text="The answer that counts as your newest.")


class KeptSerializer(serializers.Serializer[Any]):
    is_noted = serializers.BooleanField(help_text="False where nothing was revealed, or was decided before.")


class OwnGoldSerializer(serializers.Serializer[Any]):
    share = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    n = serializers.IntegerField()


class ProgressSerializer(serializers.Serializer[Any]):
    n_today = serializers.IntegerField()
    daily_target = serializers.IntegerField(allow_null=True)
    median_s = serializers.FloatField(allow_null=True)
    n_timed = serializers.IntegerField(help_text="Answers that the median is of.")
    gold = OwnGoldSerializer(allow_null=True, help_text="Agreement with known answers, where the policy shows it.")
    n_done = serializers.IntegerField(help_text="Annotations of everybody, counted once a minute at most.")
    n_wanted = serializers.IntegerField()


class ReviewView(APIView):
    """What the doors of a turn share."""

    permission_classes = [member_with(Capability.REVIEW)]
    membership: Membership

    def turn_or_404(self, assignment_id: int) -> Assignment:
        own = own_turn(project=self.membership.project, user=self.membership.user, assignment_id=assignment_id)
        if own is None:
            raise NotFound
        return own.turn

    def rater(self) -> Rater:
        return rater_of(project=self.membership.project, user=self.membership.user)


class NextItemView(ReviewView):
    @extend_schema(operation_id="next_item", request=InHandSerializer, responses=NextSerializer)
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """The item you hold, or the next one, or one beside that in your hands; your lease on it begins."""
        asked = InHandSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(_next(self.membership.project, self.rater(), asked.validated_data["in_hand"]))


class SubmitView(ReviewView):
    @extend_schema(
        operation_id="submit_annotation",
        request=AnswerSerializer,
        responses={201: SubmittedSerializer, 409: RefusalSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, slug: str, assignment_id: int) -> Response:  # noqa: ARG002
        """Record your answer; the next item comes with the reply. The same answer twice is stored once."""
        turn = self.turn_or_404(assignment_id)
        project = self.membership.project
        answer = AnswerSerializer(data=request.data)
        answer.is_valid(raise_exception=True)
        rubric = project.current_rubric()
        try:
            judgement = submit_answer(
                assignment=turn,
                rubric=rubric,
                levels=levels_of(rubric, answer.validated_data, turn),
                rationale=answer.validated_data["rationale"].strip(),
                seconds=answer.validated_data["seconds"],
                highlights=answer.validated_data.get("highlights"),
            )
        except AnnotationsError as err:
            return _refusal(err)
        finished = finished_turn(assignment=turn, judgement=judgement, rubric=rubric)
        following = _next(project, turn.rater, answer.validated_data["in_hand"])
        return Response({**_after(finished), "next": following}, status=status.HTTP_201_CREATED)


class SkipView(ReviewView):
    @extend_schema(
        operation_id="skip_item", request=SkipSerializer, responses={200: NextSerializer, 409: RefusalSerializer}
    )
    def post(self, request: Request, slug: str, assignment_id: int) -> Response:  # noqa: ARG002
        """Give an item back with a reason; the next one comes with the reply."""
        turn = self.turn_or_404(assignment_id)
        form = SkipSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            skip_item(assignment=turn, reason=form.validated_data["reason"], note=form.validated_data["note"])
        except SkipRefusedError as err:
            return _refusal(err)
        return Response(_next(self.membership.project, turn.rater, form.validated_data["in_hand"]))


class ReviseView(ReviewView):
    @extend_schema(
        operation_id="revise_annotation",
        request=LevelsSerializer,
        responses={200: RevisedSerializer, 409: RefusalSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, slug: str, judgement_id: int) -> Response:  # noqa: ARG002
        """Put a new answer in the place of yours, under its rubric. The same change twice is stored once."""
        judgement = _own_answer(self.rater(), judgement_id)
        turn = None if judgement.rubric.spec().ranking is None else turn_of_ranking(judgement)
        answer = LevelsSerializer(data=request.data)
        answer.is_valid(raise_exception=True)
        try:
            new = revise_answer(
                judgement=judgement,
                turn=turn,
                levels=levels_of(judgement.rubric, answer.validated_data, turn),
                rationale=answer.validated_data["rationale"].strip(),
                seconds=answer.validated_data["seconds"],
                highlights=answer.validated_data.get("highlights"),
            )
        except AnnotationsError as err:
            return _refusal(err)
        return Response({"judgement": new.pk})


class KeepView(ReviewView):
    @extend_schema(operation_id="keep_annotation", request=None, responses=KeptSerializer)
    def post(self, request: Request, slug: str, judgement_id: int) -> Response:  # noqa: ARG002
        """Stay with your answer after judges were revealed."""
        judgement = own_work(self.rater()).filter(pk=judgement_id).first()
        if judgement is None:
            raise NotFound
        return Response({"is_noted": keep_annotation(judgement=judgement)})


class ProgressView(ReviewView):
    @extend_schema(operation_id="my_progress", responses=ProgressSerializer)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """How far you are, and how it goes."""
        project = self.membership.project
        whole = recent_progress(project)
        progress = progress_of(project=project, rater=self.rater(), policy=project.current_policy(), whole=whole)
        gold = progress.gold
        known = None
        if gold is not None and gold.n:
            known = {"share": gold.value, "low": gold.low, "high": gold.high, "n": gold.n}
        return Response(ProgressSerializer({**asdict(progress), "gold": known}).data)


class ConfirmGuidelinesView(ReviewView):
    @extend_schema(operation_id="confirm_guidelines", request=None, responses={204: None})
    def post(self, request: Request, slug: str, version: int) -> Response:  # noqa: ARG002
        """Say that you have read a version of the guidelines."""
        if not confirm_guideline(rater=self.rater(), version=version):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


def _own_answer(rater: Rater, judgement_id: int) -> Judgement:
    judgement = Judgement.objects.filter(rater=rater, pk=judgement_id).select_related("rubric").first()
    if judgement is None:
        raise NotFound
    return judgement


def _after(finished: FinishedItem) -> dict[str, Any]:
    """What may be told of an item once it is answered."""
    known = finished.known
    return {
        "judgement": finished.judgement_id,
        "verdicts": [
            {"judge": judge.name, "rationale": judge.rationale, "differs_on": judge.differing}
            for judge in finished.judges
        ],
        "known": None if known is None else {"differs_on": known.differing, "explanation": known.explanation},
        "was_challenge": finished.was_challenge,
    }


def _next(project: Project, rater: Rater, in_hand: int | None) -> dict[str, Any]:
    turn = go_on(project=project, rater=rater, in_hand=in_hand or 0).turn
    if turn is None:
        return {"assignment": None, "why": why_nothing_left(project, rater)}
    rubric = project.current_rubric()
    spec = rubric.spec()
    words = {"version": rubric.version, "name": spec.name, "digest": spec.digest, "criteria": spec.criteria}
    is_ranking = spec.ranking is not None
    verdict = shown_ranking(turn, rubric) if is_ranking else shown_verdict(turn, rubric)
    shown = {
        "id": turn.pk,
        # A challenge looks like assistance before the answer.
        "mode": Mode.ASSIST if Mode(turn.mode) in (Mode.ASSIST, Mode.CHALLENGE) else Mode.BLIND,
        "verdict": None if verdict is None else _shown(verdict, spec),
        "is_swapped": turn.is_swapped and spec.has_sides,
        "may_skip": turn.policy.may_skip,
        "lease_expires_at": turn.lease_expires_at,
        "item": _group(turn) if is_ranking else turn.item,
        "is_ranking": is_ranking,
    }
    return {"assignment": TurnSerializer({**shown, "rubric": words}).data, "why": None}


def _group(turn: Assignment) -> dict[str, Any]:
    items = ranked_items(turn)
    return {
        "external_id": group_name(turn),
        "context": items[0].context,
        "candidates": [candidate for item in items for candidate in item.candidates],
    }


def _shown(verdict: JudgeSaid, spec: RubricSpec) -> dict[str, Any]:
    if spec.ranking is None:
        names = [criterion.name for criterion in spec.criteria]
    else:
        names = list(LETTERS[: len(verdict.levels)])
    labels = {name: level.label for name, level in zip(names, verdict.levels, strict=True)}
    return {"judge": verdict.name, "rationale": verdict.rationale, "levels": labels}


def _refusal(err: AnnotationsError) -> Response:
    """Raises: the error again, if it is none of an answer."""
    if isinstance(err, LeaseLostError | AlreadyJudgedError | SkipRefusedError):
        return refusal(err, status.HTTP_409_CONFLICT)
    if isinstance(err, IncompleteAnnotationError | RationaleMissingError | HighlightError | RubricError):
        return refusal(err, status.HTTP_422_UNPROCESSABLE_ENTITY)
    raise err
