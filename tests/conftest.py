"""What every test has under it.

Property tests explore by hand and repeat in CI: there the same code gives the same verdict. Each
test has its own decimal context: ccxt, a client of the conformance tests, changes its caller's.
"""

import decimal
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _own_decimal_context() -> Iterator[None]:
    with decimal.localcontext(decimal.Context()):
        yield
