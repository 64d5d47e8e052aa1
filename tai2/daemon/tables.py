"""The dispatch tables beside the basic one: ask, decision, engine, models, past, prompts.

`daemon.run` adds them to the handlers. Each has one owner and one subject.
"""

from collections.abc import Mapping

from tai2.ask.desk import Sources
from tai2.ask.dialogue import Dialogue
from tai2.ask.inquiry import Allowance
from tai2.daemon.ask_handler import AskHandler
from tai2.daemon.assembly import Engine
from tai2.daemon.compose import Composition
from tai2.daemon.decision_handler import DecisionHandler
from tai2.daemon.desk_facts import EngineFacts
from tai2.daemon.engine_handlers import EngineHandlers
from tai2.daemon.guard_handlers import GuardHandlers
from tai2.daemon.model_handlers import ModelHandlers
from tai2.daemon.past_handlers import PastHandlers
from tai2.daemon.prompt_handlers import PromptHandlers
from tai2.wire.method import RawHandler, Streaming

Table = Mapping[str, RawHandler | Streaming]


def tables(engine: Engine, composition: Composition) -> tuple[Table, ...]:
    """Return every table that has an owner of its own."""
    storage, mind = composition.storage, composition.mind
    sources = Sources(
        history=storage.history,
        state=engine.adapters.state,
        desk=EngineFacts(engine=engine),
        spending=storage.spending,
        clock=engine.adapters.clock,
        scores=storage.scores,
    )
    allowance = Allowance(budget_usd=mind.ask_budget_usd)
    return (
        AskHandler(dialogue=Dialogue(sources, mind.talk, allowance)).table(),
        DecisionHandler(thoughts=storage.thoughts).table(),
        EngineHandlers(
            engine=engine,
            scores=storage.scores,
            spending=storage.spending,
            day_cap_usd=mind.day_cap_usd,
        ).table(),
        GuardHandlers(engine=engine, storage=storage).table(),
        ModelHandlers(engine=engine, mind=mind).table(),
        PastHandlers(history=storage.history).table(),
        PromptHandlers(engine=engine, mind=mind).table(),
    )
