"""Small JSON files that survive a restart: read whole, replaced whole.

Catalogue and ladder keep what they have learnt in them. A missing or broken file is an empty
one: everything in here can be learnt again, so nothing may fail because of it.
"""

import asyncio
import json
import os
import tempfile
from pathlib import Path

import structlog

from tai2.llm.chat import Json
from tai2.llm.envelope import Unreadable, decode, record

log = structlog.get_logger()


class CacheFile:
    """One JSON object in one file."""

    def __init__(self, path: Path | None) -> None:
        """Touch nothing yet; None = remember nothing."""
        self._path = path

    async def read(self) -> dict[str, Json]:
        """Return the object, {} when there is none."""
        return await asyncio.to_thread(self._read)

    async def replace(self, document: dict[str, Json]) -> None:
        """Put an object in place of the old one, atomically; a full disk is only logged."""
        await asyncio.to_thread(self._replace, json.dumps(document, ensure_ascii=True))

    def _read(self) -> dict[str, Json]:
        if self._path is None:
            return {}
        try:
            return record(decode(self._path.read_bytes()))
        except FileNotFoundError:
            return {}
        except (OSError, Unreadable) as exc:
            log.warning("llm_cache_unreadable", file=self._path.name, error=type(exc).__name__)
            return {}

    def _replace(self, text: str) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=self._path.parent, prefix=".llm-", delete=False
            ) as draft:
                draft.write(text)
                draft.flush()
                os.fsync(draft.fileno())
            Path(draft.name).replace(self._path)
        except OSError as exc:
            log.warning("llm_cache_not_written", file=self._path.name, error=type(exc).__name__)
