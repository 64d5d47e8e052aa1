"""Opens the owner's channels and makes the service that writes to them.

Compose opens, `daemon.run` starts. Without an address there is nothing to open.
"""

from contextlib import AsyncExitStack

from tai2.daemon.assembly import Engine
from tai2.daemon.notices.channels import Channel, open_channels
from tai2.daemon.notices.mailbag import MailRule
from tai2.daemon.notices.notifier import NoticePlan, Notifier, Outlook
from tai2.engine.service import OnEnd, Service
from tai2.model.notice import Grade
from tai2.settings.outward import NoticesSection
from tai2.settings.sections import Settings
from tai2.view.text import money


def open_notices(settings: Settings, stack: AsyncExitStack) -> NoticePlan | None:
    """Return the plan that the settings ask for; None = no address is configured.

    Raises:
        ConfigError: An address is malformed.
    """
    channels = channels_of(settings, stack)
    if not channels:
        return None
    notices = settings.notices
    return NoticePlan(
        channels=channels,
        rule=_rule(notices),
        heartbeat_s=float(notices.heartbeat_h * 3600),
    )


def channels_of(settings: Settings, stack: AsyncExitStack) -> tuple[Channel, ...]:
    """Return a channel for each configured address; the stack closes them.

    Raises:
        ConfigError: An address is malformed.
    """
    if settings.notify_url is None:
        return ()
    import httpx

    client = httpx.AsyncClient(trust_env=False, follow_redirects=False)
    stack.push_async_callback(client.aclose)
    sender = f"tai2 {settings.instance} ({settings.mode.value})"
    return open_channels(settings.notify_url.get_secret_value(), sender, client)


def notifying(plan: NoticePlan | None, engine: Engine) -> tuple[Service, ...]:
    """Return the service that carries out a plan; none without one."""
    if plan is None:
        return ()
    outlook = Outlook(
        bus=engine.bus,
        state=engine.controls.current.trading_state,
        summary=lambda: _summary(engine),
    )
    work = Notifier(plan, outlook, engine.adapters.clock)
    return (Service(name="notices", work=work, on_end=OnEnd.RESTART),)


def _rule(notices: NoticesSection) -> MailRule:
    return MailRule(
        least=Grade(notices.least),
        repeat_ms=int(notices.repeat_s * 1000),
        per_hour=notices.per_hour,
    )


def _summary(engine: Engine) -> str:
    """Say how the desk is: trading state, equity, positions, cycles since the start."""
    account = engine.accounts.latest
    held = f"{len(account.positions)} open positions" if account else "account not read"
    equity = f"equity {money(account.balance.equity)} {account.balance.ccy}" if account else ""
    state = engine.controls.current.trading_state.value
    cycles = f"{sum(engine.minutes.counts.values())} cycles since the start"
    return ", ".join(part for part in (state, equity, held, cycles) if part)
