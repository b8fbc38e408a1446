"""Asking for a reward model; its fit is shown with the others on the page of the judges."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from annotations.models import Membership
from annotations.permissions import Capability, SignedInRequest, member_view
from annotations.wording import say
from models_llm.errors import ModelsLLMError
from models_llm.forms.reward_models import RewardModelForm
from models_llm.services.fits import request_fit


@require_http_methods(["GET", "HEAD", "POST"])
@member_view(Capability.RUN_JUDGES)
def train_reward_model(request: SignedInRequest, membership: Membership) -> HttpResponse:
    form = RewardModelForm(request.POST or None, project=membership.project)
    if request.method == "POST" and form.is_valid():
        try:
            request_fit(project=membership.project, user=request.user, **form.request_fields())
        except ModelsLLMError as err:
            form.add_error(None, say(err))
        else:
            return redirect(f"{reverse('models_llm:judges', args=[membership.project.slug])}#fits")
    return render(
        request, "models_llm/reward_model.html", {"form": form}, status=422 if request.method == "POST" else 200
    )
