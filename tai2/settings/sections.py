"""Every option of tai2, with its default, its unit and one line of help.

`settings.load` fills it from command line, environment, TOML and defaults, in that order.
An option must exist here once and nowhere else; secrets must never come from the TOML file.
"""

from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Final, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tai2.settings.outward import NoticesSection, WebSection
from tai2.settings.risk import RiskSection
from tai2.settings.section import Positive, Section

SECRETS: Final = (
    "okx_api_key",
    "okx_secret_key",
    "okx_passphrase",
    "openrouter_api_key",
    "database_url",
    "redis_url",
    "notify_url",
)
"""Fields that only the environment or a credentials directory may give."""


def _split(listed: object) -> object:
    return tuple(listed.split(",")) if isinstance(listed, str) else listed


def _inst_ids(inst_ids: tuple[str, ...]) -> tuple[str, ...]:
    for inst_id in inst_ids:
        if not inst_id.isascii() or not inst_id.replace("-", "").isalnum() or len(inst_id) > 32:
            raise ValueError(f"{inst_id!r} isn't an instrument id such as BTC-USDT-SWAP")
    if len(set(inst_ids)) != len(inst_ids):
        raise ValueError("an instrument is named twice")
    return tuple(inst_ids)


def _with_scheme(*schemes: str) -> AfterValidator:
    """Accept "" or a URL with one of the schemes."""

    def checked(url: str) -> str:
        if url and not url.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ValueError(f"must begin with {schemes[0]}:// or {schemes[1]}://")
        return url

    return AfterValidator(checked)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Mode(StrEnum):
    """Where market data comes from and where orders go."""

    SIM = "sim"
    PAPER = "paper"
    DEMO = "demo"
    REAL = "real"


class FreshnessSection(Section):
    """How old data may be when a decision is based on it, in seconds."""

    book_s: Positive = Decimal(3)
    """Order book."""
    ticker_s: Positive = Decimal(10)
    """Ticker."""
    mark_s: Positive = Decimal(15)
    """Mark price."""
    flow_s: Positive = Decimal(60)
    """Trades and best quotes behind CVD and OFI."""
    funding_s: Positive = Decimal(180)
    """Funding rate."""
    open_interest_s: Positive = Decimal(60)
    """Open interest."""
    account_s: Positive = Decimal(30)
    """Balance and positions."""
    candle_grace_s: Positive = Decimal(10)
    """A closed candle may be one bar and this old."""


class OkxSection(Section):
    """Where the exchange is, and whose account; empty URLs follow from mode and region."""

    region: Annotated[str, Field(pattern=r"^(global|eea|us)$")] = "global"
    """Where the account was opened: global (okx.com), eea (my.okx.com) or us (app.okx.com)."""
    rest_url: Annotated[str, _with_scheme("https", "http")] = ""
    """Base URL of REST; in mode sim: a simulator of its own instead of the built-in one."""
    ws_url: Annotated[str, _with_scheme("wss", "ws")] = ""
    """Base URL of the WebSocket (/public, /private and /business are appended)."""
    ca_file: str = ""
    """Certificate authority (PEM) of a private server; empty = the public ones."""
    expected_uid: Annotated[str, Field(pattern=r"^[0-9]*$")] = ""
    """Account that the key must belong to; empty = any."""
    accept_real_money: str = ""
    """Mode real needs these very words: I accept trading with real money"""

    @model_validator(mode="after")
    def _go_together(self) -> Self:
        if bool(self.rest_url) != bool(self.ws_url):
            raise ValueError("rest_url and ws_url go together: set both or none")
        for url in (self.rest_url, self.ws_url):
            if url.startswith(("http://", "ws://")) and not _is_loopback(url):
                raise ValueError("without TLS only loopback may be reached: use https and wss")
        return self


class PaperSection(Section):
    """The account of mode paper."""

    equity: Positive = Decimal(10_000)
    """Starting balance, in USDT."""
    maker_pct: Annotated[Decimal, Field(ge=-1, le=1)] = Decimal("0.02")
    """Fee of a maker, in percent of notional."""
    taker_pct: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.05")
    """Fee of a taker, in percent of notional."""


