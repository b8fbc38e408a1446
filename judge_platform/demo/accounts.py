"""One account per role for the visitor, and the simulated annotators."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from annotations.choices import Role
from annotations.models import Membership, Project, User
from annotations.simulation import PROFILES, AnnotatorProfile

ROLES: Final = (Role.LEAD, Role.ANNOTATOR, Role.ADJUDICATOR, Role.TRAINER)


def ensure_password(file: Path) -> str:
    """The password of the accounts; made at the first call and kept in `file` for the next."""
    try:
        with file.open("x") as handle:
            file.chmod(0o600)
            handle.write(f"judge-{secrets.token_hex(5)}")
    except FileExistsError:
        pass
    return file.read_text()


def ensure_accounts(password: str) -> dict[Role, User]:
    """The visitor's accounts, named like their roles. The password of an account that exists stays as it is."""
    accounts = {}
    for role in ROLES:
        user = User.objects.filter(username=role.value).first()
        if user is None:
            user = User.objects.create_user(
                username=role.value,
                password=password,
                display_name=f"Demo {role.value}",
                is_staff=role is Role.LEAD,  # may make more projects
            )
        accounts[role] = user
    return accounts


def ensure_simulated_people() -> dict[AnnotatorProfile, User]:
    """A user for each simulated annotator; nobody can sign in as one."""
    people = {}
    for profile in PROFILES:
        people[profile], _ = User.objects.get_or_create(
            username=profile.username,
            defaults={"display_name": profile.name, "is_simulated": True, "password": "!"},  # unusable
        )
    return people


def join(project: Project, users: dict[Role, User], people: dict[AnnotatorProfile, User]) -> None:
    for role, user in [*users.items(), *((Role.ANNOTATOR, user) for user in people.values())]:
        Membership.objects.get_or_create(project=project, user=user, defaults={"role": role})


def account_lines(password: str) -> list[str]:
    """What the visitor is told: one line a role."""
    width = max(len(role.value) for role in ROLES)
    return [f"{role.value.ljust(width)}  {password}" for role in ROLES]
