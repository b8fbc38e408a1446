"""A judge written down: what pages, API and command take to make one, and what an existing version reads as.

kind: per_criterion
engine: openai_http                 # not for a jury
model: judge-7b
revision: main                      # of the model, where it is known
engine_settings: {urls: [http://gpu-1:8000/v1, http://gpu-2:8000/v1]}
sampling: {temperature: 0, top_p: 1, max_tokens: 1024, seed: 0}
template: per_criterion             # or its texts: {system: …, user: …, question: …}
protocol: {rationales: true}        # the kind's own settings
examples: {n: 6, seed: 0}           # drawn from what people decided; or {like: judge v1}
members: [small v1, large v2]       # of a jury
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from annotations.models import Project
from annotations.sentences import sentence as _
from models_llm.choices import JudgeKind
from models_llm.engines import Sampling
from models_llm.errors import JudgeError
from models_llm.judging import KINDS, JudgeConfig
from models_llm.models import JudgeVersion
from models_llm.prompting import Example, PromptTemplate, load_template
from models_llm.selectors.examples import MOST_EXAMPLES, choose_examples
from models_llm.services.judges import configure_judge, create_judge_version

KEYS: Final = (
    "kind", "engine", "model", "revision", "engine_settings", "sampling", "template", "protocol", "examples", "members",
)  # fmt: skip
TEXTS: Final = tuple(spec.name for spec in fields(PromptTemplate) if spec.name != "name")
"""Names of the texts of a template."""

_WITHOUT_MODEL: Final = "scripted"


@dataclass(frozen=True)
class WrittenJudge:
    """What a document says, ready to be frozen."""

    config: JudgeConfig
    revision: str


def create_judge_from(*, project: Project, name: str, document: Mapping[str, Any]) -> JudgeVersion:
    """Freeze the judge of a document as the next version of the project's judge of that name.

    Raises: JudgeError or EngineError, saying what is wrong with the document.
    """
    written = read_document(project, document)
    return create_judge_version(project=project, name=name, config=written.config, revision=written.revision)


def read_document(project: Project, document: Mapping[str, Any]) -> WrittenJudge:
    """The judge that a document describes; nothing is stored and no engine is built.

    Raises: JudgeError, if a key is unknown or a value is not what it must be.
    """
    unknown = sorted(set(document) - set(KEYS))
    if unknown:
        raise JudgeError(
            _("a judge is described by %(known)s; got %(came)s", known=", ".join(KEYS), came=", ".join(unknown))
        )
    given = document.get("kind")
    if given not in list(KINDS):
        raise JudgeError(
            _("expected a kind of judge, %(known)s; got %(came)s", known=", ".join(KINDS), came=repr(given))
        )
    kind = JudgeKind(given)
    if KINDS[kind].asks and _text(document, "engine") not in ("", _WITHOUT_MODEL) and not _text(document, "model"):
        raise JudgeError(_("model: expected what the engine calls its model, got none"), about="model")
    examples, item_ids = _examples(project, document.get("examples"))
    config = configure_judge(
        project=project,
        kind=kind,
        engine=_text(document, "engine"),
        model=_text(document, "model"),
        engine_settings=_mapping(document, "engine_settings"),
        sampling=_sampling(_mapping(document, "sampling")),
        template=_template(document.get("template")),
        examples=examples,
        example_item_ids=item_ids,
        members=[_version(project, name) for name in _texts(document, "members")],
        protocol=_mapping(document, "protocol"),
    )
    return WrittenJudge(config, _text(document, "revision"))


def document_of(version: JudgeVersion) -> dict[str, Any]:
    """What a version of a kind in `KINDS` reads as: made again, it gives an equal version under the same rubric."""
    config = version.config
    document: dict[str, Any] = {"kind": version.judge.kind, "protocol": dict(config.get("protocol", {}))}
    if KINDS[JudgeKind(version.judge.kind)].has_members:
        return document | {"members": [member["name"] for member in config["members"]]}
    return document | {
        "engine": version.engine,
        "model": version.model,
        "revision": version.revision,
        "engine_settings": dict(config["engine"]),
        "sampling": dict(config["sampling"]),
        "template": {name: text for name, text in config["prompt"].items() if text},
        "examples": {"like": str(version)} if config.get("examples") else None,
    }


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key, "")
    if not isinstance(value, str):
        raise JudgeError(_("%(key)s: expected a text, got %(came)s", key=key, came=repr(value)))
    return value


def _texts(document: Mapping[str, Any], key: str) -> list[str]:
    value = document.get(key) or []
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise JudgeError(_("%(key)s: expected a list of names, got %(came)s", key=key, came=repr(value)))
    return value


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key) or {}
    if not isinstance(value, Mapping):
        raise JudgeError(_("%(key)s: expected values by name, got %(came)s", key=key, came=repr(value)))
    return value


def _sampling(values: Mapping[str, Any]) -> Sampling:
    known = asdict(Sampling())
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise JudgeError(
            _("sampling: expected %(known)s; got %(came)s", known=", ".join(known), came=", ".join(unknown))
        )
    for name, value in values.items():
        if type(value) not in (int, type(known[name])):
            raise JudgeError(_("sampling, %(name)s: expected a number, got %(came)s", name=name, came=repr(value)))
    sampling = Sampling(**{name: type(known[name])(value) for name, value in values.items()})
    bounds = (0 <= sampling.temperature <= 2, 0 < sampling.top_p <= 1, sampling.max_tokens >= 1, sampling.seed >= 0)
    if not all(bounds):
        raise JudgeError(
            _(
                "sampling: expected a temperature of 0 to 2, a top_p above 0 and up to 1, max_tokens of at least "
                "1 and a seed of at least 0, got %(temperature)s, %(top_p)s, %(max_tokens)s, %(seed)s",
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=sampling.max_tokens,
                seed=sampling.seed,
            )
        )
    return sampling


def _template(given: Any) -> PromptTemplate | None:
    if given is None or isinstance(given, str):
        return load_template(given) if given else None
    if not isinstance(given, Mapping) or not all(isinstance(text, str) for text in given.values()):
        raise JudgeError(_("template: expected its name or its texts by name, got %(came)s", came=str(given)[:200]))
    unknown = sorted(set(given) - {"name", *TEXTS})
    if unknown or not {"system", "user"} <= set(given):
        raise JudgeError(
            _(
                "template: expected system and user, and maybe %(others)s; got %(came)s",
                others=", ".join(TEXTS[2:]),
                came=", ".join(given),
            )
        )
    # A form sends line ends as the network wants them.
    texts = {name: text.replace("\r\n", "\n") for name, text in given.items()}
    return PromptTemplate(**({"name": "own"} | texts))


def _examples(project: Project, given: Any) -> tuple[tuple[Example, ...], tuple[int, ...]]:
    """Examples with the ids of the items they were made of."""
    if not given:
        return (), ()
    if not isinstance(given, Mapping) or set(given) not in ({"n"}, {"n", "seed"}, {"like"}):
        raise JudgeError(
            _("examples: expected n and seed, or like and the name of a version; got %(came)s", came=repr(given))
        )
    if "like" in given:
        config = _version(project, given["like"]).config
        examples = tuple(Example.from_json(record) for record in config.get("examples", ()))
        return examples, tuple(config.get("fitted_item_ids", ()))
    n, seed = given["n"], given.get("seed", 0)
    if type(n) is not int or type(seed) is not int or not (0 <= n <= MOST_EXAMPLES and 0 <= seed < 2**31):
        raise JudgeError(
            _(
                "examples: expected n from 0 to %(most)s and a seed that is not negative, got %(came)s",
                most=MOST_EXAMPLES,
                came=repr(given),
            )
        )
    chosen = choose_examples(rubric=project.current_rubric(), n=n, seed=seed)
    if len(chosen) < n:
        raise JudgeError(
            _(
                "expected %(n)s items that people decided on every criterion, there are %(n_found)s: gold, or "
                "two people who agree; ask for fewer, or review more",
                n=n,
                n_found=len(chosen),
            ),
            about="examples",
        )
    return tuple(one.example for one in chosen), tuple(one.item.pk for one in chosen)


def _version(project: Project, name: Any) -> JudgeVersion:
    versions = JudgeVersion.objects.filter(judge__project=project).select_related("judge", "rater", "rubric")
    version = versions.filter(rater__name=name).first() if isinstance(name, str) else None
    if version is None:
        raise JudgeError(
            _("expected a version of a judge of this project, such as “judge v1”; got %(name)s", name=repr(name))
        )
    return version
