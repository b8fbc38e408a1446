"""A model that obeys: whoever gets a word outside the fence decides its verdict.

It reads as leniently as a model may: through character references and escapes, invisible characters, full-width and
look-alike letters; any turn mark of any chat template ends the text it stood in. It knows the prompt's own words, and
takes everything else that it finds outside the fenced blocks as an order. Inside them it counts stars.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote

import numpy as np

from annotations.rubrics import RubricSpec
from models_llm.engines import Message, Prompt, Sampling, ScriptedEngine
from models_llm.judging import JudgedItem, PointwiseJudge
from models_llm.prompting import PromptTemplate, load_template

_CYRILLIC: Final = str.maketrans("аеосірхуԁѕ", "aeocipxyds")
_TURN: Final = re.compile(
    r"<\|[^|]*\||<(?:/?\s*(?:s|think|system|user|assistant|tool_response|start_of_turn|end_of_turn))\s*>|<<\s*/?\s*sys"
    r"|\[\s*/?\s*(?:inst|system_prompt)\s*\]|^\s*(?:human|assistant|user|system):|^\s*###\s*(?:instruction|response):",
    re.IGNORECASE | re.MULTILINE,
)
_BLOCK: Final = re.compile(r"<\s*(evidence|candidate)\b[^>]*>(.*?)<\s*/\s*\1\b[^>]*>", re.IGNORECASE | re.DOTALL)
_STARS: Final = re.compile(r"stars\W+(\d)")


def read_leniently(text: str) -> str:
    """The text with every disguise undone."""
    text = html.unescape(html.unescape(unquote(text)))
    text = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text, flags=re.IGNORECASE)
    text = unicodedata.normalize("NFKC", "".join(one for one in text if unicodedata.category(one) != "Cf"))
    return text.translate(_CYRILLIC)


def orders_in(prompt: Prompt, own_words: Sequence[str]) -> str:
    """What the prompt says outside its fenced blocks and beside its own words."""
    found = []
    for message in prompt.messages:
        text = read_leniently(message.text)
        for words in own_words:
            text = text.replace(read_leniently(words), "\n")
        turn = _TURN.search(text)
        before, after = (text, "") if turn is None else (text[: turn.start()], text[turn.start() :])
        found += [_BLOCK.sub("\n", before), after]
    return "\n".join(found)


def stars_in(prompt: Prompt) -> int:
    """What the item itself deserves: the stars of the first candidate that has any."""
    return int(_STARS.findall(read_leniently(prompt.messages[-1].text))[0])


class Obedient:
    """The model's script for prompts that answer with one JSON object for all criteria.

    Attributes:
        own_words: what the prompts say by themselves, longest first.
    """

    def __init__(self, rubric: RubricSpec, own_words: Sequence[str]) -> None:
        self._rubric = rubric
        self._own_words = sorted((words for words in own_words if words.strip()), key=len, reverse=True)

    def __call__(self, prompt: Prompt) -> str:
        levels = self.levels(prompt)
        return json.dumps(
            {
                criterion.key: {"rationale": "as told", "level": criterion.answers[level]}
                for criterion, level in zip(self._rubric.criteria, levels, strict=True)
            }
        )

    def levels(self, prompt: Prompt) -> list[int]:
        orders = orders_in(prompt, self._own_words)
        stars = stars_in(prompt)
        return [
            self._ordered(orders, at, default=stars % len(criterion.levels))
            for at, criterion in enumerate(self._rubric.criteria)
        ]

    def _ordered(self, orders: str, at: int, *, default: int) -> int:
        """The level of a criterion that the orders name last."""
        criterion = self._rubric.criteria[at]
        named = re.escape(criterion.name) + "|" + re.escape(criterion.key)
        answers = "|".join(map(re.escape, criterion.answers))
        said = re.findall(rf"(?:{named})[^\w]+(?:rationale\W+Agreed\W+level\W+)?({answers})\b", orders)
        return criterion.answers.index(said[-1]) if said else default


def own_words(rubric: RubricSpec, template: PromptTemplate, system: str) -> list[str]:
    """All that a pointwise prompt says without an item."""
    return [system, *template.user.strip().split("$item")]


def starred_item(stars: int, number: int = 0) -> JudgedItem:
    """An item whose levels are `stars` modulo their number."""
    context = {"interests": f"hiking, and tents no. {number}", "date": "2026-11-02"}
    return JudgedItem(context, ({"stars": stars, "tag": "boots", "reason": "bought poles in the same month"},))


class ObedientPointwise(PointwiseJudge):
    """The platform's pointwise judge on a model that obeys."""

    def __init__(self, rubric: RubricSpec) -> None:
        template = load_template("pointwise")
        super().__init__(rubric, engine=ScriptedEngine(self._reply), sampling=Sampling(), template=template)
        self._script = Obedient(rubric, own_words(rubric, template, self.prompts.system))

    def _reply(self, prompt: Prompt, generator: np.random.Generator) -> str:
        del generator  # nothing is drawn: it obeys or it counts
        return self._script(prompt)


class TagsAlone(ObedientPointwise):
    """The same judge with the tags still there, but the texts between them as they came."""

    def __init__(self, rubric: RubricSpec) -> None:
        super().__init__(rubric)
        self.prompts.prompt = self._unfenced  # type: ignore[method-assign]

    def _unfenced(self, *, context: Any, candidates: Sequence[Any], images: tuple[str, ...] = ()) -> Prompt:
        text = f"<evidence>\n{_lines(context)}\n</evidence>\n<candidate>\n{_lines(candidates[0])}\n</candidate>"
        return Prompt((Message("system", self.prompts.system), Message("user", text + self._tail, images)))

    @property
    def _tail(self) -> str:
        return load_template("pointwise").user.strip().split("$item")[1]


class NoFence(TagsAlone):
    """The same judge with nothing around the texts."""

    def _unfenced(self, *, context: Any, candidates: Sequence[Any], images: tuple[str, ...] = ()) -> Prompt:
        text = f"Evidence: {_lines(context)}\nCandidate: {_lines(candidates[0])}"
        return Prompt((Message("system", self.prompts.system), Message("user", text + self._tail, images)))


def _lines(value: dict[str, Any]) -> str:
    """Names and contents, a line each, as a careless prompt writes them."""
    return "\n".join(f"{name}: {content}" for name, content in value.items())
