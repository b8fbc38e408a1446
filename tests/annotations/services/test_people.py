"""Invitations serve one person, once; a project keeps a lead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotations.choices import Role
from annotations.errors import InvitationError
from annotations.models import Invitation, Membership, Project, QueuedItem, Reservation, User
from annotations.services.people import (
    LastLeadError,
    accept_invitation,
    change_role,
    invite,
    remove_member,
    revoke_invitation,
)
from annotations.services.queue import queue_items
from annotations.services.raters import rater_of
from annotations.services.reservations import reserve_items
from tests.factories import make_items, make_member, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def lead(project: Project) -> User:
    return make_member(project, Role.LEAD)


def test_an_invitation_makes_its_user_a_member(project: Project, lead: User) -> None:
    _, secret = invite(project=project, role=Role.TRAINER, created_by=lead, days=7)
    user = make_user()
    accept_invitation(secret=secret, user=user)
    assert project.memberships.get(user=user).role == Role.TRAINER


def test_the_secret_is_stored_nowhere(project: Project, lead: User) -> None:
    invitation, secret = invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=7)
    invitation.refresh_from_db()
    assert all(secret not in str(value) for value in vars(invitation).values())


def test_a_used_invitation_serves_nobody_else(project: Project, lead: User) -> None:
    _, secret = invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=7)
    accept_invitation(secret=secret, user=make_user())
    with pytest.raises(InvitationError, match="has been used"):
        accept_invitation(secret=secret, user=make_user())
    assert project.memberships.count() == 2


def test_a_revoked_invitation_serves_nobody(project: Project, lead: User) -> None:
    invitation, secret = invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=7)
    assert revoke_invitation(project=project, invitation_id=invitation.pk)
    with pytest.raises(InvitationError, match="revoked"):
        accept_invitation(secret=secret, user=make_user())
    assert project.memberships.count() == 1


def test_an_invitation_out_of_date_serves_nobody(project: Project, lead: User) -> None:
    invitation, secret = invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=7)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(InvitationError, match="out of date"):
        accept_invitation(secret=secret, user=make_user())
    assert project.memberships.count() == 1


def test_an_unknown_secret_is_refused() -> None:
    with pytest.raises(InvitationError, match="no such invitation"):
        accept_invitation(secret="guess", user=make_user())


def test_a_member_keeps_their_role_and_the_invitation_stays_good(project: Project, lead: User) -> None:
    _, secret = invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=7)
    with pytest.raises(InvitationError, match="already"):
        accept_invitation(secret=secret, user=lead)
    assert project.memberships.get(user=lead).role == Role.LEAD
    accept_invitation(secret=secret, user=make_user())


def test_an_invitation_is_revoked_only_in_its_own_project(project: Project, lead: User) -> None:
    invitation, _ = invite(project=project, role=Role.ANNOTATOR, created_by=lead, days=7)
    assert not revoke_invitation(project=make_project(), invitation_id=invitation.pk)


def test_the_last_lead_stays_lead(project: Project, lead: User) -> None:
    membership = project.memberships.get(user=lead)
    with pytest.raises(LastLeadError):
        change_role(membership=membership, role=Role.ANNOTATOR)
    with pytest.raises(LastLeadError):
        remove_member(membership=membership)
    assert project.memberships.get(user=lead).role == Role.LEAD


def test_one_of_two_leads_may_go(project: Project, lead: User) -> None:
    make_member(project, Role.LEAD)
    remove_member(membership=project.memberships.get(user=lead))
    assert not Membership.objects.filter(project=project, user=lead).exists()


@pytest.mark.parametrize("goes", [True, False])
def test_nothing_is_kept_for_who_leaves_or_reviews_no_more(project: Project, lead: User, goes: bool) -> None:
    [item] = make_items(project, 1)
    queue_items(project=project)
    membership = project.memberships.get(user=make_member(project))
    rater = rater_of(project=project, user=membership.user)
    reserve_items(project=project, item_ids=[item.pk], raters=[rater])
    change_role(membership=membership, role=Role.ADJUDICATOR)
    assert QueuedItem.objects.get().is_reserved
    if goes:
        remove_member(membership=membership)
    else:
        change_role(membership=membership, role=Role.TRAINER)
    assert not QueuedItem.objects.get().is_reserved
    assert not Reservation.objects.exists()
