"""One's own account: name, theme, language, keys to the API."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from annotations.forms.account import ProfileForm, TokenForm
from annotations.models import User
from annotations.permissions import SignedInRequest
from annotations.services.tokens import create_token, revoke_token

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
A_YEAR_S = 365 * 24 * 3600


@login_required
@require_http_methods(["GET", "POST"])
def me(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("annotations:me")
    return _account_page(request, form=form)


@never_cache
@login_required
@require_POST
def add_token(request: SignedInRequest) -> HttpResponse:
    """Shows the key in the answer itself: it is stored nowhere else, so a redirect would lose it."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _account_page(request, token_form=form)
    _, text = create_token(user=request.user, name=form.cleaned_data["name"])
    return _account_page(request, new_token=text)


@login_required
@require_POST
def drop_token(request: SignedInRequest, token_id: int) -> HttpResponse:
    if revoke_token(user=request.user, token_id=token_id):
        messages.success(request, _("The token is revoked; requests with it are refused from now on."))
    return redirect("annotations:me")


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the system says; kept with the user, and in a cookie for pages before sign-in."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponseBadRequest(f"expected a theme of {', '.join(THEMES)}, got “{theme}”")
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(theme=theme)
    return _back_with_cookie(request, THEME_COOKIE, theme)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """A language of the pages; kept with the user for every machine, and in a cookie for pages before sign-in."""
    language = request.POST.get("language", "")
    languages = [code for code, _ in settings.LANGUAGES]
    if language not in languages:
        return HttpResponseBadRequest(f"expected a language of {', '.join(languages)}, got “{language}”")
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(language=language)
    return _back_with_cookie(request, settings.LANGUAGE_COOKIE_NAME, language)


def _back_with_cookie(request: HttpRequest, name: str, value: str) -> HttpResponse:
    """To the page that the form stood on, if it is one of ours."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = redirect(back)
    response.set_cookie(name, value, max_age=A_YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure())
    return response


def _account_page(
    request: SignedInRequest,
    *,
    form: ProfileForm | None = None,
    token_form: TokenForm | None = None,
    new_token: str = "",
) -> HttpResponse:
    faulty = any(bound is not None and bound.errors for bound in (form, token_form))
    context = {
        "form": form or ProfileForm(instance=request.user),
        "token_form": token_form or TokenForm(),
        "new_token": new_token,
        "tokens": request.user.api_tokens.filter(revoked_at__isnull=True).order_by("-created_at"),
    }
    return render(request, "annotations/me.html", context, status=422 if faulty else 200)
