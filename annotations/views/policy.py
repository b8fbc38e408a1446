"""The policy of a project, tried before it is changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotations.errors import DrawError
from annotations.forms.policy import PolicyForm, PreviewForm, setting_in_words, setting_label
from annotations.models import Membership, Project
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.draws import Preview, preview_draw
from annotations.selectors.policies import policy_versions
from annotations.services.projects import change_policy
from annotations.wording import say


@require_http_methods(["GET", "POST"])
@member_view(Capability.MANAGE_PROJECT)
def policy(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """One form with two buttons: to see what the policy would select, and to make it the project's."""
    project = membership.project
    form = PolicyForm(request.POST or None, project=project)
    preview_form = PreviewForm(request.POST or None)
    is_save = "save" in request.POST
    preview = None
    if form.is_valid() and form.settings is not None:
        if is_save:
            version = change_policy(project=project, settings=form.settings, changed_by=request.user)
            messages.success(request, _("Policy version %(n)d counts from now on.") % {"n": version.version})
            return redirect("annotations:policy", project.slug)
        preview = _preview(project, form, preview_form)
    context: dict[str, Any] = {"form": form, "preview_form": preview_form, "preview": preview}
    status = 422 if form.errors or preview_form.errors else 200
    if request.htmx and not request.htmx.boosted:
        return render(request, "annotations/_policy_preview.html", context, status=status)
    context["versions"] = _versions(project)
    return render(request, "annotations/policy.html", context, status=status)


def _preview(project: Project, form: PolicyForm, preview_form: PreviewForm) -> Preview | None:
    if not preview_form.is_valid() or form.settings is None:
        return None
    try:
        return preview_draw(project=project, settings=form.settings, n=preview_form.cleaned_data["preview_n"])
    except DrawError as err:
        preview_form.add_error("preview_n", say(err))
        return None


def _versions(project: Project) -> list[dict[str, Any]]:
    return [
        {
            "row": version,
            "changes": [
                (
                    setting_label(one.setting),
                    setting_in_words(one.setting, one.before),
                    setting_in_words(one.setting, one.after),
                )
                for one in version.changes
            ],
        }
        for version in policy_versions(project)
    ]
