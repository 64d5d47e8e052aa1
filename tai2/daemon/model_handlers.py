"""The models method of the socket: the server's list, with fitness and price of a day.

The handlers' table includes it. It may fetch the list anew; it never calls a model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tai2.daemon.assembly import Engine
from tai2.daemon.thinking import Mind
from tai2.llm.models import Model, Needs, unfitness
from tai2.llm.prices import MILLION, per_day_usd
from tai2.model.errors import KeysRejected
from tai2.wire import models as wire
from tai2.wire.method import RawHandler, bind

MAX_ROWS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHandlers:
    """Model methods of one running daemon."""

    engine: Engine
    mind: Mind

    def table(self) -> Mapping[str, RawHandler]:
        """Return the dispatch table."""
        return {wire.MODELS.name: bind(wire.MODELS, self.models)}

    async def models(self, params: wire.ModelsParams) -> wire.ModelsReply:
        """Return models, cheapest first."""
        catalogue = self.mind.catalogue
        if catalogue is None:
            raise KeysRejected(
                "no language model is configured", "Set OPENROUTER_API_KEY, or llm.base_url."
            )
        failed = await catalogue.refresh()
        rows = [self._row(model) for model in catalogue.models.values()]
        wanted = [row for row in rows if params.search.lower() in row.model_id.lower()]
        fit = [row for row in wanted if not (params.is_fit_only and row.against)]
        fit.sort(key=lambda row: (row.day_usd is None, row.day_usd or 0, row.model_id))
        return wire.ModelsReply(
            models=tuple(fit[:MAX_ROWS]),
            age_ms=catalogue.age_ms,
            interval_s=self.engine.controls.current.interval_s,
            warning=f"{failed.code.value}: {failed.detail}" if failed else "",
        )

    def _row(self, model: Model) -> wire.ModelRow:
        price, controls = model.price, self.engine.controls.current
        day_usd: Decimal | None = None
        if price is not None:
            day_usd = per_day_usd(price, controls.interval_s) * len(self.engine.markets)
        return wire.ModelRow(
            model_id=model.model_id,
            context_tokens=model.context_tokens,
            prompt_usd_per_m=price.prompt_usd * MILLION if price else None,
            completion_usd_per_m=price.completion_usd * MILLION if price else None,
            day_usd=day_usd,
            against=unfitness(model, Needs(), self.engine.adapters.clock.now_ms()),
            is_current=model.model_id == self.mind.guide.model,
        )
