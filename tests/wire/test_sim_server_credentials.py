"""Signatures and the order of authentication checks, against the published vectors."""

from datetime import UTC, datetime

import pytest

from tai2.sim.server.credentials import (
    ApiKey,
    SignedRequest,
    check_login,
    check_rest,
    login_prehash,
    rest_prehash,
    sign,
)
from tai2.sim.server.refusals import ApiRefusal

SECRET = "22582BD0CFF14C41EDBF1AB98506286D"
SECOND_SECRET = "chNOOS4KvNXR_Xq4k4c9qsfoKWvnDecLATCRlcBwyKDYnWgO"
STAMP = "2020-12-08T09:08:57.715Z"
NOW_MS = int(datetime(2020, 12, 8, 9, 8, 57, 715_000, tzinfo=UTC).timestamp() * 1000)
BALANCE = "/api/v5/account/balance"
LEVER_BODY = '{"instId":"BTC-USDT","lever":"5","mgnMode":"isolated"}'
KEY = ApiKey()


@pytest.mark.parametrize(
    ("secret", "prehash", "signature"),
    [
        (
            SECRET,
            rest_prehash(STAMP, "GET", f"{BALANCE}?ccy=BTC", ""),
            "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY=",
        ),
        (
            SECRET,
            rest_prehash(STAMP, "POST", "/api/v5/account/set-leverage", LEVER_BODY),
            "eCnnCgWLjlQ9XnpUkrcny3qNq3WW/81KNrDr/XR6Xv8=",
        ),
        (SECRET, login_prehash("1538054050"), "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M="),
        (
            SECOND_SECRET,
            rest_prehash(STAMP, "GET", BALANCE, ""),
            "PJ61e1nb2F2Qd7D8SPiaIcx2gjdELc+o0ygzre9z33k=",
        ),
    ],
)
def test_published_vectors_verify(secret: str, prehash: str, signature: str) -> None:
    assert sign(secret, prehash) == signature


def signed(**changes: str) -> SignedRequest:
    """Return a right request with some headers replaced ("" = absent)."""
    headers = {
        "OK-ACCESS-KEY": "sim",
        "OK-ACCESS-PASSPHRASE": "sim",
        "OK-ACCESS-TIMESTAMP": STAMP,
        "OK-ACCESS-SIGN": sign("sim", rest_prehash(STAMP, "GET", BALANCE, "")),
    }
    headers |= {f"OK-ACCESS-{name}": text for name, text in changes.items()}
    return SignedRequest(headers=headers, method="GET", raw_path=BALANCE, body="")


def test_a_right_request_passes() -> None:
    assert check_rest(KEY, signed(), NOW_MS + 30_000) is None


@pytest.mark.parametrize(
    ("changes", "late_ms", "code"),
    [
        ({"KEY": ""}, 0, "50103"),
        ({"PASSPHRASE": ""}, 0, "50104"),
        ({"SIGN": ""}, 0, "50106"),
        ({"TIMESTAMP": ""}, 0, "50107"),
        ({"TIMESTAMP": "1607418537"}, 0, "50112"),
        ({"TIMESTAMP": "2020-12-08T09:08:57.715"}, 0, "50112"),
        ({}, 30_001, "50102"),
        ({}, -30_001, "50102"),
        ({"KEY": "other"}, 0, "50111"),
        ({"PASSPHRASE": "other"}, 0, "50105"),
        ({"SIGN": "AAAA"}, 0, "50113"),
        ({"KEY": "other", "SIGN": "AAAA"}, 31_000, "50102"),
    ],
)
def test_each_wrong_header_has_its_code(changes: dict[str, str], late_ms: int, code: str) -> None:
    with pytest.raises(ApiRefusal) as refused:
        check_rest(KEY, signed(**changes), NOW_MS + late_ms)
    assert refused.value.code == code


@pytest.mark.parametrize(("demo", "header"), [(True, ""), (False, "1")])
def test_a_key_belongs_to_one_environment(demo: bool, header: str) -> None:
    right = signed()
    headers = {**right.headers, "x-simulated-trading": header}
    request = SignedRequest(headers=headers, method="GET", raw_path=right.raw_path, body="")
    with pytest.raises(ApiRefusal) as refused:
        check_rest(ApiKey(demo=demo), request, NOW_MS)
    assert refused.value.code == "50101"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"timestamp": "soon"}, "60004"),
        ({"timestamp": "1607418506"}, "60006"),
        ({"apiKey": "other"}, "60005"),
        ({"passphrase": "other"}, "60024"),
        ({"sign": "AAAA"}, "60007"),
    ],
)
def test_each_wrong_login_has_its_code(changes: dict[str, str], code: str) -> None:
    with pytest.raises(ApiRefusal) as refused:
        check_login(KEY, login() | changes, NOW_MS)
    assert refused.value.code == code


@pytest.mark.parametrize("timestamp", ["1607418537", 1607418537])
def test_a_login_may_carry_its_timestamp_as_text_or_number(timestamp: object) -> None:
    assert check_login(KEY, {**login(), "timestamp": timestamp}, NOW_MS) is None


def login() -> dict[str, object]:
    """Return the account of a right login."""
    return {
        "apiKey": "sim",
        "passphrase": "sim",
        "timestamp": "1607418537",
        "sign": sign("sim", login_prehash("1607418537")),
    }
