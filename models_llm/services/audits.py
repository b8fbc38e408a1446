"""Audits of judge versions for bias: asked for, run under a lease, and gone on with when a worker dies."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np

from annotations.choices import Outcome, WorkState
from annotations.models import User
from annotations.sentences import sentence as _
from annotations.services.leased_work import finish, request_once
from models_llm.bias import CHECKS, AuditReport, Setup, Trial, as_plain, audit, judge_trials, trial_keys
from models_llm.choices import JudgeKind
from models_llm.engines import in_flow
from models_llm.errors import JudgeError
from models_llm.judging import ItemVerdict, Judge, read_verdict, verdict_record
from models_llm.models import Audit, JudgedTrial, JudgeVersion
from models_llm.selectors.audit_samples import draw_items, subject_of
from models_llm.selectors.judges import config_of, engine_with_key
from models_llm.services.leased_work import make

N_ITEMS: Final = 100
"""Items drawn unless asked otherwise: enough for every interval to be able to pass."""

MOST_ITEMS: Final = 2000


def request_audit(
    *,
    version: JudgeVersion,
    seed: int = 0,
    n_items: int = N_ITEMS,
    checks: Collection[str] = tuple(CHECKS),
    user: User | None,
) -> Audit:
    """Store that a version is to be audited and let a worker do it.

    Asked for again before it is finished, it is the same audit.

    Args:
        seed: draws the items and is the judge's.
        n_items: how many items to draw, 1 to `MOST_ITEMS`.
        checks: keys of `CHECKS`.
    Raises: JudgeError, if the version cannot be asked or the request is not valid; nothing is stored.
    """
    if version.judge.kind == JudgeKind.RECORDED:
        raise JudgeError(
            _("%(rater)s is a recorded judge: it cannot be asked about altered items", rater=version.rater)
        )
    unknown = sorted(set(checks) - set(CHECKS))
    if unknown or not checks:
        raise JudgeError(
            _(
                "expected some of the checks %(known)s, got %(came)s",
                known=", ".join(CHECKS),
                came=", ".join(unknown) or _("none"),
            )
        )
    if not 1 <= n_items <= MOST_ITEMS:
        raise JudgeError(_("expected 1 to %(most)s items, got %(came)s", most=MOST_ITEMS, came=n_items))
    return request_once(
        Audit,
        project_id=version.judge.project_id,
        judge_version=version,
        seed=seed,
        most_items=n_items,
        checks=[key for key in CHECKS if key in checks],
        user=user,
    )


def run_audit(*, audit_id: int) -> bool:
    """Run an audit that is free to take; otherwise do nothing.

    Returns: whether it was run, or failed, here.
    """
    is_closed = make(Audit, audit_id, _run)
    # The reports say all; also that of an audit whose worker was killed before it came to this.
    JudgedTrial.objects.exclude(audit__in=Audit.objects.unfinished()).delete()
    return is_closed


def _run(row: Audit) -> bool:
    return finish(row, state=WorkState.READY, report=as_plain(_Running(row).report()))


class _Running:
    """An audit that is being run; its row's `n_done` and `n_trials` say how far it is.

    What is judged is stored as it comes: a worker that is killed loses what was under way and what `judge_trials` held
    together, and the next one asks for the rest.
    """

    def __init__(self, row: Audit) -> None:
        self._row = row
        self._judged = {one.key: read_verdict(one.verdict) for one in row.judged.iterator()}
        self._version = JudgeVersion.objects.select_related("judge", "rubric").get(pk=row.judge_version_id)
        self._config = config_of(self._version)
        self._rubric = self._version.rubric.spec()

    def report(self) -> AuditReport:
        """Raises: JudgeError, EngineError or MissingExtraError, if the judge cannot be built or cannot begin."""
        items = draw_items(self._version, most=self._row.most_items, rng=np.random.default_rng(self._row.seed))
        with in_flow(f"audit {self._row.pk}"):
            return audit(
                items,
                subject=subject_of(self._version),
                checks=[CHECKS[key] for key in self._row.checks],
                judge=self._judge,
                rng=np.random.default_rng([self._row.seed, 1]),
                on_plan=self._plan,
            )

    def _plan(self, n_trials: int) -> None:
        self._row.n_trials = n_trials

    def _judge(self, trials: Sequence[Trial]) -> list[ItemVerdict]:
        keys = trial_keys(trials)
        left = [at for at, key in enumerate(keys) if key not in self._judged]
        self._row.n_done += len(trials) - len(left)
        for judged in judge_trials([trials[at] for at in left], rubric=self._rubric, build=self._build):
            self._keep({keys[left[place]]: verdict for place, verdict in judged.items()})
        return [self._judged[key] for key in keys]

    def _build(self, setup: Setup) -> Judge:
        return setup.build(self._config, self._rubric, seed=self._row.seed, engines=engine_with_key)

    def _keep(self, judged: Mapping[str, ItemVerdict]) -> None:
        # What failed is asked again by the next worker: the reason may have been the end of this one.
        kept = {key: verdict for key, verdict in judged.items() if verdict.outcome is not Outcome.FAILED}
        rows = [JudgedTrial(audit=self._row, key=key, verdict=verdict_record(one)) for key, one in kept.items()]
        JudgedTrial.objects.bulk_create(rows, ignore_conflicts=True)
        self._judged.update(judged)
        self._row.n_done += len(judged)
