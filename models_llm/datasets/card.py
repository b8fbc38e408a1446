"""The card of a data set: `README.md`, whose front matter loaders read and whose text people read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from models_llm.datasets.features import declare_features
from models_llm.datasets.manifest import Manifest
from models_llm.datasets.shapes import find_shape

if TYPE_CHECKING:
    import pyarrow as pa

REASONS: Final = {
    "gold": "gold items, which never train",
    "unrated": "not rated by the chosen source",
    "disagreement": "people disagree and no level has most of them",
    "incomplete": "a criterion has no rating",
    "unparsed": "the judge's reply could not be read",
    "refused": "the judge refused",
    "truncated": "the judge's reply was cut off",
    "failed": "the judge could not be asked",
    "unqualified": "a criterion fails",
    "not_one_candidate": "items with another number of candidates than one",
    "not_two_candidates": "items with another number of candidates than two",
    "duplicate": "the same context and candidate again",
    "contradictory": "the same text judged both ways",
    "over_limit": "more of one prompt than the limit",
    "tie": "a tie, or criteria that prefer different candidates",
    "no_group": "items of no group",
    "not_first": "candidates of a ranked group behind its first",
    "no_first": "candidates of a group whose rankers agree on none as the first",
    "no_contrast": "groups where all qualify or none does",
    "not_ranked_together": "nobody ranked both, or their contexts differ",
    "same_text": "both say the same",
    "context_differs": "no partner of the same context in their group",
}
"""Why an item is left out, in words."""
JUDGEMENT_REASONS: Final = {
    "assisted": "made with another rater's judgement in view",
    "other_rubric": "made under another rubric version",
    "not_rated": "people's judgements without a rating",
    "aggregate_of_people_read": "published aggregates of people who are here themselves",
}
"""Why a judgement does not count, in words."""

_USE: Final = """## Use

```python
from datasets import load_dataset

rows = load_dataset("path/of/this/folder", split="train")
```

`manifest.json` has the digest of every file; `python manage.py verify_dataset DIR` compares them. No licence is stated
here: that of the items applies."""


def render_card(manifest: Manifest, schema: pa.Schema) -> str:
    """The card of a manifest. Its front matter declares files and columns, so that loading needs no network."""
    front = {
        "pretty_name": f"{manifest['project']['name']}: {manifest['query']['shape']}",
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": f"data/train-*.{manifest['query']['format']}"}],
            }
        ],
        "dataset_info": {"config_name": "default", "features": declare_features(schema)},
    }
    shape = find_shape(manifest["query"]["shape"])
    sections = [
        f"# {_plain(manifest['project']['name'])}: {shape.title.lower()}",
        shape.summary,
        _origin(manifest),
        "## Who decided\n\n" + _deciders(manifest),
        "## What is in it\n\n" + _counts(manifest),
        "## Columns\n\n" + "\n".join(f"- `{column['name']}`: `{column['type']}`" for column in manifest["schema"]),
        _USE,
    ]
    text = "\n\n".join(section for section in sections if section)
    return f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=True)}---\n\n{text}\n"


def _origin(manifest: Manifest) -> str:
    simulated = manifest["simulated"]
    notes = []
    if simulated["project"]:
        notes.append("**The items are simulated**: a program made them up.")
    if simulated["raters"]:
        names = ", ".join(_plain(name) for name in simulated["raters"])
        notes.append(f"**These people are simulated**: {names}. Programs played them.")
    return "\n\n".join(notes)


def _deciders(manifest: Manifest) -> str:
    words = {
        "people": "People decide, by the level most of them gave; a tie decides nothing.",
        "judge": "The judge decides.",
        "people-then-judge": "People decide where they rated; the judge decides where nobody did.",
    }
    rubric = manifest["rubric"]
    lines = [
        words[manifest["query"]["labels"]],
        f"\n- rubric: {_plain(rubric['name'])}, version {rubric['version']}",
    ]
    for judge in manifest["judges"]:
        lines += [f"- judge: {_judge(judge)}", *_calibration(judge)]
    lines += [
        f"- {'aggregate of people' if rater['kind'] == 'people' else 'person'}: {_plain(rater['name'])}"
        f"{' (simulated)' if rater['is_simulated'] else ''}, {rater['judgements']} judgements"
        for rater in manifest["raters"]
    ]
    return "\n".join(lines)


def _judge(judge: dict[str, Any]) -> str:
    made = " ".join(part for part in (judge["engine"], judge["model"], judge["revision"]) if part)
    version = "" if judge["version"] is None else f" version {judge['version']}"
    return f"{_plain(judge['name'])}{version}{f' ({_plain(made)})' if made else ''}"


def _calibration(judge: dict[str, Any]) -> list[str]:
    """How the judge's probabilities are calibrated, a line for each criterion."""
    if "calibration" not in judge:
        return []
    calibration = judge["calibration"]
    if calibration is None:
        return ["  - not calibrated: its probabilities are left out"]
    events = {"passes": "that it passes", "given level": "that the level it gave is that of most people"}
    return [
        f"  - calibration {calibration['id']}, {_plain(one['key'])}, probability {events[one['event']]}: "
        + (f"as given, {one['unchanged']}" if one["unchanged"] else f"{one['method']}, fitted on {one['n']} items")
        for one in calibration["criteria"]
    ]


def _counts(manifest: Manifest) -> str:
    counts = manifest["counts"]
    lines = [f"- {counts['items']} items were selected, {counts['used']} are in {counts['rows']} rows"]
    lines += [f"- decided by {name}: {n} rows" for name, n in counts["by_source"].items()]
    lines += [f"- left out, {n}: {REASONS.get(reason, reason)}" for reason, n in counts["left_out"].items()]
    lines += [
        f"- judgements that do not count, {n}: {JUDGEMENT_REASONS[reason]}"
        for reason, n in counts["judgements_left_out"].items()
    ]
    lines += [f"- pairs not made, {n}: {REASONS[reason]}" for reason, n in counts["pairs_left_out"].items()]
    lines += [f"- {name.replace('_', ' ')}: {n}" for name, n in counts["measures"].items()]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """A name on one line, with nothing in it that Markdown or HTML would act on."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!|&])", r"\\\1", " ".join(text.split()))
