"""The project whose groups are ranked: by a recorded judge, by simulated people, and the last by whoever visits."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson

from annotations.choices import ProjectKind, RaterKind, Role
from annotations.models import Item, Project, QueuedItem, User
from annotations.rubrics import Ranking, load_rubric
from annotations.selectors.rankings import ranked_items
from annotations.services.guidelines import add_guideline_version
from annotations.services.imports import import_file
from annotations.services.projects import change_policy, create_project
from annotations.services.queue import queue_items, submit_ranking
from annotations.simulation import PROFILES, AnnotatorProfile, draw_difficulty, harm, rank, simulate_items
from judge_platform.demo.accounts import join
from judge_platform.demo.turns import turns_of

JUDGE: Final = "side by side (simulated)"
CRITERION: Final = "place"
_CANDIDATES: Final = 4


@dataclass(frozen=True)
class RankedSample:
    """What the project is made of.

    Attributes:
        n_ranked: groups that simulated people rank, each by `overlap` of them.
        n_left: groups queued after that for whoever visits.
    """

    slug: str
    name: str
    description: str
    guidelines: str
    seed: int
    n_ranked: int
    n_left: int
    overlap: int = 2

    @property
    def n_items(self) -> int:
        return (self.n_ranked + self.n_left) * _CANDIDATES


RANKED: Final = RankedSample(
    slug="shop-rankings",
    name="Shop rankings",
    description="Four explanations of the same product, to be put in order. Everything here is made up: the shop, its "
    "customers, the texts, the judge and the people who ranked them.",
    guidelines="""\
# Rankings

In which order would you show the four to this shopper?

- A false claim or a privacy leak weighs more than a clumsy sentence.
- Candidates between which you would not mind share a place.
- What should be shown to nobody is **below the line**.
""",
    seed=15,
    n_ranked=36,
    n_left=12,
)


def ensure_ranked(
    sample: RankedSample, accounts: dict[Role, User], people: dict[AnnotatorProfile, User], say: Callable[[str], object]
) -> Project:
    """Make what is missing of the project."""
    project = _ensure_project(sample, accounts, people)
    rng = np.random.default_rng(sample.seed)
    simulated = list(simulate_items(ProjectKind.EXPLANATION, sample.n_items, rng))
    harms = {item.row["id"]: harm(item.levels) for item in simulated}
    if Item.objects.filter(project=project).count() < sample.n_items:
        _import(project, sample, [item.row for item in simulated], harms, accounts[Role.LEAD])
    if QueuedItem.objects.filter(project=project).count() < sample.n_ranked + sample.n_left:
        queue_items(project=project, n=sample.n_ranked, seed=sample.seed)
        n_ranked = sum(1 for _ in _rank_all(project, sample, harms, people))
        _show_judge_after(project, accounts[Role.LEAD], share=1.0)
        queue_items(project=project, n=sample.n_ranked + sample.n_left, seed=sample.seed)
        say(f"{sample.slug}: simulated people made {n_ranked} rankings, {sample.n_left} groups wait for you")
    return project


def _ensure_project(sample: RankedSample, accounts: dict[Role, User], people: dict[AnnotatorProfile, User]) -> Project:
    lead = accounts[Role.LEAD]
    project = Project.objects.filter(slug=sample.slug).first()
    if project is None:
        project = create_project(
            slug=sample.slug,
            name=f"{sample.name} (simulated)",
            kind=ProjectKind.EXPLANATION,
            rubric=load_rubric("ranking"),
            created_by=lead,
            description=sample.description,
            overlap=sample.overlap,
            is_simulated=True,
        )
        _show_judge_after(project, lead, share=0.0)
    add_guideline_version(project=project, text=sample.guidelines, created_by=lead)
    join(project, accounts, people)
    return project


def _import(
    project: Project, sample: RankedSample, rows: list[dict[str, Any]], harms: Mapping[str, float], lead: User
) -> None:
    """The items with the places that a judge gave them, as they come from elsewhere."""
    places = _recorded(project, sample, rows, harms)
    lines = [
        {**row, "judgements": [{"rater": JUDGE, "kind": RaterKind.JUDGE, "levels": {CRITERION: places[row["id"]]}}]}
        for row in rows
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{sample.slug}.jsonl"
        file.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
        import_file(project=project, path=file, producer="simulated generator", round_number=1, created_by=lead)


def _recorded(
    project: Project, sample: RankedSample, rows: list[dict[str, Any]], harms: Mapping[str, float]
) -> dict[str, str]:
    """Level keys by item: the judge errs like one of the people, who ranks each group on a good day."""
    rng = np.random.default_rng([sample.seed, 2])
    [criterion] = project.current_rubric().spec().criteria
    ranking, keys = _ranking(project), [level.key for level in criterion.levels]
    places: dict[str, str] = {}
    for start in range(0, len(rows), _CANDIDATES):
        group = [row["id"] for row in rows[start : start + _CANDIDATES]]
        said = rank(PROFILES[1], ranking, [harms[item] for item in group], difficulty=1.0, rng=rng)
        places |= {item: keys[level] for item, level in zip(group, said.levels, strict=True)}
    return places


def _rank_all(
    project: Project,
    sample: RankedSample,
    harms: Mapping[str, float],
    people: Mapping[AnnotatorProfile, User],
) -> Iterator[AnnotatorProfile]:
    """Let the annotators take turns until there is nothing left for any of them."""
    rng = np.random.default_rng([sample.seed, 1])
    rubric, ranking = project.current_rubric(), _ranking(project)
    for profile, _rater, turn in turns_of(project, people):
        shown = [harms[item.external_id] for item in ranked_items(turn)]
        said = rank(profile, ranking, shown, difficulty=draw_difficulty(rng), rng=rng)
        submit_ranking(assignment=turn, rubric=rubric, levels=said.levels, seconds=said.seconds)
        yield profile


def _show_judge_after(project: Project, lead: User, *, share: float) -> None:
    """The share of turns after whose answer the judge's order is shown; of the others nothing is."""
    settings = replace(
        project.current_policy().settings(),
        blind_share=1.0 - share,
        reveal_share=share,
        assist_share=0.0,
        challenge_share=0.0,
    )
    change_policy(project=project, settings=settings, changed_by=lead)


def _ranking(project: Project) -> Ranking:
    ranking = project.current_rubric().spec().ranking
    assert ranking is not None, "the rubric ranks"  # noqa: S101
    return ranking
