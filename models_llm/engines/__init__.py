"""Engines turn prompts into completions and know no rubric.

An engine is named in `ENGINES` and built by `build_engine` from the frozen configuration of a judge version.
Whatever happens to one prompt becomes the status of its completion: `complete` gives as many completions as
it was given prompts, in their order, and raises for none of them.
"""

from models_llm.engines.openai_http import OpenAIHTTPEngine
from models_llm.engines.protocol import Completion, Engine, FinishReason, Message, Prompt, Sampling
from models_llm.engines.registry import ENGINES, build_engine
from models_llm.engines.scripted import ScriptedEngine
from models_llm.engines.transformers_local import TransformersLocalEngine

__all__ = [
    "ENGINES",
    "Completion",
    "Engine",
    "FinishReason",
    "Message",
    "OpenAIHTTPEngine",
    "Prompt",
    "Sampling",
    "ScriptedEngine",
    "TransformersLocalEngine",
    "build_engine",
]
