"""Where a language model is served: address, dialect and key.

The composition root makes one from settings; the client builds every address from it.
The key must never appear in a repr, an error or a log line, which `redacted` sees to.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from tai2.model.errors import ConfigError

OPENROUTER_URL: Final = "https://openrouter.ai/api/v1"
MAX_DETAIL: Final = 300
_LOOKS_SECRET: Final = re.compile(r"(?:sk-[\w.-]{6,}|[Bb]earer\s+\S+)", re.ASCII)


class Dialect(StrEnum):
    """Whose extensions of the OpenAI protocol the server understands."""

    AUTO = "auto"
    """OpenRouter where the address says so (host, or path /api/v1), plain OpenAI elsewhere."""
    OPENROUTER = "openrouter"
    OPENAI = "openai"
    """Ollama, vLLM, llama.cpp, LM Studio and every other compatible server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One server.

    Raises:
        ConfigError: The address isn't http(s), or the key can't stand in a header.
    """

    base_url: str = OPENROUTER_URL
    """Including the version path; a trailing slash doesn't matter."""
    api_key: str = field(default="", repr=False)
    """"" = none. OpenRouter then gets no header and still lists its models; other servers get
    "none", because some want a non-empty one."""
    asked_dialect: Dialect = Dialect.AUTO

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(
                f"llm.base_url isn't an http address: {self.base_url!r:.60}",
                f"For OpenRouter it is {OPENROUTER_URL}.",
            )
        if not re.fullmatch(r"[\x21-\x7e]*", self.api_key):
            raise ConfigError(
                "The API key of the language model holds a space or a foreign character.",
                "Copy OPENROUTER_API_KEY again, without quotes and line breaks.",
            )

    @property
    def dialect(self) -> Dialect:
        """OPENROUTER or OPENAI, never AUTO."""
        if self.asked_dialect is not Dialect.AUTO:
            return self.asked_dialect
        parts = urlsplit(self.base_url)
        host = parts.hostname or ""
        named = host == "openrouter.ai" or host.endswith(".openrouter.ai")
        by_path = parts.path.rstrip("/").endswith("/api/v1")
        return Dialect.OPENROUTER if named or by_path else Dialect.OPENAI

    def url(self, path: str) -> str:
        """Return the address of a path such as "chat/completions"."""
        return f"{self.base_url.rstrip('/')}/{path.lstrip('/')}"

    def headers(self) -> dict[str, str]:
        """Return what every request carries; the only place where the key leaves."""
        if self.dialect is not Dialect.OPENROUTER:
            return {"Authorization": f"Bearer {self.api_key or 'none'}"}
        known = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        # An account preset may turn response caching on; a cached decision is a stale one.
        return known | {"X-OpenRouter-Title": "tai2", "X-OpenRouter-Cache": "false"}

    def redacted(self, text: str) -> str:
        """Return foreign text as one short line without keys and control characters."""
        bare = text.replace(self.api_key, "***") if self.api_key else text
        bare = _LOOKS_SECRET.sub("***", bare)
        printable = "".join(
            " " if unicodedata.category(char)[0] in "CZ" else char for char in bare[:2000]
        )
        return " ".join(printable.split())[:MAX_DETAIL]
