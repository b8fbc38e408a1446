"""A reward model from the request on its page to its last verdict, by real Celery workers."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from annotations.choices import Outcome, Role, WorkState
from annotations.models import Judgement
from models_llm.choices import JudgeKind, Queue, RunState
from models_llm.models import Fit, JudgeVersion, Run
from models_llm.services.judges import create_judge
from tests.engines_end_to_end.doors import filled
from tests.factories import make_member
from tests.models_llm.services.judged_projects import reviewed_project, scripted_version
from tests.workers import wait_until, worker, worker_environment

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]

DEADLINE_S = 200


def test_workers_train_a_reward_model_and_run_it_alone_and_in_a_jury(tiny_folder: Path, tmp_path: Path) -> None:
    project, _ = reviewed_project(48, n_rated=44)
    client = Client()
    client.force_login(make_member(project, Role.LEAD))
    train, runs, start = (
        reverse(f"models_llm:{name}", args=[project.slug]) for name in ("train-reward-model", "runs", "start-run")
    )
    asked = filled(client, train) | {"base": str(tiny_folder), "epochs": 1, "max_tokens": 64, "objective": "listwise"}
    assert client.post(train, asked).status_code == 302

    environment = worker_environment(tmp_path)
    with (
        worker(environment, "--queues", "celery,judge", "--hostname", "judge@here"),
        worker(environment, "--queues", Queue.ENGINE.value, "--hostname", "engine@here", has_clock=False),
    ):
        wait_until(lambda: not Fit.objects.unfinished().exists(), "it is trained", within_s=DEADLINE_S)
        fit = Fit.objects.get()
        assert (fit.state, fit.error) == (WorkState.READY, "")
        distilled = JudgeVersion.objects.get(fit=fit)
        members = [distilled, scripted_version(project)]
        jury = create_judge(project=project, name="jury", kind=JudgeKind.JURY, members=members)
        for version in (distilled, jury):
            sent = filled(client, runs) | {"version": version.pk}
            assert client.post(start, sent).status_code == 302
        wait_until(
            lambda: set(Run.objects.values_list("state", flat=True)) == {RunState.COMPLETE},
            "both runs are over",
            within_s=DEADLINE_S,
        )

    unseen = set(project.items.values_list("pk", flat=True)) - distilled.seen_item_ids
    for version in (distilled, jury):
        judged = Judgement.objects.filter(rater=version.rater)
        assert set(judged.values_list("item_id", "outcome")) == {(pk, Outcome.RATED) for pk in unseen}
