"""The halt beside the journal: set by `tai2 panic` even while a hung daemon holds everything.

The sender looks at it before every order, the engine takes it over into the journal. It must
answer from the local disk at once, and once set it stays so until it was taken over.
"""

from typing import Protocol

from tai2.model.panic import Panic


class Latch(Protocol):
    """A halt that needs no daemon."""

    def is_set(self) -> bool:
        """Tell whether somebody has panicked; asked right before bytes leave."""
        ...

    def read(self) -> Panic | None:
        """Return what was left; None = nothing. What can't be read is a halt without orders."""
        ...

    def clear(self) -> bool:
        """Take the latch off once it was taken over; False while its writer still runs."""
        ...
