"""Training reward models on what people decided and what a teacher said."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from annotations.choices import Outcome, Scale
from annotations.formats import candidates_under
from annotations.models import Judgement, Project, Rubric
from annotations.rubrics import MISSING, CriterionSpec, RubricSpec
from annotations.sentences import sentence as _
from models_llm.choices import JudgeKind
from models_llm.errors import FitError, JudgeError
from models_llm.judging import (
    HeldOutCriterion,
    JudgeConfig,
    JudgedItem,
    OnStep,
    RatedItem,
    RewardModelSettings,
    evaluate_held_out,
    item_values,
    render,
    split_groups,
)
from models_llm.models import JudgeVersion
from models_llm.rewards import (
    Objective,
    RatedText,
    TrainedValues,
    Training,
    ValueModel,
    ValueScale,
    fit_value_scale,
    folder_digest,
    rated_texts,
    tiers_of,
    train_value_model,
)
from models_llm.selectors.rated_items import rated_items
from models_llm.services.fitted_judges import FittedJudge, evaluation_of

FEWEST_ITEMS: Final = 40
DEVELOPMENT_SHARE: Final = 0.25
"""Of the items that are not held out: the cut points are fitted on them, the values are not."""


@dataclass(frozen=True)
class RewardModelRequest:
    """What a reward model is made of.

    Attributes:
        base: name or folder of the language model that gets the value head.
        teacher_id: the judge version whose verdicts stand in where people decided nothing; None for people alone.
        teacher_weight: of such an item, where one that people decided has 1.
        max_tokens: of an item's text; a longer one loses its beginning.
    """

    base: str
    revision: str = "main"
    teacher_id: int | None = None
    teacher_weight: float = 0.5
    objective: str = Objective.LISTWISE.value
    epochs: int = 3
    batch_texts: int = 32
    learning_rate: float = 2e-5
    max_tokens: int = 512

    def __post_init__(self) -> None:
        if self.objective not in list(Objective):
            raise JudgeError(
                _(
                    "expected objective %(known)s, got “%(came)s”",
                    known=" or ".join(Objective),
                    came=self.objective,
                )
            )
        if not self.base:
            raise JudgeError(_("expected the name or folder of a language model to put the value head on, got nothing"))
        if self.epochs < 1 or self.batch_texts < 2 or self.max_tokens < 16 or not 0 < self.learning_rate < 1:
            raise JudgeError(
                _(
                    "expected at least 1 epoch, 2 texts a batch, 16 tokens a text and a learning rate between 0 "
                    "and 1, got %(came)s",
                    came=asdict(self),
                )
            )

    @property
    def training(self) -> Training:
        return Training(
            objective=Objective(self.objective),
            epochs=self.epochs,
            batch_texts=self.batch_texts,
            learning_rate=self.learning_rate,
        )

    @classmethod
    def from_json(cls, params: Mapping[str, Any]) -> RewardModelRequest:
        """Raises: JudgeError, naming what is not known or lacks."""
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(params) - set(known))
        if unknown or "base" not in params:
            raise JudgeError(
                _(
                    "a reward model is asked for by base and any of %(known)s; got %(came)s",
                    known=", ".join(known[1:]),
                    came=dict(params),
                )
            )
        return cls(**params)


def fit_new_reward_model(
    *,
    project: Project,
    request: RewardModelRequest,
    seed: int,
    held_out_share: float,
    on_step: OnStep | None = None,
) -> FittedJudge:
    """Train a reward model under the project's current rubric; its files are kept under MODEL_ROOT by their digest.

    People's majority ratings decide; where they decided nothing, the teacher's verdict counts with its weight, but
    never in a group that is held out or used for the cut points.

    Args:
        held_out_share: share of the items that people decided which only the evaluation sees, by whole groups.
        on_step: called with each step as it begins.
    Raises: FitError, if people decided too few items; JudgeError, if a criterion has no better and worse levels, the
        rubric mixes preferences with others, or the teacher is not of this project and rubric; MissingExtraError or
        EngineError, as `ValueModel.start`.
    """
    say = on_step or _in_silence
    rng = np.random.default_rng(seed)
    say("reading what people said")
    material = _gather(project, request, held_out_share, rng)
    say(f"loading {request.base}")
    model = _start(request, n_criteria=len(material.spec.criteria), seed=seed)
    done = train_value_model(model, material.texts, request.training, rng=rng, on_step=_saying(say))
    say(f"cutting values into levels on {len(material.developed)} items")
    scales = _scales(material, model)
    say(f"evaluating on {len(material.held_out)} held-out items")
    criteria = _evaluate(material, model, scales, rng)
    folder, digest = _keep(model)
    config = JudgeConfig(
        JudgeKind.REWARD_MODEL.value,
        model=request.base,
        settings={
            **RewardModelSettings(str(folder), digest, tuple(scales)).as_json(),
            "request": asdict(request),
            "seed": seed,
            "held_out_share": held_out_share,
            "fitted_item_ids": sorted(material.item_ids[at] for at in material.seen),
            "held_out_item_ids": [material.item_ids[at] for at in material.held_out],
        },
    )
    evaluation = evaluation_of(material.seen, material.held_out, criteria) | _account(done, material)
    return FittedJudge(material.rubric, config, evaluation)


@dataclass(frozen=True)
class _Material:
    """What a reward model is made of.

    Attributes:
        item_ids, rated: items that people decided; the other positions are among these.
        trained: what the values are trained on.
        developed: what the cut points are fitted on.
        held_out: what only the evaluation sees.
        teacher_texts: items that a teacher rated and people did not.
    """

    rubric: Rubric
    spec: RubricSpec
    item_ids: Sequence[int]
    rated: Sequence[RatedItem]
    trained: Sequence[int]
    developed: Sequence[int]
    held_out: Sequence[int]
    teacher_texts: Sequence[RatedText]

    @property
    def seen(self) -> list[int]:
        """All that the judge learns from."""
        return sorted([*self.trained, *self.developed])

    @property
    def texts(self) -> list[RatedText]:
        """What the values are trained on, people's ratings first."""
        people = [
            text
            for at in self.trained
            for text in rated_texts(
                self.spec,
                render(self.rated[at].item),
                self.rated[at].levels,
                item_id=self.item_ids[at],
                group=self.rated[at].group,
            )
        ]
        return [*people, *self.teacher_texts]


