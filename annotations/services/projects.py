"""Making projects and their policies."""

from __future__ import annotations

from dataclasses import asdict

from django.db import IntegrityError, transaction

from annotations.allocation import PolicySettings
from annotations.choices import ProjectKind, Role
from annotations.errors import AnnotationsError
from annotations.models import Membership, Project, ReviewPolicy, User
from annotations.rubrics import RubricSpec
from annotations.sentences import sentence as _
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
            ReviewPolicy.objects.create(project=project, version=1, overlap=overlap, created_by=created_by)
            if created_by is not None:
                Membership.objects.create(project=project, user=created_by, role=Role.LEAD)
            return project
    except IntegrityError as err:
        if "slug" not in str(err):
            raise
        raise SlugTakenError(
            _("expected a slug that no project has, “%(slug)s” is taken; choose another", slug=slug)
        ) from err


def describe_project(*, project: Project, name: str, description: str) -> None:
    """Change what a project is called and said to be for."""
    Project.objects.filter(pk=project.pk).update(name=name, description=description)


@transaction.atomic
def change_policy(*, project: Project, settings: PolicySettings, changed_by: User | None = None) -> ReviewPolicy:
    """Store a review policy as the project's newest version; the same policy again returns the version there is.

    Turns that begin from now on are under it. Items in the queue keep the overlap and the probability that they have.
    """
    Project.objects.select_for_update().get(pk=project.pk)
    current = project.current_policy()
    if settings == current.settings():
        return current
    return ReviewPolicy.objects.create(
        project=project, version=current.version + 1, created_by=changed_by, **asdict(settings)
    )
