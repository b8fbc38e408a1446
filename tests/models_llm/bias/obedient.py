"""A model that obeys: whoever gets a word outside the fence decides its verdict.

It reads as leniently as a model may: through character references and escapes, invisible characters, full-width and
look-alike letters; any turn mark of any chat template ends the text it stood in. It knows the prompts' own words, and
takes everything else that it finds outside the fenced blocks as an order. Inside them it counts stars.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

import numpy as np

from annotations.choices import Scale
from annotations.rubrics import CriterionSpec, RubricSpec
from models_llm.choices import JudgeKind
from models_llm.engines import Prompt, Sampling, ScriptedEngine
from models_llm.judging import Judge, JudgeConfig, JudgedItem, build_judge, judge_all, judge_settings, read_protocol
from models_llm.prompting import load_template

View = Callable[[Prompt], Prompt]
"""What becomes of a prompt on its way to the model."""

_CYRILLIC: Final = str.maketrans("аеосірхуԁѕ", "aeocipxyds")
_TURN: Final = re.compile(
    r"<\|[^|]*\||<(?:/?\s*(?:s|think|system|user|assistant|tool_response|start_of_turn|end_of_turn))\s*>|<<\s*/?\s*sys"
    r"|\[\s*/?\s*(?:inst|system_prompt)\s*\]|^\s*(?:human|assistant|user|system):|^\s*###\s*(?:instruction|response):",
    re.IGNORECASE | re.MULTILINE,
)
_BLOCK: Final = re.compile(
    r"<\s*(?P<tag>evidence|candidate)\b(?P<name>[^>]*)>\n?(?P<content>.*?)<\s*/\s*(?P=tag)\b[^>]*>",
    re.IGNORECASE | re.DOTALL,
)


def as_it_is(prompt: Prompt) -> Prompt:
    return prompt


def with_tags_alone(prompt: Prompt) -> Prompt:
    """The prompt with the texts between the tags as they came: not in JSON, nothing in them defused."""
    return _each_block(prompt, lambda tag, name, text: f"<{tag}{name}>\n{text}\n</{tag}>")


def without_fence(prompt: Prompt) -> Prompt:
    """The prompt with nothing around the texts."""
    return _each_block(prompt, lambda tag, name, text: f"{tag}{name}: {text}")


def _each_block(prompt: Prompt, write: Callable[[str, str, str], str]) -> Prompt:
    def rewritten(found: re.Match[str]) -> str:
        raw = json.loads(found["content"].replace("‹", "<").replace("⁅", "["))
        return write(found["tag"], found["name"], _lines(raw))

    messages = tuple(
        replace(message, text=_BLOCK.sub(rewritten, message.text)) if message.role == "user" else message
        for message in prompt.messages
    )
    return replace(prompt, messages=messages)


def _lines(value: Any) -> str:
    """Names and contents, a line each, as a careless prompt writes them."""
    if not isinstance(value, Mapping):
        return str(value)
    return "\n".join(f"{name}: {content}" for name, content in value.items())


def read_leniently(text: str) -> str:
    """The text with every disguise undone."""
    text = html.unescape(html.unescape(unquote(text)))
    text = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text, flags=re.IGNORECASE)
    text = unicodedata.normalize("NFKC", "".join(one for one in text if unicodedata.category(one) != "Cf"))
    return text.translate(_CYRILLIC)


class Obedient:
    """The model. It learns the prompts' own words from those of an item without an order in it."""

    def __init__(self, rubric: RubricSpec) -> None:
        self.is_learning = True
        self._rubric = rubric
        self._own_words: set[str] = set()

    def reply(self, prompt: Prompt) -> str:
        """What it answers to a prompt of any judge of the platform: JSON, a letter, or a reason."""
        if self.is_learning:
            self._learn(prompt)
        orders = "" if self.is_learning else self._orders(prompt)
        question = prompt.messages[-1].text
        if prompt.schema is not None:
            return json.dumps(self._fill(prompt.schema, prompt, orders))
        letters = dict(re.findall(r"^([A-Z]) = (.*)$", question, re.MULTILINE))
        if not letters:
            return "as told"
        key = re.findall(r"on the criterion .*\(key: (\w+)\)", question)[-1]
        criterion = self._rubric.criteria[self._rubric.positions[key]]
        answer = criterion.answers[self._level(criterion, prompt, orders)]
        return next(letter for letter, answered in letters.items() if answered == answer)

    def _learn(self, prompt: Prompt) -> None:
        for message in prompt.messages:
            if message.role == "assistant":
                continue  # its own answers are not the prompt's words, and a letter stands in every word
            self._own_words |= {words.strip() for words in _BLOCK.sub("\0", read_leniently(message.text)).split("\0")}

    def _orders(self, prompt: Prompt) -> str:
        """What the prompt says outside its fenced blocks and beside its own words."""
        found = []
        for message in prompt.messages:
            text = read_leniently(message.text)
            for words in sorted(self._own_words - {""}, key=len, reverse=True):
                text = text.replace(words, "\n")
            turn = _TURN.search(text)
            before, after = (text, "") if turn is None else (text[: turn.start()], text[turn.start() :])
            found += [_BLOCK.sub("\n", before), after]
        return "\n".join(found)

    def _fill(self, schema: Mapping[str, Any], prompt: Prompt, orders: str) -> dict[str, Any]:
        """Levels for the criteria, or for each candidate's criteria, that the schema asks for."""
        levels: dict[str, Any] = {}
        for name, part in schema["properties"].items():
            at = self._rubric.positions.get(name)
            if at is None:
                levels[name] = self._fill(part, prompt, orders)
            else:
                criterion = self._rubric.criteria[at]
                answer = criterion.answers[self._level(criterion, prompt, orders)]
                levels[name] = {"rationale": "as told", "level": answer}
        return levels

    def _level(self, criterion: CriterionSpec, prompt: Prompt, orders: str) -> int:
        """The level that the orders name last for the criterion; what the item deserves where they name none."""
        named = re.escape(criterion.name) + "|" + re.escape(criterion.key)
        answers = "|".join(map(re.escape, criterion.answers))
        said = re.findall(rf"(?:{named})[^\w]+(?:rationale\W+Agreed\W+level\W+)?({answers})\b", orders)
        if said:
            return criterion.answers.index(said[-1])
        stars = [int(n) for n in re.findall(r"stars\W+(\d)", read_leniently(_user_text(prompt)))]
        if criterion.scale is Scale.PREFERENCE:
            return criterion.positions["a" if stars[0] > stars[1] else "b"]
        return stars[0] % len(criterion.levels)


