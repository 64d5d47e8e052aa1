"""Property tests explore by hand and repeat in CI: there the same code gives the same verdict."""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")
