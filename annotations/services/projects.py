"""Making projects and their policies."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from annotations.choices import ProjectKind, Role
from annotations.errors import AnnotationsError
from annotations.models import Membership, Project, ReviewPolicy, User
from annotations.rubrics import RubricSpec
from annotations.services.rubrics import add_rubric_version


class SlugTakenError(AnnotationsError):
    """A project of this slug exists."""

    code = "slug_taken"


def create_project(
    *,
    slug: str,
    name: str,
    kind: ProjectKind,
    rubric: RubricSpec,
    created_by: User | None = None,
    description: str = "",
    overlap: int = 1,
    is_simulated: bool = False,
) -> Project:
    """Make a project with its first rubric and policy; its maker becomes its lead.

    Raises: SlugTakenError.
    """
    try:
        with transaction.atomic():
            project = Project.objects.create(
                slug=slug,
                name=name,
                kind=kind,
                description=description,
                created_by=created_by,
                is_simulated=is_simulated,
            )
            add_rubric_version(project=project, spec=rubric)
            ReviewPolicy.objects.create(project=project, version=1, overlap=overlap)
            if created_by is not None:
                Membership.objects.create(project=project, user=created_by, role=Role.LEAD)
            return project
    except IntegrityError as err:
        if "slug" not in str(err):
            raise
        raise SlugTakenError(f"expected a slug that no project has, “{slug}” is taken; choose another") from err
