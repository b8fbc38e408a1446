"""Engines turn prompts into completions and know no rubric.

An engine is named in `ENGINES` and built by `build_engine` from the frozen configuration of a judge version. It
serves all who ask at once on the process's one loop: `loop.run` waits there for a thread. Whatever happens to a prompt
becomes the status of its completion; asking raises nothing.
"""

from models_llm.engines import loop
from models_llm.engines.flow import in_flow
from models_llm.engines.openai_http import OpenAIHTTPEngine, check_hosts, server_urls
from models_llm.engines.protocol import Completion, Engine, FinishReason, Message, Prompt, Sampling, Usage
from models_llm.engines.registry import ENGINES, IN_PROCESS, build_engine
from models_llm.engines.replay import ReplayEngine
from models_llm.engines.scripted import ScriptedEngine
from models_llm.engines.shared import close_engines, shared_engine
from models_llm.engines.transformers_library import import_transformers
from models_llm.engines.transformers_local import TransformersLocalEngine
from models_llm.engines.vllm_offline import VLLMOfflineEngine

__all__ = [
    "ENGINES",
    "IN_PROCESS",
    "Completion",
    "Engine",
    "FinishReason",
    "Message",
    "OpenAIHTTPEngine",
    "Prompt",
    "ReplayEngine",
    "Sampling",
    "ScriptedEngine",
    "TransformersLocalEngine",
    "Usage",
    "VLLMOfflineEngine",
    "build_engine",
    "check_hosts",
    "close_engines",
    "import_transformers",
    "in_flow",
    "loop",
    "server_urls",
    "shared_engine",
]
