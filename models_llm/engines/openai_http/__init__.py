"""Models behind servers that speak OpenAI's chat completions.

`engine` answers prompts with `requests`, each of which gets a place from the `pool` of servers (`endpoint`, with its
`breaker` and its adaptive `limit`), goes over the `transport`, and is sent again where its fault (`faults`) allows.
`weighing` reads label distributions, with the tokens that `labels` looks up.
"""

from models_llm.engines.openai_http.engine import OpenAIHTTPEngine
from models_llm.engines.openai_http.settings import OpenAIHTTPSettings, check_hosts, server_urls

__all__ = ["OpenAIHTTPEngine", "OpenAIHTTPSettings", "check_hosts", "server_urls"]
