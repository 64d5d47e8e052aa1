"""The simulator's answers of refusal: OKX error codes, their texts and HTTP statuses.

Every part of the server raises `ApiRefusal`; only the REST gate and the WebSocket session
turn one into bytes. It must never hold a Python error text: clients see what OKX would say.
"""

from typing import Final

TEXTS: Final = {
    "50000": "Body for POST request cannot be empty.",
    "50001": "Service temporarily unavailable. Try again later",
    "50002": "JSON syntax error",
    "50004": "API endpoint request timeout "
    "(does not mean that the request was successful or failed)",
    "50006": 'Invalid Content-Type. Please use "application/json" format',
    "50011": "Too Many Requests",
    "50013": "Systems are busy. Please try again later.",
    "50014": "Parameter {0} can not be empty.",
    "50026": "System error. Try again later",
    "50036": "The expTime can't be earlier than the current system time. Please adjust the expTime "
    "and try again.",
    "50037": "Order expired.",
    "50101": "APIKey does not match current environment.",
    "50102": "Timestamp request expired",
    "50103": 'Request header "OK-ACCESS-KEY" cannot be empty.',
    "50104": 'Request header "OK-ACCESS-PASSPHRASE" cannot be empty.',
    "50105": 'Request header "OK-ACCESS-PASSPHRASE" incorrect.',
    "50106": 'Request header "OK-ACCESS-SIGN" cannot be empty.',
    "50107": 'Request header "OK-ACCESS-TIMESTAMP" cannot be empty.',
    "50110": "Your IP {0} is not included in your API key's IP whitelist.",
    "50111": "Invalid OK-ACCESS-KEY",
    "50112": "Invalid OK-ACCESS-TIMESTAMP",
    "50113": "Invalid Sign",
    "50115": "Invalid request method.",
    "50119": "API key doesn't exist",
    "50120": "This API key doesn't have permission to use this function",
    "50061": "The request rate of this sub-account exceeds the limit.",
    "51000": "Parameter {0} error",
    "51001": "Instrument ID, Instrument ID code, or Spread ID doesn't exist.",
    "51015": "Instrument ID does not match instrument type",
    "51023": "Position doesn't exist.",
    "51054": "Request timed out. Please try again.",
    "51111": "The maximum number of orders that can be placed in a batch is {0}.",
    "51115": "Cancel all pending close-orders before liquidation.",
    "51149": "Order timed out. Please try again.",
    "51603": "Order does not exist",
    "404": "Not found",
    "60004": "Invalid timestamp",
    "60005": "Invalid apiKey",
    "60006": "Timestamp request expired",
    "60007": "Invalid sign",
    "60009": "Login failed.",
    "60011": "Please log in",
    "60012": "Invalid request: {0}",
    "60013": "Invalid args",
    "60014": "Requests too frequent",
    "60018": "Wrong URL or channel:{0} doesn't exist. Please use the correct URL, channel and "
    "parameters referring to API document.",
    "60019": "Invalid op: {0}",
    "60024": "Wrong passphrase",
    "60031": "The WebSocket doesn't support multiple or repeated login.",
    "60032": "API key doesn't exist",
    "64001": "This channel has been migrated to the business URL. Please subscribe there.",
    "64002": "This channel is not supported by the business URL. Please use the public URL.",
    "64003": "Your trading fee tier doesn't meet the requirement to access this channel",
}
"""Texts by code; {0} is the offending parameter or the limit."""

_STATUSES: Final = {
    **dict.fromkeys(
        ["50000", "50002", "50004", "50006", "50014", "50015", "50016", "50100", "51000"], 400
    ),
    **{str(code): 401 for code in range(50101, 50115)},
    "404": 404,
    "50001": 503,
    "50011": 429,
    "50005": 410,
    "50013": 429,
    "50026": 500,
    "50035": 403,
    "50115": 405,
    "51054": 500,
    "51149": 500,
}


class ApiRefusal(Exception):
    """A request refused before the exchange saw it, with OKX's code."""

    def __init__(self, code: str, subject: str = "") -> None:
        """Keep the code and the text for it; subject fills the text's place holder."""
        self.code = code
        self.text = text_of(code, subject)
        super().__init__(f"{code} {self.text}")


def text_of(code: str, subject: str = "") -> str:
    """Return OKX's text for a code, with the subject in its place; "" for unknown codes."""
    return TEXTS.get(code, "").replace("{0}", subject)


def http_status(code: str) -> int:
    """Return the HTTP status that carries a top-level code; 200 for most."""
    return _STATUSES.get(code, 200)
