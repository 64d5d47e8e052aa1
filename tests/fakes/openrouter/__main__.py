"""Runs the fake by itself: `python -m tests.fakes.openrouter [PORT]` prints its address."""

import asyncio
import sys

from tests.fakes.openrouter.explanations import decide_or_explain
from tests.fakes.openrouter.server import fake_openrouter


async def main() -> None:
    async with fake_openrouter(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as fake:
        fake.answer = decide_or_explain
        print(fake.url, flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
