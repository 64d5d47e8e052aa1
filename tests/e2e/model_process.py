"""The fake model server in a process of its own, and what a test asks it afterwards."""

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, Self

from tests.e2e.desk_process import CALL_S, READY_S, STOP_S, Lines
from tests.fakes.openrouter.server import KEY

ROOT = Path(__file__).parents[2]
Call = dict[str, Any]


class ModelServer:
    """A running `python -m tests.fakes.openrouter`."""

    def __enter__(self) -> Self:
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.openrouter"],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._popen.stdout
        out = Lines(self._popen.stdout)
        self.url = out.kept[out.wait(lambda line: line.startswith("http"), READY_S)].strip()
        self._out = out
        return self

    def __exit__(self, *_failure: object) -> None:
        self._popen.kill()
        self._popen.wait(STOP_S)
        self._out.finish()

    @property
    def env(self) -> dict[str, str]:
        """What points a daemon here."""
        return {
            "OPENROUTER_API_KEY": KEY,
            "TAI2_LLM__BASE_URL": self.url,
            "TAI2_LLM__MODEL": "acme/quant-small",
            "TAI2_LLM__MAX_USD_DAY": "100",
        }

    def calls(self) -> list[Call]:
        """Return every chat request so far."""
        found = self._ask("/__fake/journal")["calls"]
        assert isinstance(found, list)
        return found

    def decisions(self) -> list[Call]:
        return [call for call in self.calls() if not call["body"].get("tools")]

    def questions(self) -> list[Call]:
        return [call for call in self.calls() if call["body"].get("tools")]

    def cost_usd(self) -> str:
        return str(self._ask("/__fake/journal")["cost_usd"])

    def fail_questions(self, *knobs: dict[str, object]) -> None:
        """Turn these knobs for the next calls that answer a person, and for no decision."""
        self._ask("/__fake/faults?of=questions", json.dumps(knobs).encode())

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url.removesuffix("/api/v1") + path,
            data=body,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=CALL_S) as reply:
            return dict(json.loads(reply.read()))
