"""One annotator: signals, pauses, skills, and the turns behind each figure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from annotations.charts import Interval, IntervalChart, interval_chart
from annotations.choices import Purpose, RaterKind
from annotations.errors import PauseError
from annotations.evidence import candidate_of
from annotations.forms.quality import PauseForm, ResumeForm, SkillsForm
from annotations.models import Assignment, Membership, Rater, ReviewPolicy
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.quality import PersonSignals, Signal
from annotations.rubrics import RubricSpec
from annotations.selectors.gold import known_of
from annotations.selectors.quality import GoldTest, gold_test, training_of
from annotations.selectors.signals import KINDS, NEWEST, project_signals, turns_behind
from annotations.services.quality import pause_annotator, resume_annotator, set_skills
from annotations.services.raters import rater_of
from annotations.wording import say

PAGE_SIZE = 50


@dataclass(frozen=True)
class Line:
    """One signal in a table."""

    name: str
    signal: Signal
    url: str
    words: str = ""
    is_part: bool = False


@dataclass(frozen=True)
class AnswerLine:
    """One turn behind a figure.

    Attributes:
        said, known, shown: criterion, level and whether it passes; empty where there is none.
        is_right: on gold; None of what is no gold.
    """

    turn: Assignment
    title: str
    said: list[tuple[str, str, bool | None]]
    known: list[tuple[str, str, bool | None]]
    shown: list[tuple[str, str, bool | None]]
    is_right: bool | None


@require_safe
@member_view(Capability.MANAGE_PEOPLE)
def person(request: SignedInRequest, membership: Membership, person_id: int) -> HttpResponse:
    return _person_page(request, membership, _person(membership, person_id))


@require_safe
@member_view(Capability.MANAGE_PEOPLE)
def answers(request: SignedInRequest, membership: Membership, person_id: int) -> HttpResponse:
    """The turns behind a figure. What the viewer has in hand for review is not among them."""
    rater = _person(membership, person_id)
    of = request.GET.get("of", "answers")
    if of not in KINDS:
        raise Http404
    hour = request.GET.get("hour", "")
    turns = turns_behind(rater, of, hour=int(hour) if hour.isdecimal() else None, viewer=request.user)
    page = Paginator(turns, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "rater": rater,
        "kind": KINDS[of],
        "of": of,
        "kinds": KINDS,
        "hour": hour if hour.isdecimal() else "",
        "page": page,
        "query": f"of={of}&hour={hour}" if hour.isdecimal() else f"of={of}",
        "lines": _answer_lines(list(page), membership.project.current_rubric().spec()),
    }
    return render(request, "annotations/person_answers.html", context)


@require_POST
@member_view(Capability.MANAGE_PEOPLE)
def begin(request: SignedInRequest, membership: Membership, member_id: int) -> HttpResponse:  # noqa: ARG001
    """Open the page of a member who has not reviewed yet: skills are set before the first item."""
    member = get_object_or_404(membership.project.memberships.select_related("user"), pk=member_id)
    rater = rater_of(project=membership.project, user=member.user)
    return redirect("annotations:person", membership.project.slug, rater.pk)


@require_POST
@member_view(Capability.MANAGE_PEOPLE)
def pause(request: SignedInRequest, membership: Membership, person_id: int) -> HttpResponse:
    rater = _person(membership, person_id)
    form = PauseForm(request.POST)
    if not form.is_valid():
        return _person_page(request, membership, rater, pause_form=form)
    try:
        pause_annotator(rater=rater, by=request.user, note=form.cleaned_data["note"])
    except PauseError as err:
        messages.error(request, say(err))
    else:
        messages.success(request, _("%(name)s is paused. What they hold they may still send.") % {"name": rater})
    return redirect("annotations:person", membership.project.slug, rater.pk)


@require_POST
@member_view(Capability.MANAGE_PEOPLE)
def resume(request: SignedInRequest, membership: Membership, person_id: int) -> HttpResponse:
    rater = _person(membership, person_id)
    form = ResumeForm(request.POST)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    try:
        resume_annotator(rater=rater, by=request.user, note=note)
    except PauseError as err:
        messages.error(request, say(err))
    else:
        messages.success(request, _("%(name)s goes on.") % {"name": rater})
    return redirect("annotations:person", membership.project.slug, rater.pk)


@require_POST
@member_view(Capability.MANAGE_PEOPLE)
def skills(request: SignedInRequest, membership: Membership, person_id: int) -> HttpResponse:
    rater = _person(membership, person_id)
    form = SkillsForm(request.POST)
    if not form.is_valid():
        return _person_page(request, membership, rater, skills_form=form)
    set_skills(rater=rater, skills=form.cleaned_data["skills"])
    messages.success(request, _("Saved."))
    return redirect("annotations:person", membership.project.slug, rater.pk)


def _person(membership: Membership, person_id: int) -> Rater:
    people = Rater.objects.filter(project=membership.project_id, kind=RaterKind.PERSON)
    rater = get_object_or_404(people.select_related("user"), pk=person_id)
    rater.project = membership.project
    return rater


def _person_page(
    request: SignedInRequest,
    membership: Membership,
    rater: Rater,
    *,
    pause_form: PauseForm | None = None,
    skills_form: SkillsForm | None = None,
) -> HttpResponse:
    project = membership.project
    policy, spec = project.current_policy(), project.current_rubric().spec()
    [found] = project_signals(project, rater_ids=[rater.pk])
    test = gold_test(rater, policy)
    context = {
        "rater": rater,
        "policy": policy,
        "lines": _lines(found.signals, spec, rater, test),
        "charts": _charts(found.signals, spec, rater, policy),
        "n_answers": found.signals.n_answers,
        "newest": NEWEST,
        "test": test,
        "training": training_of(rater, policy) if policy.training_pass is not None else None,
        "pauses": list(rater.pauses.select_related("started_by", "ended_by").order_by("-started_at")),
        "pause_form": pause_form or PauseForm(),
        "resume_form": ResumeForm(),
        "skills_form": skills_form or SkillsForm(initial={"skills": ", ".join(rater.skills)}),
    }
    faulty = any(form is not None and form.errors for form in (pause_form, skills_form))
    return render(request, "annotations/person.html", context, status=422 if faulty else 200)


def _behind(rater: Rater, of: str, hour: int | None = None) -> str:
    url = f"{reverse('annotations:person-answers', args=[rater.project.slug, rater.pk])}?of={of}"
    return url if hour is None else f"{url}&hour={hour}"


def _lines(signals: PersonSignals, spec: RubricSpec, rater: Rater, test: GoldTest) -> list[Line]:
    gold, unseen, every = (_behind(rater, of) for of in ("gold", "unseen", "answers"))
    criteria = [criterion.name for criterion in spec.criteria]
    several = len(criteria) > 1
    lines = [Line(_("Right on gold"), signals.gold, gold, _standing(test))]
    if several:
        lines += [
            Line(name, part, gold, is_part=True) for name, part in zip(criteria, signals.gold_criteria, strict=True)
        ]
    lines.append(Line(_("Agrees with the others"), signals.agreement, unseen, _left_out(signals)))
    if several and signals.others is not None:
        lines += [
            Line(name, part, unseen, is_part=True) for name, part in zip(criteria, signals.others.criteria, strict=True)
        ]
    median = signals.pace.median_s
    lines += [
        Line(
            _("Seconds, times those of others for such a length"), signals.pace.ratio, every,
            "" if math.isnan(median) else _("median %(seconds).0f s") % {"seconds": median},
        ),
        Line(_("Change of seconds an hour of sitting"), signals.pace_drift, every),
        Line(_("Change an hour of the share that is right or agrees"), signals.accuracy_drift, every),
        Line(_("Share of the commonest answer"), signals.streak.commonest, every, _streak(signals)),
        Line(_("Skips"), signals.skips, _behind(rater, "skipped")),
    ]  # fmt: skip
    return lines


def _standing(test: GoldTest) -> str:
    values = {
        "n": test.state.n,
        "statistic": test.state.statistic,
        "low": test.test.pause_at,
        "high": test.test.accept_at,
    }
    return _("test at %(statistic).2f after %(n)d; pauses at %(low).2f, accepts at %(high).2f") % values


def _left_out(signals: PersonSignals) -> str:
    n = 0 if signals.others is None else signals.others.n_tied
    return _("left out: %(n)d on which the others tie") % {"n": n} if n else ""


def _streak(signals: PersonSignals) -> str:
    streak = signals.streak
    if not streak.length:
        return ""
    longest = _("longest run %(length)d") % {"length": streak.length}
    if streak.undefined:
        return f"{longest}{_('; ')}{say(streak.undefined)}"
    return longest + _("; ") + _("chance of one so long, at these shares, %(chance).3f") % {"chance": streak.chance}


def _charts(signals: PersonSignals, spec: RubricSpec, rater: Rater, policy: ReviewPolicy) -> list[IntervalChart]:
    """Accuracy by criterion against the policy's two bounds, and hour by hour; none where nothing is known."""
    names = [criterion.name for criterion in spec.criteria]
    gold = [(_("all criteria"), signals.gold), *zip(names, signals.gold_criteria, strict=True)]
    charts = []
    if signals.gold.n:
        rows = [
            _mark(name, signal, _behind(rater, "gold"), policy.gold_bad, policy.gold_acceptable)
            for name, signal in (gold if len(names) > 1 else gold[:1])
        ]
        title = _("Share right on gold")
        charts.append(interval_chart(title=title, intervals=rows, floor_name=_("bad"), ceiling_name=_("acceptable")))
    if len(signals.hours) > 1:
        rows = [
            _mark(_("hour %(n)d") % {"n": one.hour + 1}, one.hits, _behind(rater, "answers", one.hour))
            for one in signals.hours
        ]
        charts.append(interval_chart(title=_("Share right on gold or agreeing, by hour of a sitting"), intervals=rows))
    return charts


