"""Prompts from a rubric and an item: the rubric first and the same for every item, the item last.

A template is two files, `templates/<name>.system.txt` and `templates/<name>.user.txt`; a judge version
freezes their text. Text under judgement is fenced, and what could end the fence is defused in it.
"""

from models_llm.prompting.fence import defuse, fence_item
from models_llm.prompting.pointwise import PointwisePrompts, describe_rubric, reply_schema
from models_llm.prompting.template import TEMPLATES, PromptTemplate, load_template

__all__ = [
    "TEMPLATES",
    "PointwisePrompts",
    "PromptTemplate",
    "defuse",
    "describe_rubric",
    "fence_item",
    "load_template",
    "reply_schema",
]
