from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from annotations.choices import Outcome, RaterKind, Role, Visible
from annotations.models import Project
from annotations.services.judgements import NewJudgement, record_judgements
from models_llm.bias import CHECKS
from models_llm.choices import JudgeKind
from models_llm.models import JudgeVersion, Shard, Verdict
from models_llm.selectors.judge_card import judge_card
from models_llm.services.audits import request_audit, run_audit
from models_llm.services.calibrations import fit_calibration, request_calibration
from models_llm.services.judges import create_judge
from models_llm.services.recorded import adopt_recorded_judges
from tests.factories import judge_item, make_batch, make_items, make_member, make_project, make_rater, rubric_spec
from tests.models_llm.services.judged_projects import run_without_shards, scripted_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def judged() -> tuple[Project, JudgeVersion]:
    """Four items, all passed on c0 by a person; the judge passes two, fails one, and one reply was not read."""
    project = make_project(name="Tags & *more*")
    version = scripted_version(project)
    items = [*make_items(project, 3, slices={"town": "Bonn"}), *make_items(project, 1, slices={"town": "Kiel"})]
    person = make_rater(project, RaterKind.PERSON)
    run = run_without_shards(version, n_items=4)
    verdicts: list[tuple[tuple[int, int] | None, float]] = [((0, 0), 0.99), ((0, 1), 0.5), (None, 0.0), ((1, 0), 0.95)]
    for item, (levels, mass) in zip(items, verdicts, strict=True):
        judge_item(person, item, (0, 0))
        outcome = Outcome.RATED if levels else Outcome.UNPARSED
        judgement = judge_item(version.rater, item, levels, outcome=outcome)
        Verdict.objects.create(judgement=judgement, run=run, masses=[mass, None] if levels else None)
    Shard.objects.create(
        run=run, number=1, item_ids=[item.pk for item in items], n_rated=3, n_unparsed=1, prompt_tokens=200, engine_s=2
    )
    return project, version


def test_every_figure_of_the_card(judged: tuple[Project, JudgeVersion]) -> None:
    _, version = judged
    card = judge_card(version)

    assert card.outcomes == {"rated": 3, "unparsed": 1, "refused": 0, "truncated": 0, "failed": 0}
    c0, c1, joint = card.agreement.criteria
    assert (c0.criterion.key, c1.criterion.key, joint.criterion.key) == ("c0", "c1", "qualified")
    assert c0.accuracy_read is not None
    assert c0.accuracy_unread_wrong is not None
    assert (c0.accuracy_read.value, c0.accuracy_read.n_items) == (pytest.approx(2 / 3), 3)
    assert (c0.accuracy_unread_wrong.value, c0.accuracy_unread_wrong.n_items) == (2 / 4, 4)
    # Masses of c0: .99, .5 and .95, of which one is below .9; c1 has none.
    [mass] = card.masses
    assert (mass.criterion, mass.n, mass.n_low) == ("c0", 3, 1)
    assert mass.mean == pytest.approx((0.99 + 0.5 + 0.95) / 3, abs=1e-6)
    assert card.spending is not None
    assert (card.spending.n_runs, card.spending.n_verdicts) == (1, 4)
    assert card.spending.total["prompt_tokens"] == 200
    assert card.spending.per_1000["prompt_tokens"] == 50_000
    assert card.spending.per_1000["engine_s"] == 500
    assert card.spending.total["cost"] is None
    assert card.bias is None


def test_the_card_leaves_other_judges_out(judged: tuple[Project, JudgeVersion]) -> None:
    project, version = judged
    other = make_rater(project, RaterKind.JUDGE, "other")
    for item in project.items.all():
        judge_item(other, item, (1, 1))
    assert judge_card(version).agreement.criteria[0].judge is not None
    assert {one.judge.rater.id for one in judge_card(version).agreement.criteria if one.judge} == {version.rater_id}