def _gather(
    project: Project, request: RewardModelRequest, held_out_share: float, rng: np.random.Generator
) -> _Material:
    """Raises: FitError or JudgeError, as `fit_new_reward_model`."""
    rubric = project.current_rubric()
    spec = rubric.spec()
    for criterion in spec.criteria:
        tiers_of(criterion)
    if len({criterion.scale is Scale.PREFERENCE for criterion in spec.criteria}) > 1:
        raise JudgeError(
            _(
                "“%(rubric)s” rates single candidates and pairs: a reward model is trained on either alone",
                rubric=rubric,
            )
        )
    item_ids, rated = rated_items(rubric)
    if len(rated) < FEWEST_ITEMS:
        raise FitError(
            _(
                "expected at least %(fewest)s items with a majority of people's ratings under “%(rubric)s” to "
                "train a reward model, got %(n)s: review or import more",
                fewest=FEWEST_ITEMS,
                rubric=rubric,
                n=len(rated),
            )
        )
    wanted = candidates_under(spec)
    strange = [pk for pk, one in zip(item_ids, rated, strict=True) if len(one.item.candidates) != wanted]
    if strange:
        raise FitError(
            _(
                "expected items with %(wanted)s candidate(s) under “%(rubric)s”; %(n)s of those that people "
                "decided have another number: make a project of their own for them",
                wanted=wanted,
                rubric=rubric,
                n=len(strange),
            )
        )
    seen, held_out = split_groups([one.group for one in rated], held_out_share, rng)
    trained_at, developed_at = split_groups([rated[at].group for at in seen], DEVELOPMENT_SHARE, rng)
    trained, developed = [seen[at] for at in trained_at], [seen[at] for at in developed_at]
    if not held_out or not trained or not developed:
        raise FitError(
            _(
                "expected groups for training, cut points and evaluation, got %(n)s",
                n=len({one.group for one in rated}),
            )
        )
    kept_apart = {rated[at].group for at in (*held_out, *developed)}
    teacher_texts = _teacher_texts(project, rubric, request, decided=set(item_ids), kept_apart=kept_apart)
    return _Material(rubric, spec, item_ids, rated, trained, developed, held_out, teacher_texts)


