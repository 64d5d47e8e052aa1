"""Saves one option, and finds out whether somebody else changed it meanwhile.

The CFG tab runs it in a worker. A change goes in with the version that was read, so that two
operators never overwrite each other; when another option moved on, it is sent again.
"""

from dataclasses import dataclass

from tai2.tui.feed import Feed
from tai2.view.panels import config
from tai2.wire.controls import CONFIG_GET, CONFIG_SET, ConfigReply, ConfigSetParams, ConfigSetReply
from tai2.wire.method import NoParams
from tai2.wire.prompts import PROMPT_VERSIONS, VersionRow, VersionsParams
from tai2.wire.rpc import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The options and the prompt's versions as last read."""

    reply: ConfigReply
    versions: tuple[VersionRow, ...]

    @property
    def current(self) -> VersionRow | None:
        """The version of the texts in force."""
        return next((row for row in self.versions if row.is_current), None)

    def text_of(self, key: str) -> str:
        """Return an option as text."""
        if key in config.TEXTS:
            return config.text_of(self.current, key) if self.current else ""
        return next((entry.current for entry in self.reply.entries if entry.key == key), "")

    def by(self, key: str) -> str:
        """Return who set an option."""
        if key in config.TEXTS:
            return self.current.changed_by if self.current else ""
        return next((entry.source for entry in self.reply.entries if entry.key == key), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Somebody else changed the option: both values stand, none is lost."""

    key: str
    mine: str
    known: Known


async def read(desk: Feed) -> Known | Fault:
    """Read options and versions."""
    reply = await desk.call(CONFIG_GET, NoParams())
    if isinstance(reply, Fault):
        return reply
    versions = await desk.call(PROMPT_VERSIONS, VersionsParams(limit=200))
    if isinstance(versions, Fault):
        return versions
    return Known(reply=reply, versions=versions.versions)


async def save(desk: Feed, key: str, text: str, known: Known) -> ConfigSetReply | Conflict | Fault:
    """Save an option as it was edited on top of `known`."""
    reply = await _set(desk, key, text, known.reply.version)
    if not isinstance(reply, Fault):
        return reply
    fresh = await read(desk)
    if isinstance(fresh, Fault) or fresh.reply.version == known.reply.version:
        return reply
    if fresh.text_of(key) != known.text_of(key):
        return Conflict(key=key, mine=text, known=fresh)
    return await _set(desk, key, text, fresh.reply.version)


async def _set(desk: Feed, key: str, text: str, version: int) -> ConfigSetReply | Fault:
    params = ConfigSetParams(key=key, text=text, expected_version=version)
    return await desk.call(CONFIG_SET, params)
