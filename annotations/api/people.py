"""Annotators over the API: signals, pauses, skills, and what the modes say."""

from __future__ import annotations

import math
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.agreement import as_plain
from annotations.choices import RaterKind
from annotations.errors import PauseError
from annotations.forms.quality import LONGEST_NOTE, LONGEST_SKILL
from annotations.models import Membership, Rater
from annotations.permissions import Capability, member_with
from annotations.quality import PersonSignals
from annotations.selectors.reliance import project_modes
from annotations.selectors.signals import RaterSignals, project_signals
from annotations.services.quality import pause_annotator, resume_annotator, set_skills


class SignalSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True, help_text="Null where undefined; `undefined` says why.")
    low = serializers.FloatField(allow_null=True, help_text="Of the 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    undefined = serializers.CharField(allow_null=True)
    doubt = serializers.CharField(allow_null=True, help_text="Why the interval cannot be relied on.")


class StreakSerializer(serializers.Serializer[Any]):
    length = serializers.IntegerField(help_text="Answers in a row that are the same.")
    chance = serializers.FloatField(allow_null=True, help_text="Of one so long, at the person's own frequencies.")
    n = serializers.IntegerField()
    commonest = SignalSerializer(help_text="Share of the commonest answer.")
    undefined = serializers.CharField(allow_null=True)


class SignalsSerializer(serializers.Serializer[Any]):
    n_answers = serializers.IntegerField()
    gold = SignalSerializer(help_text="Right on gold, on every criterion that it knows.")
    gold_criteria = SignalSerializer(many=True, help_text="In the order of the rubric.")
    agreement = SignalSerializer(help_text="With the majority of the other people on the same items.")
    pace = SignalSerializer(help_text="Seconds, times those of others on items as long.")
    median_seconds = serializers.FloatField(allow_null=True)
    pace_drift = SignalSerializer(help_text="Relative change of seconds an hour of a sitting.")
    accuracy_drift = SignalSerializer(help_text="Change an hour of the share that is right on gold or agrees.")
    skips = SignalSerializer()
    streak = StreakSerializer()


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    is_simulated = serializers.BooleanField()
    skills = serializers.ListField(child=serializers.CharField(max_length=LONGEST_SKILL))
    qualified_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    signals = SignalsSerializer()


class SkillsSerializer(serializers.Serializer[Any]):
    skills = serializers.ListField(child=serializers.CharField(max_length=LONGEST_SKILL))


class PauseSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    reason = serializers.CharField(read_only=True, help_text="gold, training or lead.")
    note = serializers.CharField(max_length=LONGEST_NOTE, help_text="Why; the annotator reads it.")
    evidence = serializers.JSONField(read_only=True, help_text="What a pause by the platform was read from.")
    started_at = serializers.DateTimeField(read_only=True)
    ended_at = serializers.DateTimeField(read_only=True, allow_null=True)
    end_note = serializers.CharField(read_only=True)


class ResumeSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class RelianceSerializer(serializers.Serializer[Any]):
    shown = SignalSerializer(help_text="Share that follows a verdict that is shown.")
    unseen = SignalSerializer(help_text="Share that says the same where it is not shown.")
    difference = SignalSerializer()
    missing_shown = serializers.IntegerField(help_text="Turns wanting before the difference can be relied on.")
    missing_unseen = serializers.IntegerField()


class LooksSerializer(serializers.Serializer[Any]):
    switched = SignalSerializer(help_text="Nearer to a verdict that was revealed afterwards.")
    n_kept = serializers.IntegerField()
    n_undecided = serializers.IntegerField()


class ModeFiguresSerializer(serializers.Serializer[Any]):
    bias = RelianceSerializer(help_text="A verdict on work.")
    challenge = RelianceSerializer(help_text="A verdict on gold that is known to be wrong.")
    looks = LooksSerializer()


class PersonModesSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    figures = ModeFiguresSerializer()


class ModesSerializer(serializers.Serializer[Any]):
    project = ModeFiguresSerializer()
    people = PersonModesSerializer(many=True)


class PauseRefusalSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class AboutPeopleView(APIView):
    """What the doors about annotators share."""

    permission_classes = [member_with(Capability.MANAGE_PEOPLE)]
    membership: Membership

    def person_or_404(self, person_id: int) -> Rater:
        people = Rater.objects.filter(project=self.membership.project, kind=RaterKind.PERSON)
        return get_object_or_404(people, pk=person_id)


class PeopleView(AboutPeopleView):
    @extend_schema(operation_id="list_annotators", responses=PersonSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """Annotators with their signals, by name. Speed alone says nothing of anybody."""
        return Response([_person(found) for found in project_signals(self.membership.project)])


class PersonView(AboutPeopleView):
    @extend_schema(operation_id="read_annotator", responses=PersonSerializer)
    def get(self, request: Request, slug: str, person_id: int) -> Response:  # noqa: ARG002
        """One annotator with their signals."""
        return self._answer(self.person_or_404(person_id))

    @extend_schema(operation_id="set_skills", request=SkillsSerializer, responses=PersonSerializer)
    def patch(self, request: Request, slug: str, person_id: int) -> Response:  # noqa: ARG002
        """Say which values of the policy's skill slice an annotator knows."""
        rater = self.person_or_404(person_id)
        form = SkillsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        set_skills(rater=rater, skills=form.validated_data["skills"])
        return self._answer(rater)

    def _answer(self, rater: Rater) -> Response:
        [found] = project_signals(self.membership.project, rater_ids=[rater.pk])
        return Response(_person(found))


class PausesView(AboutPeopleView):
    @extend_schema(operation_id="list_pauses", responses=PauseSerializer(many=True))
    def get(self, request: Request, slug: str, person_id: int) -> Response:  # noqa: ARG002
        """Pauses of an annotator, the newest first."""
        pauses = self.person_or_404(person_id).pauses.order_by("-started_at")
        return Response(PauseSerializer(pauses, many=True).data)

    @extend_schema(
        operation_id="pause_annotator",
        request=PauseSerializer,
        responses={201: PauseSerializer, 409: PauseRefusalSerializer},
    )
    def post(self, request: Request, slug: str, person_id: int) -> Response:  # noqa: ARG002
        """Give an annotator nothing until they are resumed; what they hold they may still send."""
        rater = self.person_or_404(person_id)
        form = PauseSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            pause = pause_annotator(rater=rater, by=self.membership.user, note=form.validated_data["note"])
        except PauseError as err:
            return _refusal(err)
        return Response(PauseSerializer(pause).data, status=status.HTTP_201_CREATED)


class ResumeView(AboutPeopleView):
    @extend_schema(
        operation_id="resume_annotator",
        request=ResumeSerializer,
        responses={200: PauseSerializer, 409: PauseRefusalSerializer},
    )
    def post(self, request: Request, slug: str, person_id: int) -> Response:  # noqa: ARG002
        """Let an annotator go on; after a training that was not passed, it begins anew."""
        rater = self.person_or_404(person_id)
        form = ResumeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            pause = resume_annotator(rater=rater, by=self.membership.user, note=form.validated_data["note"])
        except PauseError as err:
            return _refusal(err)
        return Response(PauseSerializer(pause).data)


class ModesView(AboutPeopleView):
    @extend_schema(operation_id="read_modes", responses=ModesSerializer)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """How far people follow a judge because it is shown, of the project and of each annotator."""
        found = project_modes(self.membership.project)
        people = [
            {"id": one.rater.pk, "name": one.rater.name, "figures": as_plain(one.figures)} for one in found.people
        ]
        return Response({"project": as_plain(found.project), "people": people})


def _person(found: RaterSignals) -> dict[str, Any]:
    rater = found.rater
    return {
        "id": rater.pk,
        "name": rater.name,
        "is_simulated": rater.is_simulated,
        "skills": rater.skills,
        "qualified_at": rater.qualified_at,
        "paused_at": rater.paused_at,
        "signals": _signals(found.signals),
    }


def _signals(signals: PersonSignals) -> dict[str, Any]:
    median, streak = signals.pace.median_s, as_plain(signals.streak)
    del streak["answer"]
    return {
        "n_answers": signals.n_answers,
        "gold": as_plain(signals.gold),
        "gold_criteria": as_plain(signals.gold_criteria),
        "agreement": as_plain(signals.agreement),
        "pace": as_plain(signals.pace.ratio),
        "median_seconds": None if math.isnan(median) else median,
        "pace_drift": as_plain(signals.pace_drift),
        "accuracy_drift": as_plain(signals.accuracy_drift),
        "skips": as_plain(signals.skips),
        "streak": streak,
    }


def _refusal(err: PauseError) -> Response:
    return Response({"code": err.code, "detail": str(err)}, status=status.HTTP_409_CONFLICT)