class SimSection(Section):
    """The built-in exchange of mode sim."""

    market: str = "synthetic"
    """synthetic, or candles:FILE for a real price path."""
    seed: Annotated[int, Field(ge=0)] = 7
    """Seed of the synthetic market and of the exchange's ids."""
    speed: Positive = Decimal(1)
    """Minutes of the candle file per minute."""
    equity: Positive = Decimal(10_000)
    """Starting balance, in USDT."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 0
    """Loopback port of the simulator, 0 = any free one."""


class LlmSection(Section):
    """The language model; used when OPENROUTER_API_KEY or another base_url is set."""

    model: str = "deepseek/deepseek-chat-v3.1"
    """Model id; `tai2 models` lists those fit to trade. Changeable while running."""
    base_url: Annotated[str, _with_scheme("https", "http")] = ""
    """Address of an OpenAI-compatible server; empty = OpenRouter."""
    deadline_s: Annotated[Decimal, Field(gt=0, le=120)] = Decimal(45)
    """Seconds for one decision, everything included; half the interval where that is less."""
    max_tokens: Annotated[int, Field(ge=256, le=64_000)] = 4_000
    """Most tokens of one answer, reasoning included."""
    effort: Annotated[str, Field(pattern=r"^(|low|medium|high)$")] = ""
    """Reasoning effort: low, medium or high; empty = the model's own."""
    gate_atr: Annotated[Decimal, Field(ge=0, le=10)] = Decimal(0)
    """Spare a call while the mid moved less than this share of the 5m ATR; 0 = always call."""
    gate_heartbeat_s: Positive = Decimal(900)
    """With gate_atr: call again after so many seconds, whatever happens."""
    max_usd_call: Positive = Decimal("0.25")
    """Most that one call may cost, in USD."""
    max_usd_day: Positive = Decimal(5)
    """Most that a UTC day may cost, decisions and questions together, in USD."""
    usd_per_m_in: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    """Price of a million prompt tokens where base_url's server lists none, in USD."""
    usd_per_m_out: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    """Price of a million completion tokens where base_url's server lists none, in USD."""
    max_usd_ask: Positive = Decimal("0.10")
    """Most that one question of `tai2 ask` may cost, in USD."""
    max_usd_ask_day: Positive = Decimal(1)
    """The part of a day's cap that questions may use, in USD."""


class IndicatorsSection(Section):
    """What computes the indicators."""

    library: Annotated[str, Field(pattern=r"^pandas-ta(-classic)?$")] = "pandas-ta-classic"
    """pandas-ta-classic comes with tai2; pandas-ta where you installed it (Python >= 3.12)."""


class Settings(BaseSettings):
    """All options; loaded once, never changed."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="TAI2_",
        env_nested_delimiter="__",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        populate_by_name=True,
        nested_model_default_partial_update=True,
    )

    mode: Mode = Mode.SIM
    """sim: built-in exchange, no key, no network; paper: OKX's prices, no key; demo; real."""
    instance: Annotated[str, Field(pattern=r"^[a-z0-9]{1,4}$")] = "main"
    """Short name of this daemon (letters and digits, at most 4): marks its orders."""
    ws_update_interval: Annotated[
        Decimal, Field(ge=1, le=86_400, validation_alias="WS_UPDATE_INTERVAL")
    ] = Decimal(180)
    """Seconds between snapshots, each of which starts a decision (WS_UPDATE_INTERVAL)."""
    instruments: Annotated[
        tuple[str, ...],
        NoDecode,
        BeforeValidator(_split),
        Field(min_length=1),
        AfterValidator(_inst_ids),
    ] = (
        "BTC-USDT-SWAP",
        "ETH-USDT-SWAP",
        "SOL-USDT-SWAP",
    )
    """Instruments to follow and to trade."""
    horizon_min: Annotated[int, Field(ge=1, le=10_080)] = 60
    """Minutes ahead that a decision speaks about."""
    socket: str = ""
    """Path of the Unix socket; empty = $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR/tai2 or /run/tai2."""
    state_dir: str = ""
    """Directory of journal and lock; empty = $STATE_DIRECTORY or $XDG_STATE_HOME/tai2."""
    journal_reserve_mib: Annotated[int, Field(ge=0, le=4_096)] = 64
    """Disk kept free for the journal, in MiB: a full disk halts the desk, it doesn't end it."""
    log_level: Annotated[str, Field(pattern=r"^(debug|info|warning|error)$")] = "info"
    """debug, info, warning or error."""
    log_file: str = "auto"
    """File of JSON lines; auto = tai2.log beside the journal, none under systemd; empty = none."""
    log_file_mib: Annotated[int, Field(ge=1, le=1_024)] = 10
    """Size at which a new log file is begun, in MiB."""
    log_files: Annotated[int, Field(ge=1, le=100)] = 5
    """How many older log files are kept."""
    account_lock: bool = False
    """Let PostgreSQL keep one lock an account: a second desk on it stands by, and takes over."""
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 0
    """Serve Prometheus metrics on this port of 127.0.0.1; 0 = don't."""

    risk: RiskSection = RiskSection()
    freshness: FreshnessSection = FreshnessSection()
    okx: OkxSection = OkxSection()
    paper: PaperSection = PaperSection()
    sim: SimSection = SimSection()
    llm: LlmSection = LlmSection()
    indicators: IndicatorsSection = IndicatorsSection()
    notices: NoticesSection = NoticesSection()
    web: WebSection = WebSection()

    okx_api_key: SecretStr | None = Field(default=None, validation_alias="OKX_API_KEY")
    okx_secret_key: SecretStr | None = Field(default=None, validation_alias="OKX_SECRET_KEY")
    okx_passphrase: SecretStr | None = Field(default=None, validation_alias="OKX_PASSPHRASE")
    openrouter_api_key: SecretStr | None = Field(
        default=None, validation_alias="OPENROUTER_API_KEY"
    )
    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    redis_url: SecretStr | None = Field(default=None, validation_alias="REDIS_URL")
    notify_url: SecretStr | None = Field(default=None, validation_alias="NOTIFY_URL")
