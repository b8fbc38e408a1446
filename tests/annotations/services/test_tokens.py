from __future__ import annotations

import pytest

from annotations.services.tokens import create_token, revoke_token, use_token
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_token_opens_for_its_user_and_notes_its_use() -> None:
    user = make_user()
    token, text = create_token(user=user, name="import")
    used = use_token(text=text)
    assert used is not None
    assert used.user == user
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_the_text_is_stored_nowhere() -> None:
    token, text = create_token(user=make_user(), name="import")
    token.refresh_from_db()
    assert all(text not in str(value) for value in vars(token).values())


def test_a_revoked_token_opens_nothing() -> None:
    user = make_user()
    token, text = create_token(user=user, name="import")
    assert revoke_token(user=user, token_id=token.pk)
    assert use_token(text=text) is None


def test_nobody_revokes_the_token_of_another() -> None:
    token, text = create_token(user=make_user(), name="import")
    assert not revoke_token(user=make_user(), token_id=token.pk)
    assert use_token(text=text) is not None


def test_a_token_of_someone_shut_out_opens_nothing() -> None:
    user = make_user()
    _, text = create_token(user=user, name="import")
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert use_token(text=text) is None
