"""Prompts from a rubric and an item: the rubric first and the same for every item, the item last.

A template is a file for each of its texts, `templates/<name>.<text>.txt`; a judge version freezes their text. Text
under judgement is fenced, and what could end the fence is defused in it; so it is in the examples. The rubric is the
project's own word to the judge and stands as it was written.
"""

from models_llm.prompting.criterion import CriterionPrompts, Questions
from models_llm.prompting.describing import describe_rubric, reply_schema
from models_llm.prompting.examples import Example, describe_examples
from models_llm.prompting.fence import candidate_names, defuse, fence_item
from models_llm.prompting.labels import level_letters
from models_llm.prompting.listwise import ListPrompts
from models_llm.prompting.pointwise import PointwisePrompts
from models_llm.prompting.template import TEMPLATES, PromptTemplate, load_template

__all__ = [
    "TEMPLATES",
    "CriterionPrompts",
    "Example",
    "ListPrompts",
    "PointwisePrompts",
    "PromptTemplate",
    "Questions",
    "candidate_names",
    "defuse",
    "describe_examples",
    "describe_rubric",
    "fence_item",
    "level_letters",
    "load_template",
    "reply_schema",
]
