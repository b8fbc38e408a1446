"""Where the rows of a batch go, and whose turn it is to write there.

Imports of one project take turns (`take_turn`), so what one looks up nobody adds behind its back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from annotations.choices import RaterKind
from annotations.formats import RaterName, Refusal
from annotations.models import Batch, Rater, Rubric
from annotations.sentences import sentence as _
from annotations.services.copying import as_text, copy_lines

_TURNS: Final = 4_021_977  # first half of the key of our advisory locks; the second is the project


@dataclass
class Stored:
    """What a chunk did."""

    n_items: int = 0
    n_judgements: int = 0
    n_gold: int = 0
    n_unchanged: int = 0
    n_refused: int = 0


@dataclass
class Destination:
    """Where a batch's rows go, with the raters already looked up."""

    batch: Batch
    rubric: Rubric
    raters: dict[RaterName, int] = field(default_factory=dict)
    accounts: set[RaterName] = field(default_factory=set)

    @property
    def project_id(self) -> int:
        return self.batch.project_id


def take_turn(project_id: int) -> None:
    """Wait until no other import writes to the project, and keep others out until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_TURNS, project_id])


def find_raters(to: Destination, names: Iterable[RaterName]) -> None:
    """Look up the raters, and make those that are not there yet."""
    # In one order everywhere: two imports that make the same raters must not wait for each other.
    missing = sorted(name for name in names if name not in to.raters and name not in to.accounts)
    if not missing:
        return
    project = to.batch.project
    Rater.objects.bulk_create(
        [
            Rater(
                project=project,
                kind=name.kind,
                name=name.name,
                is_simulated=project.is_simulated and name.kind != RaterKind.JUDGE,
            )
            for name in missing
        ],
        ignore_conflicts=True,
    )
    wanted = set(missing)
    rows = Rater.objects.filter(project=project, name__in=[name.name for name in missing])
    for pk, kind, name, user_id in rows.values_list("pk", "kind", "name", "user_id"):
        key = RaterName(RaterKind(kind), name)
        if key in wanted and user_id is not None:
            to.accounts.add(key)
        elif key in wanted:
            to.raters[key] = pk


def is_account(number: int, rater: RaterName) -> Refusal:
    """Somebody who judges here themselves speaks for themselves."""
    message = _(
        "expected a rater without an account in this project; “%(rater)s” judges here under their own", rater=rater.name
    )
    return Refusal(number, "rater_has_account", message, rater.name)


def copy_refusals(batch_id: int, refusals: Iterable[Refusal]) -> None:
    copy_lines(
        "annotations_rowrefusal",
        ("batch_id", "row_number", "code", "message", "content"),
        [
            b"%d\t%d\t%b\t%b\t%b\n"
            % (batch_id, refusal.number, refusal.code.encode(), as_text(refusal.message), as_text(refusal.content))
            for refusal in refusals
        ],
    )
