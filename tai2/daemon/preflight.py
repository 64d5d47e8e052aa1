"""What must be so before a desk may start: the user's word, the key's rights, the account.

Compose asks it once, before anything can trade; the checks are the doctor's.
It must never change a setting of the account, nor let a key through that could move money out.
"""

from collections.abc import Iterable, Sequence

import structlog

from tai2.daemon.doctor.account import (
    acceptance_findings,
    account_findings,
    instrument_findings,
)
from tai2.daemon.doctor.finding import Finding, Verdict
from tai2.model.account import AccountConfig
from tai2.model.errors import StartRefused
from tai2.model.ids import InstId
from tai2.ports.feed import MarketFeed
from tai2.ports.venue import AccountReader
from tai2.settings.sections import Settings

log = structlog.get_logger(__name__)


def need_acceptance(settings: Settings) -> None:
    """Return when the user has accepted real trading in so many words, by a model's decisions.

    Raises:
        StartRefused: The words aren't there or not these, or no language model is set.
    """
    _refuse_on_failure(acceptance_findings(settings))


async def inspect_instruments(feed: MarketFeed, inst_ids: Sequence[InstId]) -> None:
    """Return when whatever the desk would hold is a position that it can protect.

    Raises:
        UsageError: The exchange doesn't list one of them.
        StartRefused: One is anything but a swap settled in USDT.
        VenueUnavailable: It can't be asked.
    """
    _refuse_on_failure(instrument_findings(await feed.instruments(inst_ids)))


async def inspect_account(venue: AccountReader, uid: str) -> AccountConfig:
    """Read the account's settings and the key's rights; return them when a desk may start.

    Args:
        venue: The account.
        uid: The account that the settings name; "" = any.

    Raises:
        StartRefused: The key may withdraw or may not trade, or the account is unfit.
        KeysRejected: The exchange doesn't take the key.
        VenueUnavailable: It can't be asked.
    """
    config = await venue.config()
    findings = tuple(account_findings(config, uid))
    _refuse_on_failure(findings)
    for finding in findings:
        if finding.verdict is Verdict.WARN:
            log.warning("account_inspected", check=finding.check, note=finding.seen)
    return config


def _refuse_on_failure(findings: Iterable[Finding]) -> None:
    for finding in findings:
        if finding.verdict is Verdict.FAIL:
            raise StartRefused(finding.seen, finding.cure)