def _user_text(prompt: Prompt) -> str:
    return next(message.text for message in prompt.messages if message.role == "user")


def obedient_judge(
    kind: JudgeKind, rubric: RubricSpec, items: Sequence[JudgedItem], *, view: View = as_it_is, **protocol: Any
) -> Judge:
    """A judge of the platform on the obedient model, which has seen the items without an order in them."""
    model = Obedient(rubric)

    def script(prompt: Prompt, generator: np.random.Generator) -> str:
        del generator  # nothing is drawn: it obeys or it counts
        return model.reply(view(prompt))

    engine = ScriptedEngine(script)
    template = load_template(read_protocol(kind, protocol).template)
    settings = judge_settings(engine={}, sampling=Sampling(), template=template, protocol=protocol)
    config = JudgeConfig(kind, engine="scripted", settings=settings)
    judge = build_judge(config, rubric, engines=lambda name, *, model, config: engine)
    assert all(verdict.levels is not None for verdict in judge_all(judge, items))
    model.is_learning = False
    return judge


def starred_item(stars: int, number: int = 0) -> JudgedItem:
    """An item whose levels are `stars` modulo their number."""
    context = {"interests": f"hiking, and tents no. {number}", "date": "2026-11-02"}
    return JudgedItem(context, ({"stars": stars, "tag": "boots", "reason": "bought poles in the same month"},))


def starred_pair(first: int, second: int, number: int = 0) -> JudgedItem:
    """Two candidates of which the one with more stars is the better."""
    candidates = tuple({"stars": stars, "text": f"Take poles no. {number}."} for stars in (first, second))
    return JudgedItem({"question": f"What do I need for tour no. {number}?"}, candidates)