def _start(request: RewardModelRequest, *, n_criteria: int, seed: int) -> ValueModel:
    return ValueModel.start(
        request.base,
        revision=request.revision,
        n_criteria=n_criteria,
        max_tokens=request.max_tokens,
        device="",
        seed=seed,
    )


def _teacher_texts(
    project: Project, rubric: Rubric, request: RewardModelRequest, *, decided: set[int], kept_apart: set[str]
) -> list[RatedText]:
    if request.teacher_id is None:
        return []
    teacher = JudgeVersion.objects.filter(pk=request.teacher_id, judge__project=project, rubric=rubric).first()
    if teacher is None:
        raise JudgeError(
            _(
                "expected a judge version of “%(project)s” under “%(rubric)s” as teacher, %(teacher)s is none",
                project=project.slug,
                rubric=rubric,
                teacher=request.teacher_id,
            )
        )
    spec = rubric.spec()
    rows = (
        Judgement.objects.live()
        .filter(rater=teacher.rater, rubric=rubric, outcome=Outcome.RATED)
        .exclude(item_id__in=decided)
        .order_by("item_id")
        .values_list("item_id", "item__context", "item__candidates", "item__group", "levels")
    )
    return [
        text
        for item_id, context, candidates, stored_group, levels in rows.iterator()
        if (group := stored_group or f"item {item_id}") not in kept_apart and len(candidates) == candidates_under(spec)
        for text in rated_texts(
            spec,
            render(JudgedItem(context, tuple(candidates))),
            levels,
            item_id=item_id,
            group=group,
            weight=request.teacher_weight,
        )
    ]


def _scales(material: _Material, model: ValueModel) -> list[ValueScale]:
    developed = [material.rated[at] for at in material.developed]
    values = _values(material.spec, model, developed)
    return [
        _scale(criterion, values[:, number].tolist(), [one.levels[number] for one in developed])
        for number, criterion in enumerate(material.spec.criteria)
    ]


def _values(spec: RubricSpec, model: ValueModel, items: Sequence[RatedItem]) -> NDArray[np.float64]:
    """Of the items, (n_items, n_criteria)."""
    values = model.values([text for one in items for text in render(one.item)])
    return item_values(values, n_candidates=candidates_under(spec))


def _scale(criterion: CriterionSpec, values: Sequence[float], levels: Sequence[int | None]) -> ValueScale:
    return fit_value_scale(criterion, values, [MISSING if level is None else level for level in levels])


def _evaluate(
    material: _Material, model: ValueModel, scales: Sequence[ValueScale], rng: np.random.Generator
) -> tuple[HeldOutCriterion, ...]:
    values = _values(material.spec, model, [material.rated[at] for at in material.held_out])
    return evaluate_held_out(
        material.spec,
        material.rated,
        fitted=material.seen,
        held_out=material.held_out,
        tables=[scale.shares(values[:, number]) for number, scale in enumerate(scales)],
        rng=rng,
    )


def _keep(model: ValueModel) -> tuple[Path, str]:
    """Write the model under its digest: a folder is whole once it is there, and the same weights are kept once."""
    root = Path(settings.MODEL_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=root))
    model.save(draft)
    digest = folder_digest(draft)
    folder = root / digest
    if folder.exists():
        shutil.rmtree(draft)
    else:
        draft.rename(folder)
    return folder, digest


def _account(done: TrainedValues, material: _Material) -> dict[str, Any]:
    """How training went, for the version's page."""
    return {
        "training": {
            "losses": list(done.losses),
            "n_steps": done.n_steps,
            "n_pairs": done.n_pairs,
            "n_people": len(material.trained),
            "n_teacher": len(material.teacher_texts) // candidates_under(material.spec),
        }
    }


def _in_silence(step: str) -> None:
    """Nobody wants to know how far it is."""


def _saying(say: OnStep) -> Callable[[int, int], None]:
    return lambda n_done, n_steps: say(f"training, step {n_done} of {n_steps}")
