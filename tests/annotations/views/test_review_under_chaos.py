"""Two hundred annotators over HTTP while the app workers are killed; afterwards the database is audited."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotations.choices import AssignmentStatus, DisputeState, GoldSource, GoldUse, Purpose, QueueState, Role
from annotations.models import (
    Assignment,
    Dispute,
    Escalation,
    Gold,
    Judgement,
    Project,
    QueuedItem,
    ReviewPolicy,
    Ruling,
    User,
)
from annotations.models.review import TAKES_A_PLACE
from annotations.rubrics import LevelSpec
from annotations.services.projects import change_policy
from annotations.services.queue import queue_items
from annotations.services.settling import sweep_unsettled
from judge_platform.bench.web import free_port
from judge_platform.programs import web_program
from tests.annotations.views.sittings import HOST, Adjudicator, Browser, Sitting
from tests.factories import PASS_FAIL, make_items, make_member, make_project, rubric_spec
from tests.workers import wait_until, worker_environment

N_ANNOTATORS = 200
N_ADJUDICATORS = 5  # of them
N_TWO_TABS = 10
N_ITEMS = 90
N_GOLD_APART = 20
N_GOLD_IN_THE_QUEUE = 10
OVERLAP = 3
MOST_OVERLAP = 4
LEASE_S = 20
N_WORKERS = 2
KILL_EVERY = 80
"""A worker is killed each time so many answers were acknowledged."""
KILL_ALL_AT = 150
MOST_ROUNDS = 8
SEED = 20

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Server:
    """A web server of several workers, which are killed as answers come in. The dice say which."""

    environment: dict[str, str]
    port: int
    dice: random.Random
    n_heard: int = 0
    n_killed: int = 0
    n_killed_whole: int = 0

    def __post_init__(self) -> None:
        self.lock = threading.Lock()
        self.process = self._start()

    def hear(self) -> None:
        """One more answer was acknowledged."""
        with self.lock:
            self.n_heard += 1
            if self.n_heard == KILL_ALL_AT:
                self.stop()
                self.process = self._start()
                self.n_killed_whole += 1
            elif self.n_heard % KILL_EVERY == 0:
                workers = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
                if workers:
                    os.kill(int(self.dice.choice(workers)), signal.SIGKILL)
                    self.n_killed += 1

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        program = web_program(host=HOST, port=self.port, workers=N_WORKERS)
        return subprocess.Popen(
            program.arguments, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip


def test_two_hundred_annotators_lose_nothing_and_give_each_item_its_overlap_while_workers_are_killed(
    tmp_path: Path,
) -> None:
    project = a_project()
    people = [make_member(project, Role.ADJUDICATOR) for _ in range(N_ADJUDICATORS)]
    people += [make_member(project) for _ in range(N_ANNOTATORS - N_ADJUDICATORS)]
    sessions = [session_of(user) for user in people]
    environment = worker_environment(tmp_path) | {"SECRET_KEY": settings.SECRET_KEY}
    server = Server(environment, free_port(), random.Random(f"{SEED} kills"))
    try:
        wait_until(lambda: is_ready(server.port), "the web server answers")
        sittings = sittings_of(project, server, sessions)
        adjudicators = [
            Adjudicator(Browser(server.port, session), reverse("annotations:adjudicate", args=[project.slug]))
            for session in sessions[:N_ADJUDICATORS]
        ]
        at_once([*sittings, *adjudicators])
        sweep_unsettled()  # what the clock does every minute
        for _ in range(MOST_ROUNDS):
            if not is_work_left(project):
                break
            let_leases_run_out(project)
            at_once(those_who_come_back(sittings))
            sweep_unsettled()
        at_once(adjudicators)
    finally:
        server.stop()

    assert (server.n_killed_whole, server.n_killed >= 3) == (1, True)
    assert sum(sitting.browser.n_sent_again for sitting in sittings) > 0
    assert_every_acknowledged_answer_is_stored_once(project, sittings)
    assert_each_item_has_its_overlap_of_distinct_annotators(project)
    assert_gold_took_no_places(project)
    assert_disputes_are_where_answers_differ(project)
    assert_nobody_ruled_on_own_work(project, n_ruled=sum(adjudicator.n_ruled for adjudicator in adjudicators))


# --- before


def a_project() -> Project:
    three = (*PASS_FAIL, LevelSpec(key="bad", label="Bad", value=-1, passes=False))
    project = make_project(overlap=OVERLAP, spec=rubric_spec(2, three))
    policy = replace(project.current_policy().settings(), most_overlap=MOST_OVERLAP, gold_share=0.2, seed=SEED)
    change_policy(project=project, settings=policy)
    items = make_items(project, N_ITEMS)
    queue_items(project=project)
    for item in [*items[:N_GOLD_IN_THE_QUEUE], *make_items(project, N_GOLD_APART)]:
        Gold.objects.create(
            item=item, rubric=project.current_rubric(), levels=[0, 0], source=GoldSource.IMPORTED, use=GoldUse.HIDDEN
        )
    # Shorter than a lead may ask for: so that what was left comes back while the others are still at it.
    ReviewPolicy.objects.filter(project=project).update(lease_s=LEASE_S)
    return project


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def sittings_of(project: Project, server: Server, sessions: Sequence[str]) -> list[Sitting]:
    """One for each annotator; the last ones have a second tab open."""
    page = reverse("annotations:review", args=[project.slug])
    return [
        Sitting(Browser(server.port, session), page, random.Random(f"{SEED} {n}"), server.hear)
        for n, session in enumerate([*sessions, *sessions[-N_TWO_TABS:]])
    ]


def is_ready(port: int) -> bool:
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


# --- meanwhile


def at_once(people: Sequence[Sitting | Adjudicator]) -> None:
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(lambda one: one.work(), people))


def let_leases_run_out(project: Project) -> None:
    """Of those who walked away; waiting for it would only take longer."""
    leased = Assignment.objects.filter(project=project, status=AssignmentStatus.LEASED)
    leased.update(lease_expires_at=timezone.now())


def those_who_come_back(sittings: Sequence[Sitting]) -> list[Sitting]:
    """Whoever left a page open, and some of the others; now they stay to the end."""
    for sitting in sittings:
        sitting.walks_away = 0.0
    return [sitting for n, sitting in enumerate(sittings) if sitting.put_aside or n % 5 == 0]


def is_work_left(project: Project) -> bool:
    return (
        QueuedItem.objects.filter(project=project, state=QueueState.OPEN).exists()
        or Assignment.objects.filter(project=project, status=AssignmentStatus.LEASED).exists()
    )


# --- afterwards


def assert_every_acknowledged_answer_is_stored_once(project: Project, sittings: Sequence[Sitting]) -> None:
    said = {stored for sitting in sittings for stored in sitting.stored}
    assert len({stored.turn for stored in said}) == len(said), "one answer a turn, however often it was sent"
    done = Assignment.objects.filter(project=project, status=AssignmentStatus.DONE)
    rows = done.values_list("pk", "judgement_id", "judgement__levels", "judgement__superseded_at")
    assert {(turn, judgement, tuple(levels), at) for turn, judgement, levels, at in rows} == {
        (stored.turn, stored.judgement, stored.levels, None) for stored in said
    }
    assert Judgement.objects.filter(item__project=project).count() == len(said)


def assert_each_item_has_its_overlap_of_distinct_annotators(project: Project) -> None:
    assert not is_work_left(project), "nothing is left that nobody did or that cannot come back"
    turns = Assignment.objects.filter(project=project)
    done = turns.filter(status=AssignmentStatus.DONE, purpose=Purpose.WORK)
    overlaps = dict(QueuedItem.objects.filter(project=project).values_list("item_id", "overlap"))
    assert len(overlaps) == N_ITEMS
    assert set(overlaps.values()) <= {OVERLAP, MOST_OVERLAP}
    assert Counter(done.values_list("item_id", flat=True)) == overlaps
    had = turns.exclude(status=AssignmentStatus.EXPIRED).values_list("rater_id", "item_id")
    assert len(set(had)) == len(had), "nobody had an item twice"
    places = done.values_list("item_id", "place")
    assert set(places) == {(item, place) for item, overlap in overlaps.items() for place in range(overlap)}


def assert_gold_took_no_places(project: Project) -> None:
    gold = Assignment.objects.filter(project=project, purpose=Purpose.GOLD)
    known = set(Gold.objects.filter(item__project=project).values_list("item_id", flat=True))
    assert set(gold.values_list("item_id", flat=True)) <= known
    answered = Judgement.objects.filter(item__project=project, purpose=Purpose.GOLD)
    assert answered.count() == gold.filter(status=AssignmentStatus.DONE).count() > 0


def assert_disputes_are_where_answers_differ(project: Project) -> None:
    said: dict[int, list[list[int | None]]] = defaultdict(list)
    for item, levels in Judgement.objects.live().filter(item__project=project).values_list("item_id", "levels"):
        said[item].append(levels)
    assert not QueuedItem.objects.filter(project=project).exclude(settled_overlap=F("overlap")).exists()
    disputes = set(Dispute.objects.filter(project=project).values_list("item_id", flat=True))
    assert disputes == {item for item, answers in said.items() if differ(answers)}
    escalated = QueuedItem.objects.filter(project=project, overlap=MOST_OVERLAP).values_list("item_id", flat=True)
    assert disputes <= set(escalated)
    for item, compared in Escalation.objects.filter(project=project).values_list("item_id", "compared"):
        first = Judgement.objects.filter(item=item, pk__in=compared)
        assert differ(list(first.values_list("levels", flat=True)))
    assert Escalation.objects.filter(project=project).count() == len(escalated)


def differ(answers: Sequence[Sequence[int | None]]) -> bool:
    """Whether on some criterion no more than half say the same."""
    return any(2 * Counter(column).most_common(1)[0][1] <= len(answers) for column in zip(*answers, strict=True))


def assert_nobody_ruled_on_own_work(project: Project, *, n_ruled: int) -> None:
    rulings = Ruling.objects.filter(dispute__project=project)
    assert rulings.count() == n_ruled > 0
    for ruling in rulings:
        taken = Assignment.objects.filter(status__in=TAKES_A_PLACE, item=ruling.item_id)
        assert not taken.filter(rater__user=ruling.adjudicator_id).exists()
    # What is still open is the own work of each adjudicator.
    adjudicators = project.memberships.filter(role=Role.ADJUDICATOR).values_list("user", flat=True)
    for dispute in Dispute.objects.filter(project=project, state=DisputeState.OPEN):
        own = Judgement.objects.filter(item=dispute.item_id, rater__user__in=adjudicators)
        assert own.count() == N_ADJUDICATORS
