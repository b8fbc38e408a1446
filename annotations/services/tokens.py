"""Keys to the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from annotations.models import ApiToken, User
from annotations.secrets import digest_of, new_secret

PREFIX: Final = "jp_"
LAST_USE_IS_KEPT_EVERY: Final = timedelta(minutes=1)


def create_token(*, user: User, name: str) -> tuple[ApiToken, str]:
    """A new key and its text, which nobody can read again."""
    text = PREFIX + new_secret()
    token = ApiToken.objects.create(user=user, name=name, prefix=text[:8], digest=digest_of(text))
    return token, text


def revoke_token(*, user: User, token_id: int) -> bool:
    """Whether a key of this user that was still good is now revoked."""
    open_tokens = ApiToken.objects.filter(pk=token_id, user=user, revoked_at__isnull=True)
    return open_tokens.update(revoked_at=timezone.now()) == 1


def use_token(*, text: str) -> ApiToken | None:
    """The key with this text, if it is good and its user may sign in; notes when it was used."""
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=digest_of(text), revoked_at__isnull=True, user__is_active=True)
        .first()
    )
    if token is None:
        return None
    now = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USE_IS_KEPT_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token
