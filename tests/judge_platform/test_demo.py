from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from judge_platform.demo import RANKED, ROLES, SAMPLES
from judge_platform.scratch import scratch_environment
from tests.conftest import ROOT
from tests.judge_platform.test_start import free_port

DEADLINE_S = 300

pytestmark = pytest.mark.worker


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with scratch_environment("demo_test") as variables:
        yield {name: value for name, value in variables.items() if name not in ("JUDGE_URL", "JUDGE_MODEL")}


def run_demo(environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--no-serve", "--port", str(free_port())],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=DEADLINE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def first_output(environment: dict[str, str]) -> str:
    return run_demo(environment)


@pytest.fixture
def database(environment: dict[str, str], first_output: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        yield connection


def counts(database: psycopg.Connection, query: str) -> Counter[str]:
    return Counter(dict(database.execute(query).fetchall()))  # type: ignore[call-overload, arg-type]


def test_every_project_has_its_items_and_says_that_it_is_simulated(database: psycopg.Connection) -> None:
    items = counts(
        database, "SELECT p.slug, count(*) FROM annotations_item i JOIN annotations_project p ON p.id = i.project_id"
        " WHERE p.is_simulated GROUP BY p.slug",
    )  # fmt: skip
    assert items == {sample.slug: sample.n_items for sample in (*SAMPLES, RANKED)}
    assert items.total() >= 600


def test_people_differ_in_every_project_and_part_of_it_is_ruled_on(database: psycopg.Connection) -> None:
    projects = counts(
        database, "SELECT d.state, count(DISTINCT i.project_id) FROM annotations_dispute d"
        " JOIN annotations_item i ON i.id = d.item_id GROUP BY d.state",
    )  # fmt: skip
    assert (projects["open"], projects["ruled"]) == (len(SAMPLES), len(SAMPLES))
    wrong = database.execute(
        "SELECT count(*) FROM annotations_ruling r JOIN annotations_gold g ON g.item_id = r.item_id"
        " WHERE g.levels <> r.levels"
    ).fetchone()
    assert wrong == (0,), "the adjudicator of the demonstration knows what is true"
    flagged = database.execute("SELECT count(DISTINCT project_id) FROM annotations_flag").fetchone()
    assert flagged == (len(SAMPLES),)


def test_exactly_as_many_simulated_people_as_wanted_reviewed_each_item(database: psycopg.Connection) -> None:
    finished = counts(
        database, "SELECT p.slug, count(*) FROM annotations_assignment a JOIN annotations_project p"
        " ON p.id = a.project_id JOIN annotations_rater r ON r.id = a.rater_id"
        " WHERE a.status = 'done' AND a.purpose = 'work' AND r.is_simulated GROUP BY p.slug",
    )  # fmt: skip
    wanted = {sample.slug: sample.n_reviewed * sample.overlap + sample.n_shown * 2 for sample in SAMPLES}
    assert finished == {**wanted, RANKED.slug: RANKED.n_ranked * RANKED.overlap}


def test_gold_and_every_mode_were_at_work_in_every_project(database: psycopg.Connection) -> None:
    turns: dict[str, list[str]] = dict(
        database.execute(
            "SELECT p.slug, array_agg(DISTINCT a.purpose || ' ' || a.mode) FROM annotations_assignment a"
            " JOIN annotations_project p ON p.id = a.project_id WHERE a.status = 'done' GROUP BY p.slug"
        ).fetchall()
    )
    for sample in SAMPLES:
        work = {"work blind", "work reveal", "work assist"}
        assert work | {"gold blind", "gold reveal", "gold assist", "gold challenge"} == set(turns[sample.slug])
    looked_again = counts(
        database, "SELECT second_look, count(*) FROM annotations_assignment WHERE second_look <> '' GROUP BY 1"
    )  # fmt: skip
    assert looked_again["kept"] > 0
    assert looked_again["revised"] > 0


def test_items_are_left_in_the_queue_for_the_visitor(database: psycopg.Connection) -> None:
    left = counts(
        database, "SELECT p.slug, count(*) FROM annotations_queueditem q JOIN annotations_project p"
        " ON p.id = q.project_id WHERE q.state = 'open' GROUP BY p.slug",
    )  # fmt: skip
    assert left == {sample.slug: sample.n_left for sample in (*SAMPLES, RANKED)}


def test_a_judge_and_people_put_the_groups_to_be_ranked_in_order(database: psycopg.Connection) -> None:
    ranked = database.execute(
        "SELECT r.kind, count(*) FROM annotations_judgement j JOIN annotations_rater r ON r.id = j.rater_id"
        " JOIN annotations_project p ON p.id = r.project_id WHERE p.slug = %s GROUP BY r.kind",
        [RANKED.slug],
    ).fetchall()
    assert dict(ranked) == {"person": RANKED.n_ranked * RANKED.overlap * 4, "judge": RANKED.n_items}


def test_two_judges_a_project_judged_every_item_they_were_not_fitted_on(database: psycopg.Connection) -> None:
    assert counts(database, "SELECT state, count(*) FROM models_llm_run GROUP BY state") == {"complete": 8}
    missing = database.execute(
        "SELECT count(*) FROM models_llm_run r WHERE n_items <>"
        " (SELECT count(*) FROM models_llm_verdict v WHERE v.run_id = r.id)"
    ).fetchone()
    assert missing == (0,)


def test_a_data_set_was_asked_for_in_every_project(database: psycopg.Connection) -> None:
    assert counts(database, "SELECT shape, count(*) FROM models_llm_dataset GROUP BY shape") == {"judged": 4}


def test_the_faulty_rows_planted_in_one_file_were_refused(database: psycopg.Connection) -> None:
    assert counts(database, "SELECT code, count(*) FROM annotations_rowrefusal GROUP BY code") == {
        "candidate_missing": 1,
        "not_json": 1,
    }


def test_it_prints_the_address_and_an_account_for_each_role(first_output: str) -> None:
    for role in ROLES:
        assert re.search(rf"    {role.value} +judge-[0-9a-f]{{10}}", first_output)
    assert re.search(r"at http://127\.0\.0\.1:\d+", first_output)


def test_a_second_time_nothing_is_added(
    environment: dict[str, str], first_output: str, database: psycopg.Connection
) -> None:
    tables = ("annotations_item", "annotations_judgement", "annotations_batch", "annotations_user",
              "models_llm_run", "models_llm_judgeversion", "models_llm_dataset")  # fmt: skip
    query = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)  # noqa: S608
    before = counts(database, query)
    password = re.search(r"judge-[0-9a-f]{10}", first_output)
    output = run_demo(environment)
    assert password is not None
    assert password.group() in output
    database.rollback()
    assert counts(database, query) == before


def test_a_served_model_that_is_named_only_half_stops_the_start(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--no-serve"],
        cwd=ROOT, env={**environment, "JUDGE_URL": "http://127.0.0.1:9"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "expected JUDGE_MODEL beside JUDGE_URL" in done.stderr


def test_the_password_is_kept_for_its_owner_alone(environment: dict[str, str], first_output: str) -> None:
    assert Path(environment["VAR_DIR"], "demo_password").stat().st_mode & 0o777 == 0o600
