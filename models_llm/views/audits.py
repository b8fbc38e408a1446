"""Audits of judge versions."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, may, member_view
from annotations.wording import say
from models_llm.choices import JudgeKind
from models_llm.errors import ModelsLLMError
from models_llm.forms.audits import AuditForm
from models_llm.models import JudgeVersion
from models_llm.selectors.audits import audit_detail, audit_lines, audits_of, most_judgings
from models_llm.selectors.judges import whole_versions
from models_llm.services.audits import N_ITEMS, request_audit


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def audits(request: SignedInRequest, membership: Membership, version_id: int) -> HttpResponse:
    """A version's audits, and asking for one."""
    return _page(request, membership, _version_or_404(membership, version_id), AuditForm())


@require_POST
@member_view(Capability.RUN_JUDGES)
def start(request: SignedInRequest, membership: Membership, version_id: int) -> HttpResponse:
    version = _version_or_404(membership, version_id)
    form = AuditForm(request.POST)
    if form.is_valid():
        try:
            audit = request_audit(version=version, user=request.user, **form.cleaned_data)
        except ModelsLLMError as err:
            form.add_error(None, say(err))
        else:
            return redirect("models_llm:audit", membership.project.slug, audit.pk)
    return _page(request, membership, version, form)


@require_safe
@member_view(Capability.VIEW_JUDGEMENTS)
def audit(request: SignedInRequest, membership: Membership, audit_id: int) -> HttpResponse:
    """The page; while the audit is not finished, its progress alone where htmx asks."""
    found = get_object_or_404(audits_of(membership.project).select_related("judge_version__rubric"), pk=audit_id)
    if request.htmx and not request.htmx.boosted:
        if found.is_unfinished:
            return render(request, "models_llm/_audit_progress.html", {"audit": found})
        return HttpResponseClientRefresh()
    return render(
        request, "models_llm/audit.html", {"audit": found, "detail": audit_detail(found, viewer=request.user)}
    )


def audit_section(membership: Membership, version: JudgeVersion, form: AuditForm | None = None) -> dict[str, Any]:
    """What `_audits.html` reads, on the version's page and on that of its audits."""
    return {
        "version": version,
        "audit_lines": audit_lines(version),
        "audit_form": form or AuditForm(auto_id="audit_%s"),
        "audit_n_items": N_ITEMS,
        "audit_n_judgings": most_judgings(version, n_items=N_ITEMS),
        "may_audit": version.judge.kind != JudgeKind.RECORDED and may(membership, Capability.RUN_JUDGES),
    }


def _page(request: SignedInRequest, membership: Membership, version: JudgeVersion, form: AuditForm) -> HttpResponse:
    context = audit_section(membership, version, form)
    return render(request, "models_llm/audits.html", context, status=422 if form.errors else 200)


def _version_or_404(membership: Membership, version_id: int) -> JudgeVersion:
    return get_object_or_404(whole_versions(membership.project), pk=version_id)
