"""The six pages: names and addresses, in the order of the header and of the terminal's tabs."""

from enum import StrEnum


class Place(StrEnum):
    """One page; the value is its path below the root."""

    LIVE = "live"
    TA = "ta"
    ENGINE = "engine"
    HISTORY = "history"
    DEBUG = "debug"
    CFG = "cfg"

    @property
    def path(self) -> str:
        """Address of the page."""
        return "/" if self is Place.LIVE else f"/{self.value}"

    @property
    def heading(self) -> str:
        """As the header calls it."""
        return self.value.upper()
