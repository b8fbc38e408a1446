"""A served model that costs next to nothing: it answers at once, whatever it is asked.

It speaks what a judge asks of vLLM: chat completions held to a JSON schema, log-probabilities of tokens, `/tokenize`,
`/health`. It can be told to be slow, overloaded or broken, at its start or by `POST /stub/options` later on. It is a
process of its own: `python -m judge_platform.bench.stub --port 9000`, or `stub_process` in a test.
"""

from judge_platform.bench.stub.options import StubOptions
from judge_platform.bench.stub.process import Stub, stub_process

__all__ = ["Stub", "StubOptions", "stub_process"]
