"""What raters are told: the rubric and the guidelines, in versions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotations.errors import RubricError
from annotations.forms.projects import GuidelineForm, NewRubricForm
from annotations.models import Membership, Rubric
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.rubrics import write_rubric
from annotations.services.guidelines import add_guideline_version
from annotations.services.rubrics import add_rubric_version
from annotations.wording import say


@require_safe
@member_view(Capability.VIEW_PROJECT)
def rubric(request: SignedInRequest, membership: Membership, version: int | None = None) -> HttpResponse:
    versions = list(membership.project.rubrics.order_by("-version"))
    shown = versions[0] if version is None else get_object_or_404(membership.project.rubrics, version=version)
    context = {
        "rubric": shown,
        "spec": shown.spec(),
        "versions": versions,
        "is_newest": shown.pk == versions[0].pk,
        "may_edit": may(membership, Capability.EDIT_WORDS),
    }
    return render(request, "annotations/rubric.html", context)


@require_safe
@member_view(Capability.VIEW_PROJECT)
def rubric_yaml(request: SignedInRequest, membership: Membership, version: int) -> HttpResponse:  # noqa: ARG001
    project = membership.project
    found = get_object_or_404(project.rubrics, version=version)
    name = f"{project.slug}-rubric-v{version}.yaml"
    return HttpResponse(
        write_rubric(found.spec()),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "POST"])
@member_view(Capability.EDIT_WORDS)
def new_rubric(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    current = project.current_rubric()
    initial = {"text": write_rubric(current.spec())}
    form = NewRubricForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid() and form.rubric is not None:
        try:
            stored = add_rubric_version(project=project, spec=form.rubric)
        except RubricError as err:
            form.add_error("text", say(err))
            return _new_rubric_page(request, form, current)
        if stored.pk == current.pk:
            messages.info(
                request, _("This is version %(n)d as it stands; nothing was changed.") % {"n": current.version}
            )
        else:
            messages.success(request, _("Version %(n)d counts from the next judgement.") % {"n": stored.version})
        return redirect("annotations:rubric", project.slug)
    return _new_rubric_page(request, form, current)


@require_safe
@member_view(Capability.VIEW_PROJECT)
def guidelines(request: SignedInRequest, membership: Membership, version: int | None = None) -> HttpResponse:
    versions = list(membership.project.guidelines.select_related("created_by").order_by("-version"))
    shown = versions[0] if versions else None
    if version is not None:
        shown = get_object_or_404(membership.project.guidelines.select_related("created_by"), version=version)
    context = {
        "guideline": shown,
        "versions": versions,
        "may_edit": may(membership, Capability.EDIT_WORDS),
    }
    return render(request, "annotations/guidelines.html", context)


@require_http_methods(["GET", "POST"])
@member_view(Capability.EDIT_WORDS)
def edit_guidelines(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    current = project.current_guideline()
    form = GuidelineForm(request.POST or None, initial={"text": current.text if current else ""})
    if request.method == "POST" and form.is_valid():
        stored = add_guideline_version(
            project=project, text=form.cleaned_data["text"].replace("\r\n", "\n"), created_by=request.user
        )
        messages.success(request, _("Version %(n)d is what annotators read from now on.") % {"n": stored.version})
        return redirect("annotations:guidelines", project.slug)
    context = {"form": form, "guideline": current}
    return render(request, "annotations/edit_guidelines.html", context, status=422 if form.errors else 200)


def _new_rubric_page(request: SignedInRequest, form: NewRubricForm, current: Rubric) -> HttpResponse:
    context = {"form": form, "rubric": current}
    return render(request, "annotations/new_rubric.html", context, status=422 if form.errors else 200)
