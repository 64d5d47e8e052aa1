"""Which deed a verb stands for.

The operator asks it with every ticket; nothing is decided here.
"""

from typing import assert_never

from tai2.daemon.deeds.closing import Closing, Resuming
from tai2.daemon.deeds.deed import Asked, Deed
from tai2.daemon.deeds.fostering import Adopting, Ignoring, Releasing
from tai2.daemon.deeds.settling import Settling
from tai2.wire.verbs import Verb


def deed_of(asked: Asked) -> Deed:
    """Return the deed, not yet looked at."""
    match asked.verb:
        case Verb.CLOSE | Verb.FLATTEN:
            return Closing(asked)
        case Verb.RESUME:
            return Resuming(asked)
        case Verb.ADOPT:
            return Adopting(asked)
        case Verb.RELEASE:
            return Releasing(asked)
        case Verb.IGNORE | Verb.HEED:
            return Ignoring(asked, is_ignored=asked.verb is Verb.IGNORE)
        case Verb.SETTLE:
            return Settling(asked)
        case _:
            assert_never(asked.verb)
