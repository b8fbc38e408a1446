"""Make a project."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.choices import ProjectKind
from annotations.errors import AnnotationsError, RubricError
from annotations.models import User
from annotations.rubrics import RubricSpec, available_rubrics, load_rubric, published_rubrics, read_rubric
from annotations.services.projects import create_project


class Command(BaseCommand):
    help = "Make a project under a rubric template or a rubric of your own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--slug", required=True)
        parser.add_argument("--name", help="default: the slug in words")
        parser.add_argument("--kind", choices=list(ProjectKind), default=ProjectKind.CUSTOM)
        names = ", ".join(available_rubrics() + published_rubrics())
        parser.add_argument("--rubric", required=True, metavar="NAME_OR_FILE", help=f"a YAML file, or one of {names}")
        parser.add_argument("--lead", metavar="USERNAME", help="who leads it")

    def handle(self, *_args: Any, **options: Any) -> None:
        slug = options["slug"]
        try:
            lead = User.objects.get(username=options["lead"]) if options["lead"] else None
            project = create_project(
                slug=slug,
                name=options["name"] or slug.replace("-", " ").capitalize(),
                kind=ProjectKind(options["kind"]),
                rubric=_rubric(options["rubric"]),
                created_by=lead,
            )
        except User.DoesNotExist as err:
            raise CommandError(f"expected the name of a user, “{options['lead']}” is none") from err
        except AnnotationsError as err:
            raise CommandError(str(err)) from err
        self.stdout.write(f"project {project.slug} is there, under rubric “{project.current_rubric().name}”")


def _rubric(given: str) -> RubricSpec:
    path = Path(given)
    if path.suffix not in (".yaml", ".yml"):
        return load_rubric(given)
    try:
        return read_rubric(path.read_text(encoding="utf-8"), source=path.name)
    except (OSError, UnicodeDecodeError) as err:
        raise RubricError(f"cannot read the rubric {path}: {err}") from err