def test_page_markdown_json_api_and_command_tell_the_same(judged: tuple[Project, JudgeVersion], client: Client) -> None:
    project, version = judged
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("models_llm:judge-card", args=[project.slug, version.pk])

    document = client.get(url, {"format": "json"}).json()
    assert document["agreement"]["criteria"][0]["accuracy_read"]["value"] == pytest.approx(2 / 3)
    api = client.get(reverse("models_llm:api-judge-card", args=[project.slug, version.pk]))
    assert api.json() == document
    out = StringIO()
    call_command("judge_card", project=project.slug, judge="scripted", json=True, stdout=out)
    assert json.loads(out.getvalue()) == document

    markdown = client.get(url, {"format": "md"})
    assert markdown["Content-Type"].startswith("text/markdown")
    text = markdown.content.decode()
    out = StringIO()
    call_command("judge_card", project=project.slug, judge="scripted", stdout=out)
    assert out.getvalue().strip() == text.strip()
    assert "| with replies not read as wrong | agrees with the majority | 0.5000 |" in text
    assert "| unparsed | 1 |" in text

    page = client.get(url)
    assert page.status_code == 200
    body = page.content.decode()
    assert "Accuracy, replies not read wrong" in body
    assert "50,000" in body


def test_a_slice_of_the_card(judged: tuple[Project, JudgeVersion], client: Client) -> None:
    project, version = judged
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("models_llm:judge-card", args=[project.slug, version.pk])
    document = client.get(url, {"format": "json", "slice": "town=Kiel"}).json()
    assert document["item_slice"] == {"town": "Kiel"}
    assert document["outcomes"]["rated"] == 1
    assert document["agreement"]["criteria"][0]["accuracy_read"]["value"] == 0
    assert "Items with town: Kiel." in client.get(url, {"format": "md", "slice": "town=Kiel"}).content.decode()
    assert "of items with town: Kiel" in client.get(url, {"slice": "town=Kiel"}).content.decode()
    api = client.get(reverse("models_llm:api-judge-card", args=[project.slug, version.pk]), {"slice": "Kiel"})
    assert api.status_code == 400
    with pytest.raises(CommandError, match="expected a slice as key=value"):
        call_command("judge_card", project=project.slug, judge="scripted", slice="Kiel")


def test_a_judge_that_judged_nothing_says_how_to_let_it(client: Client) -> None:
    project = make_project()
    version = scripted_version(project)
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("models_llm:judge-card", args=[project.slug, version.pk])
    page = client.get(url).content.decode()
    assert "has judged nothing yet" in page
    assert "manage.py run_judge" in page
    assert "It never ran here" in client.get(url, {"format": "md"}).content.decode()


def test_the_command_names_the_versions_that_there_are() -> None:
    project = make_project()
    scripted_version(project)
    with pytest.raises(CommandError, match="judge “scripted” has no version 7; it has 1"):
        call_command("judge_card", project=project.slug, judge="scripted", number=7)


def test_the_card_of_a_jury_says_how_alike_its_members_err(client: Client) -> None:
    project = make_project(spec=rubric_spec(1))
    members = [
        create_judge(project=project, name=name, engine="scripted", model="lot", engine_settings={})
        for name in ("one", "two")
    ]
    jury = create_judge(project=project, name="jury", kind=JudgeKind.JURY, members=members)
    person = make_rater(project)
    # Each errs on two of six items, on one of them together: over the six errors (1,1,0,0,0,0) and (1,0,1,0,0,0),
    # means 1/3, covariance 1/6 - 1/9 = 1/18, variance 1/3 - 1/9 = 4/18: a correlation of 1/4, worth 2 / 1.25 members.
    errs = [(1, 1), (1, 0), (0, 1), (0, 0), (0, 0), (0, 0)]
    for item, levels in zip(make_items(project, 6), errs, strict=True):
        judge_item(person, item, (0,))
        for member, level in zip(members, levels, strict=True):
            judge_item(member.rater, item, (level,))
    [found] = judge_card(jury).jury
    assert found.members == ("one v1", "two v1")
    assert (found.correlation[0][1], found.n_shared) == (pytest.approx(0.25), 6)
    assert found.n_effective == pytest.approx(1.6)
    assert judge_card(members[0]).jury == ()
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("models_llm:judge-card", args=[project.slug, jury.pk])
    assert "one v1, two v1" in client.get(url).content.decode()
    assert client.get(url, {"format": "json"}).json()["jury"][0]["n_effective"] == pytest.approx(1.6)
    assert "| c0 | one v1, two v1 | 0.2500 |" in client.get(url, {"format": "md"}).content.decode()


