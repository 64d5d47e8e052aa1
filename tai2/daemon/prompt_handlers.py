"""The prompt methods of the socket: show what would be sent, list versions, go back.

The handlers' table includes them. They build the prompt by the same functions as the
reasoner, from a fresh snapshot, and store nothing by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tai2.daemon.assembly import Engine
from tai2.daemon.thinking import Mind
from tai2.model.controls import Controls
from tai2.model.errors import UsageError
from tai2.prompt.render import system_prompt, template, user_message
from tai2.prompt.schema import schema_text
from tai2.prompt.version import prompt_hash
from tai2.wire import prompts as wire
from tai2.wire.method import RawHandler, bind

CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptHandlers:
    """Prompt methods of one running engine."""

    engine: Engine
    mind: Mind

    def table(self) -> Mapping[str, RawHandler]:
        """Return the dispatch table."""
        return {
            wire.PROMPT_SHOW.name: bind(wire.PROMPT_SHOW, self.show),
            wire.PROMPT_VERSIONS.name: bind(wire.PROMPT_VERSIONS, self.versions),
            wire.PROMPT_REVERT.name: bind(wire.PROMPT_REVERT, self.revert),
        }

    async def show(self, params: wire.PromptParams) -> wire.PromptReply:
        """Return what would be sent for an instrument now."""
        engine = self.engine
        if params.inst_id not in engine.markets:
            known = ", ".join(engine.markets)
            raise UsageError(f"{params.inst_id} isn't followed", f"Followed: {known}.")
        current = engine.controls.current
        system = system_prompt(current.strategy, current.system_prompt)
        user = user_message(await engine.desk.preview(params.inst_id))
        letters = len(system) + len(user) + len(schema_text())
        tokens = letters // CHARS_PER_TOKEN
        return wire.PromptReply(
            inst_id=params.inst_id,
            version=current.version,
            prompt_hash=prompt_hash(current.system_prompt, current.strategy),
            model=engine.adapters.reasoner.label,
            system=system,
            user=user,
            tokens=tokens,
            cost_usd=self.mind.call_usd(tokens),
        )

    async def versions(self, params: wire.VersionsParams) -> wire.VersionsReply:
        """Return the versions at which a prompt text or the model changed."""
        stored = await self.engine.adapters.journal.control_versions(1_000)
        rows, seen = [], None
        for controls in reversed(stored):
            row = self._row(controls)
            if (row.prompt_hash, row.model_id) != seen:
                rows.append(row)
            seen = (row.prompt_hash, row.model_id)
        newest = tuple(reversed(rows))[: max(params.limit, 1)]
        return wire.VersionsReply(versions=newest)

    def _row(self, controls: Controls) -> wire.VersionRow:
        current = self.engine.controls.current
        digest = prompt_hash(controls.system_prompt, controls.strategy)
        return wire.VersionRow(
            version=controls.version,
            changed_ms=controls.changed_ms,
            changed_by=controls.changed_by,
            prompt_hash=digest,
            model_id=controls.model_id,
            system_prompt=controls.system_prompt or template(),
            strategy=controls.strategy,
            is_current=(digest, controls.model_id)
            == (prompt_hash(current.system_prompt, current.strategy), current.model_id),
        )

    async def revert(self, params: wire.RevertParams) -> wire.RevertReply:
        """Take an earlier version's texts as a new version."""
        controls = await self.engine.controls.revert_prompt(params.version, "operator")
        digest = prompt_hash(controls.system_prompt, controls.strategy)
        return wire.RevertReply(version=controls.version, prompt_hash=digest)
