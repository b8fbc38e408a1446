"""Versions of a project's policy, with what each changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from annotations.allocation import POLICY_FIELDS
from annotations.models import Project

VERSIONS_SHOWN: Final = 50


@dataclass(frozen=True)
class Change:
    """One setting that a version has otherwise than the one before."""

    setting: str
    before: object
    after: object


@dataclass(frozen=True)
class PolicyVersion:
    version: int
    created_at: datetime
    created_by: str
    changes: list[Change]


def policy_versions(project: Project) -> list[PolicyVersion]:
    """The newest `VERSIONS_SHOWN`, newest first."""
    rows = list(project.policies.select_related("created_by").order_by("-version")[: VERSIONS_SHOWN + 1])
    settings = [row.settings() for row in rows]
    changes = [
        [
            Change(name, getattr(before, name), getattr(after, name))
            for name in POLICY_FIELDS
            if getattr(before, name) != getattr(after, name)
        ]
        for after, before in pairwise(settings)
    ]
    return [
        PolicyVersion(row.version, row.created_at, row.created_by.name if row.created_by else "", changed)
        for row, changed in zip(rows[:VERSIONS_SHOWN], [*changes, []], strict=False)
    ]