def _mark(name: str, signal: Signal, url: str, floor: float = math.nan, ceiling: float = math.nan) -> Interval:
    return Interval(
        label=name, value=signal.value, low=signal.low, high=signal.high, note=f"n = {signal.n}", hue="human",
        url=url, undefined=signal.undefined, floor=floor, ceiling=ceiling,
    )  # fmt: skip


def _answer_lines(turns: list[Assignment], current: RubricSpec) -> list[AnswerLine]:
    gold = known_of(turns)
    lines = []
    for turn in turns:
        spec = current if turn.judgement is None else turn.judgement.rubric.spec()
        known = gold.get(turn.pk)
        counts = known is not None and turn.purpose != Purpose.WORK
        lines.append(
            AnswerLine(
                turn=turn,
                title=" | ".join(candidate_of(candidate).headline for candidate in turn.item.candidates),
                said=_labels(spec, None if turn.judgement is None else turn.judgement.levels),
                known=_labels(spec, known.levels) if known is not None and counts else [],
                shown=_labels(spec, None if turn.shown is None else turn.shown.levels),
                is_right=known.is_right if known is not None and counts else None,
            )
        )
    return lines


def _labels(spec: RubricSpec, levels: list[int | None] | None) -> list[tuple[str, str, bool | None]]:
    return [
        (criterion.name, criterion.levels[level].label, criterion.levels[level].passes)
        for criterion, level in zip(spec.criteria, levels or [], strict=False)
        if level is not None
    ]
