"""How accounts come into being: by an open invitation, and in no other way."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from annotations.selectors.people import open_invitation

INVITATION_KEY = "invitation"
"""Where the session keeps the secret of the invitation that was opened before there was an account."""


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return open_invitation(request.session.get(INVITATION_KEY, "")) is not None

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("annotations:invitation", args=[request.session[INVITATION_KEY]])
