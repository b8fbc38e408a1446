"""The two pages that look into every app: all projects, and one project."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render

from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.selectors.projects import project_lines, section_counts


@login_required
def projects(request: SignedInRequest) -> HttpResponse:
    lines = project_lines(request.user)
    return render(request, "judge_platform/projects.html", {"lines": lines})


@member_view(Capability.VIEW_PROJECT)
def overview(request: SignedInRequest, membership: Membership) -> HttpResponse:
    project = membership.project
    context = {
        "counts": section_counts(project),
        "may_review": may(membership, Capability.REVIEW),
    }
    return render(request, "judge_platform/overview.html", context)
