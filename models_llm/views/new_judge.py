"""Making a judge of any kind, from nothing or from a version that is there."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from annotations.models import Membership, Project
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.wording import say
from models_llm.choices import JudgeKind
from models_llm.errors import JudgeError, ModelsLLMError
from models_llm.forms.new_judge import NewJudgeForm
from models_llm.judging import KINDS, Kind, prompts_of
from models_llm.models import JudgeVersion
from models_llm.selectors.examples import MOST_EXAMPLES, choose_examples, shown_examples
from models_llm.selectors.judges import whole_versions
from models_llm.services.judge_documents import create_judge_from, document_of
from models_llm.services.judges import configure_judge


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Capability.RUN_JUDGES)
def new_judge(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """The kinds to choose from; with `kind`, or `from` and the id of a version, the form of one."""
    source = _source(request, membership)
    kind = source.judge.kind if source else request.GET.get("kind", "")
    if not kind:
        kinds = [(described, _unfit(membership.project, described)) for described in KINDS.values()]
        return render(request, "models_llm/judge_kinds.html", {"kinds": kinds})
    if kind not in list(KINDS):
        raise Http404
    form = NewJudgeForm(
        request.POST if request.method == "POST" else None,
        project=membership.project,
        kind=JudgeKind(kind),
        source=source,
        written=document_of(source) if source else None,
    )
    if form.is_valid():
        try:
            version = create_judge_from(
                project=membership.project, name=form.cleaned_data["name"], document=form.document()
            )
        except ModelsLLMError as err:
            form.refuse(err)
        else:
            messages.success(
                request,
                gettext("%(judge)s is frozen. Try it on an item, or start a run to let it judge.")
                % {"judge": version.rater},
            )
            return redirect("models_llm:judge", membership.project.slug, version.pk)
    context = {"form": form, "kind": KINDS[JudgeKind(kind)], "source": source}
    return render(request, "models_llm/new_judge.html", context, status=422 if form.is_bound else 200)


@require_safe
@member_view(Capability.RUN_JUDGES)
def drawn_examples(request: SignedInRequest, membership: Membership) -> HttpResponse:
    """Which examples a number and a seed would draw now."""
    n, seed = (_number(request.GET.get(f"examples_{name}", "")) for name in ("n", "seed"))
    project = membership.project
    chosen = choose_examples(rubric=project.current_rubric(), n=min(n, MOST_EXAMPLES), seed=seed)
    context = {"examples": shown_examples(chosen, viewer=request.user), "n": n, "seed": seed, "next_seed": seed + 1}
    is_partial = request.htmx and not request.htmx.boosted
    template = "models_llm/_drawn_examples.html" if is_partial else "models_llm/drawn_examples.html"
    return render(request, template, context)


def _unfit(project: Project, kind: Kind) -> str:
    """Why a judge of a kind as it comes suits the project's rubric not; empty where it does."""
    if not kind.asks:
        return ""
    try:
        config = configure_judge(project=project, kind=kind.kind, engine="scripted")
        prompts_of(config, project.current_rubric().spec())
    except JudgeError as err:
        return say(err)
    return ""


def _source(request: SignedInRequest, membership: Membership) -> JudgeVersion | None:
    asked = request.GET.get("from", "")
    if not asked:
        return None
    versions = whole_versions(membership.project).filter(judge__kind__in=list(KINDS))
    return get_object_or_404(versions, pk=_number(asked))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
