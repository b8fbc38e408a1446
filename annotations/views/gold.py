"""Gold in use, how it is answered, and whether its classes are those of the work."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from annotations.choices import GoldUse
from annotations.errors import GoldError
from annotations.forms.quality import DrawGoldForm, GoldForm
from annotations.models import Gold, Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.selectors.gold import gold_lines, gold_mix, gold_of
from annotations.services.gold import change_gold, gold_from_consensus, retire_gold
from annotations.wording import say

PAGE_SIZE = 25


@require_safe
@member_view(Capability.MANAGE_PROJECT)
def gold(request: SignedInRequest, membership: Membership) -> HttpResponse:
    return _gold_page(request, membership)


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def draw(request: SignedInRequest, membership: Membership) -> HttpResponse:
    form = DrawGoldForm(request.POST)
    if not form.is_valid():
        return _gold_page(request, membership, form=form)
    values = form.cleaned_data
    drawn = gold_from_consensus(
        project=membership.project,
        n=values["n"],
        least=values["least"],
        seed=values["seed"],
        use=GoldUse(values["use"]),
    )
    n = len(drawn.gold)
    words = ngettext(
        "%(n)d item is gold now, of %(of)d that could be.", "%(n)d items are gold now, of %(of)d that could be.", n
    )
    messages.success(request, words % {"n": n, "of": drawn.n_candidates})
    return redirect("annotations:gold", membership.project.slug)


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def change(request: SignedInRequest, membership: Membership, gold_id: int) -> HttpResponse:
    found = _gold(membership, gold_id)
    form = GoldForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was changed: the explanation is too long, or the use is none there is."))
        return redirect("annotations:gold", membership.project.slug)
    try:
        change_gold(gold=found, use=GoldUse(form.cleaned_data["use"]), explanation=form.cleaned_data["explanation"])
    except GoldError as err:
        messages.error(request, say(err))
    else:
        messages.success(request, _("Saved."))
    return redirect("annotations:gold", membership.project.slug)


@require_POST
@member_view(Capability.MANAGE_PROJECT)
def retire(request: SignedInRequest, membership: Membership, gold_id: int) -> HttpResponse:
    found = _gold(membership, gold_id)
    if retire_gold(gold=found):
        messages.success(
            request, _("%(item)s is retired; answers to it count no more.") % {"item": found.item.external_id}
        )
    return redirect("annotations:gold", membership.project.slug)


def _gold(membership: Membership, gold_id: int) -> Gold:
    mine = Gold.objects.filter(item__project=membership.project).select_related("item__project", "rubric")
    return get_object_or_404(mine, pk=gold_id)


def _gold_page(request: SignedInRequest, membership: Membership, *, form: DrawGoldForm | None = None) -> HttpResponse:
    """What the viewer holds for review is not listed: they would read the answer."""
    project = membership.project
    page = Paginator(gold_of(project, viewer=request.user), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [(line, GoldForm(initial=_values(line.gold), prefix=None, auto_id=f"id_{line.gold.pk}_%s"))
                  for line in gold_lines(list(page))],
        "mix": gold_mix(project),
        "policy": project.current_policy(),
        "form": form or DrawGoldForm(),
    }  # fmt: skip
    faulty = form is not None and form.errors
    return render(request, "annotations/gold.html", context, status=422 if faulty else 200)


def _values(known: Gold) -> dict[str, str]:
    return {"use": known.use, "explanation": known.explanation}
