"""Ask people about items of a project."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from annotations.choices import ChoreStep, Order
from annotations.errors import DrawError
from annotations.models import Project
from annotations.selectors.draws import preview_draw
from annotations.selectors.groups import in_words
from annotations.services.queue import queue_items

STEPS: Final = {
    ChoreStep.READING: "reading the items and what directs the draw …",
    ChoreStep.QUEUEING: "putting what was drawn into the queue …",
}


class Command(BaseCommand):
    help = "Send a project's items to its annotators, all of them or a sample, as its policy draws them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help="every item")
        which.add_argument("--sample", type=int, metavar="N", help="N items by lot")
        parser.add_argument(
            "--seed", type=int, help="of the lot, instead of the policy's; the same draws the same items"
        )
        parser.add_argument(
            "--order",
            choices=[order.value for order in Order],
            help="what puts items before others, instead of the policy's order",
        )
        parser.add_argument("--preview", action="store_true", help="say what would be drawn, and change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            project = Project.objects.get(slug=options["project"])
        except Project.DoesNotExist as err:
            raise CommandError(f"expected the slug of a project, “{options['project']}” is none") from err
        order = Order(options["order"]) if options["order"] else None
        how = {"project": project, "n": options["sample"], "seed": options["seed"], "order": order}
        try:
            self.stdout.write(self._preview(how) if options["preview"] else self._queue(how))
        except DrawError as err:
            raise CommandError(str(err)) from err

    def _queue(self, how: dict[str, Any]) -> str:
        to_say = dict(STEPS)

        def say_once(step: ChoreStep) -> None:
            if step in to_say:
                self.stderr.write(to_say.pop(step))

        draw = queue_items(**how, on_step=say_once)
        left_out = f"; left out: {in_words(draw.left_out)}" if draw.left_out else ""
        return (
            f"{draw.n_added} of {draw.n_drawn} items drawn from {draw.n_items} are new in the queue "
            f"(draw {draw.pk}, {draw.order}, selection probability "
            f"{_range(draw.least_probability, draw.most_probability)}, seed {draw.seed}){left_out}"
        )

    def _preview(self, how: dict[str, Any]) -> str:
        found = preview_draw(settings=how["project"].current_policy().settings(), **how)
        total = (
            f"{found.n_drawn} of {found.n_items} items would be drawn, {found.n_in_queue} of them are in the queue "
            f"(selection probability {_range(found.least_probability, found.most_probability)}); "
            f"{found.n_answers:.0f} answers would be asked for"
        )
        slices = [f"  {one.value or 'without a value'}: {one.n_drawn} of {one.n_items}" for one in found.slices]
        return "\n".join([total, *slices])


def _range(least: float, most: float) -> str:
    return f"{least:.4g}" if f"{least:.4g}" == f"{most:.4g}" else f"{least:.4g} to {most:.4g}"