def test_the_card_tells_the_newest_audit(judged: tuple[Project, JudgeVersion], client: Client) -> None:
    project, version = judged
    audit = request_audit(version=version, user=None)
    assert run_audit(audit_id=audit.pk)
    audit.refresh_from_db()
    assert audit.report is not None
    client.force_login(make_member(project, Role.LEAD))
    url = reverse("models_llm:judge-card", args=[project.slug, version.pk])

    checks = [{**check, "examples": []} for check in audit.report["checks"]]
    assert client.get(url, {"format": "json"}).json()["bias"]["report"] == {**audit.report, "checks": checks}
    page, text = client.get(url).content.decode(), client.get(url, {"format": "md"}).content.decode()
    assert reverse("models_llm:audit", args=[project.slug, audit.pk]) in page
    for line in audit.report["checks"]:
        title = CHECKS[line["check"]].title
        assert f'<th scope="row">{title}</th>' in page
        assert f"| {title} | {line['decision'].replace('_', chr(92) + '_')} |" in text


def test_the_card_of_a_recorded_judge_shows_agreement_only(client: Client) -> None:
    project = make_project(spec=rubric_spec(1))
    [item] = make_items(project, 1)
    judge = make_rater(project, RaterKind.JUDGE, "gpt")
    judge_item(make_rater(project), item, (0,))
    record_judgements(
        rater=judge,
        rubric=project.current_rubric(),
        judgements=[NewJudgement(item_id=item.pk, levels=(0,))],
        visible=Visible.UNKNOWN,
        batch=make_batch(project),
    )
    adopt_recorded_judges()
    version = JudgeVersion.objects.get(rater=judge)
    client.force_login(make_member(project, Role.LEAD))
    followed = client.get(reverse("models_llm:card-of-rater", args=[project.slug, judge.pk]), follow=True)
    assert followed.redirect_chain[0][0] == reverse("models_llm:judge-card", args=[project.slug, version.pk])
    page = followed.content.decode()
    assert "made-by-a-test.jsonl" in page
    assert "Agreement" in page
    for heading in ("Calibration", "Bias", "Cost and speed", "Probability on the labels"):
        assert f">{heading}</h2>" not in page
    assert client.get(reverse("models_llm:card-of-rater", args=[project.slug, 10**9])).status_code == 404


@pytest.mark.parametrize("n", [2, 20])
def test_pages_of_a_version_ask_as_many_questions_of_few_rows_as_of_many(
    n: int, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    project = make_project(spec=rubric_spec(2))
    version = scripted_version(project)
    items = make_items(project, n)
    people = [make_rater(project) for _ in range(n)]
    for item in items:
        judge_item(version.rater, item, (0, 0), distributions=(0.9, 0.1, 0.8, 0.2))
        for person in people:
            judge_item(person, item, (0, 1))
    for seed in range(n):
        run_without_shards(version, n_items=n)
        run_audit(audit_id=request_audit(version=version, seed=seed, n_items=2, checks=["repeat"], user=None).pk)
        fit_calibration(calibration_id=request_calibration(version=version, user=None).pk)
    client.force_login(make_member(project, Role.LEAD))
    audit, judgement = version.audits.latest("pk"), version.rater.judgements.latest("pk")
    for page, key, n_queries in (
        ("judge-card", version.pk, 15),
        ("audits", version.pk, 7),
        ("audit", audit.pk, 7),
        ("calibration", version.pk, 8),
        ("verdict", judgement.pk, 8),
    ):
        with django_assert_num_queries(n_queries):
            assert client.get(reverse(f"models_llm:{page}", args=[project.slug, key])).status_code == 200
