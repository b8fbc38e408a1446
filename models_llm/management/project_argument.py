"""The `--project` argument of this app's commands."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import CommandError

from annotations.models import Project


def add_project_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--project", required=True, metavar="SLUG", help="the project's slug")


def project_with(slug: str) -> Project:
    """The project of that slug.

    Raises: CommandError, naming the projects that there are.
    """
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        slugs = ", ".join(Project.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise CommandError(f"there is no project “{slug}”; there are {slugs or 'none yet'}")
    return project
