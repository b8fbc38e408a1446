"""One's own keys of the review page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotations.forms.keys import KeysForm
from annotations.permissions import SignedInRequest
from annotations.services.keys import restore_keys


@login_required
@require_http_methods(["GET", "POST"])
def keys(request: SignedInRequest) -> HttpResponse:
    """Bind the keys anew, or restore the usual ones."""
    if request.method == "POST" and "restore" in request.POST:
        restore_keys(user=request.user)
        messages.success(request, _("The usual keys are back."))
        return redirect("annotations:keys")
    form = KeysForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("annotations:keys")
    return render(request, "annotations/keys.html", {"form": form}, status=422 if form.is_bound else 200)
