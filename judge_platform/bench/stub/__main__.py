"""Runs a stub server until it is stopped: `python -m judge_platform.bench.stub --port 9000 --delay-s 0.1`."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import fields

from judge_platform.bench.stub.options import StubOptions
from judge_platform.bench.stub.server import StubServer


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m judge_platform.bench.stub", description=StubOptions.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes one that is free")
    for spec in fields(StubOptions):
        default = spec.default
        name = f"--{spec.name.replace('_', '-')}"
        if isinstance(default, bool):
            parser.add_argument(name, action=argparse.BooleanOptionalAction, default=default)
        else:
            parser.add_argument(name, type=type(default), default=default)
    given = vars(parser.parse_args())
    port = given.pop("port")
    asyncio.run(_serve(port, StubOptions(**given)))


async def _serve(port: int, options: StubOptions) -> None:
    server = await StubServer(options).serve("127.0.0.1", port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    main()
