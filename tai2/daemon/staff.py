"""Which parts of the engine run as services, and what the end of each means.

`daemon.run` starts them once the engine has reconciled. A part that moves money, or without
which nobody may go on, must end the process: the start path is the recovery path.
"""

from tai2.daemon.assembly import Engine
from tai2.daemon.compose import Composition
from tai2.daemon.notices.service import notifying
from tai2.daemon.reserve import Reserve
from tai2.engine.service import OnEnd, Service


def staff(engine: Engine, composition: Composition) -> tuple[Service, ...]:
    """Return the services around a prepared engine, in the order in which they start."""
    reserve = Reserve(
        composition.storage.ballast,
        engine.alarm,
        engine.guards.countdown.release,
        engine.health.report,
        composition.adapters.clock,
    )
    return (
        Service(name="reserve", work=reserve, on_end=OnEnd.EXIT),
        Service(name="breakers", work=engine.breakers, on_end=OnEnd.EXIT),
        Service(name="statement", work=engine.statement, on_end=OnEnd.RESTART),
        Service(name="accounts", work=engine.accounts, on_end=OnEnd.RESTART),
        Service(name="reconcile", work=engine.reconcile, on_end=OnEnd.EXIT),
        Service(name="takeover", work=engine.takeover, on_end=OnEnd.EXIT),
        *engine.guards.services(),
        Service(name="outcomes", work=engine.outcomes, on_end=OnEnd.RESTART),
        Service(name="scheduler", work=engine.scheduler, on_end=OnEnd.EXIT),
        *composition.mind.services,
        *notifying(composition.notices, engine),
    )
