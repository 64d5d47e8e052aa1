"""The SDK's own signing functions give the published vectors, and nothing shows a secret."""

import pytest

from tai2.okx.credentials import Credentials
from tai2.okx.sdk import login_arg, sign
from tai2.okx.server_clock import ServerClock

SECRET = "22582BD0CFF14C41EDBF1AB98506286D"
TS = "2020-12-08T09:08:57.715Z"
LEVERAGE = '{"instId":"BTC-USDT","lever":"5","mgnMode":"isolated"}'


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (
            f"{TS}GET/api/v5/account/balance?ccy=BTC",
            "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=",
        ),
        (
            f"{TS}POST/api/v5/account/set-leverage{LEVERAGE}",
            "eCnnCgWLjlQ9XnpUkrcny3qNq3WW/81KNrDr/XR6Xv8=",
        ),
    ],
)
def test_rest_signature_matches_the_published_vector(text: str, signature: str) -> None:
    assert sign(text, SECRET) == signature


def test_second_secret_matches_the_published_vector() -> None:
    secret = "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"
    assert sign(f"{TS}GET/api/v5/account/balance", secret) == (
        "PJ61e1nb2F2Qd7D8SPiaIcx2gjdELc+o0ygzre9z33k="
    )


def test_login_signature_matches_the_published_vector() -> None:
    keys = Credentials(api_key="k", secret_key=SECRET, passphrase="p")
    assert login_arg(keys, 1538054050) == {
        "apiKey": "k",
        "passphrase": "p",
        "timestamp": "1538054050",
        "sign": "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M=",
    }


def test_credentials_never_show_themselves() -> None:
    keys = Credentials(api_key="canary-key", secret_key="canary-secret", passphrase="canary-pass")
    assert "canary" not in f"{keys!r} {keys}"


class StillClock:
    def now_ms(self) -> int:
        return 1_607_418_537_615

    def monotonic_s(self) -> float:
        return 0.0

    async def sleep(self, delay_s: float) -> None:
        raise AssertionError("nothing waits here")


def test_timestamps_follow_the_measured_offset() -> None:
    clock = ServerClock(StillClock())
    now_ms = clock.measure(server_ms=1_607_418_537_665, sent_ms=537_515, received_ms=537_615)
    assert now_ms == 1_607_418_537_715
    clock.offset_ms = 100
    assert clock.iso() == TS
