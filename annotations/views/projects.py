"""Making a project, and the rules it runs under."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from annotations.choices import ProjectKind
from annotations.forms.projects import CreateProjectForm, PolicyForm, ProjectForm
from annotations.models import Membership, Project
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.services.projects import SlugTakenError, change_policy, create_project, describe_project


@login_required
@require_http_methods(["GET", "POST"])
def create(request: SignedInRequest) -> HttpResponse:
    """For staff, who run the platform; the maker becomes the project's lead."""
    if not request.user.is_staff:
        raise PermissionDenied
    form = CreateProjectForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and form.rubric is not None:
        try:
            project = create_project(
                slug=form.cleaned_data["slug"],
                name=form.cleaned_data["name"],
                kind=ProjectKind(form.cleaned_data["kind"]),
                rubric=form.rubric,
                created_by=request.user,
                description=form.cleaned_data["description"],
                overlap=form.cleaned_data["overlap"],
            )
        except SlugTakenError as err:
            form.add_error("slug", str(err))
        else:
            messages.success(request, "The project is made. Import items next, and invite people.")
            return redirect("overview", project.slug)
    return render(request, "annotations/create_project.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_view(Capability.MANAGE_PROJECT)
def settings(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Two forms on one page; the button pressed says which one is meant."""
    project = membership.project
    posted = request.POST if request.method == "POST" else None
    is_policy = posted is not None and "policy" in posted
    form = ProjectForm(posted if not is_policy else None, instance=Project.objects.get(pk=project.pk))
    policy_form = PolicyForm(posted if is_policy else None, initial=_policy_values(project))
    if not is_policy and form.is_valid():
        describe_project(project=project, name=form.cleaned_data["name"], description=form.cleaned_data["description"])
        messages.success(request, "Saved.")
        return redirect("annotations:settings", project.slug)
    if is_policy and policy_form.is_valid():
        values = policy_form.cleaned_data
        policy = change_policy(
            project=project,
            settings=replace(
                project.current_policy().settings(),
                overlap=values["overlap"],
                lease_s=values["lease_minutes"] * 60,
                reveal_share=float(values["reveal_after"]),
                blind_share=float(not values["reveal_after"]),
            ),
        )
        messages.success(request, f"Review policy version {policy.version} counts for items queued from now on.")
        return redirect("annotations:settings", project.slug)
    context = {
        "form": form,
        "policy_form": policy_form,
        "policies": project.policies.order_by("-version"),
    }
    return render(
        request,
        "annotations/settings.html",
        context,
        status=422 if form.errors or policy_form.errors else 200,
    )


def _policy_values(project: Project) -> dict[str, int | bool]:
    policy = project.current_policy()
    return {
        "overlap": policy.overlap,
        "lease_minutes": max(1, policy.lease_s // 60),
        "reveal_after": policy.reveal_share > 0,
    }
