"""Making a project, and saying what it is."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotations.choices import ProjectKind
from annotations.forms.projects import CreateProjectForm, ProjectForm
from annotations.models import Membership, Project
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.services.projects import SlugTakenError, create_project, describe_project
from annotations.wording import say


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
            form.add_error("slug", say(err))
        else:
            messages.success(request, _("The project is made. Import items next, and invite people."))
            return redirect("overview", project.slug)
    return render(request, "annotations/create_project.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_view(Capability.MANAGE_PROJECT)
def settings(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """What the project is called and said to be for."""
    project = membership.project
    form = ProjectForm(request.POST or None, instance=Project.objects.get(pk=project.pk))
    if request.method == "POST" and form.is_valid():
        describe_project(project=project, name=form.cleaned_data["name"], description=form.cleaned_data["description"])
        messages.success(request, _("Saved."))
        return redirect("annotations:settings", project.slug)
    return render(request, "annotations/settings.html", {"form": form}, status=422 if form.errors else 200)
