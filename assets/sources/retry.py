"""Trying again, when a fault of a source may pass by itself.

Holds the waiting between tries and what is said about it. Which faults may pass is known by
`faults`; a try is always a whole reading, in a transaction of its own, so nothing of a broken one
stays.
"""

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from assets.sources.faults import PassingSourceError
from config.settings import SourceSettings

T = TypeVar("T")

FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
_log = logging.getLogger("opspulse.sources")


def patiently(
    source: SourceSettings, action: Callable[[], T], *, sleep: Callable[[float], None] = time.sleep
) -> T:
    """Return what the action returns, trying again up to ``source.retries`` times.

    The waits double from one second up to half a minute, each shortened at random by up to a
    quarter, so that several installations do not come back at one moment.

    Args:
        source: whose faults these are.
        action: one whole reading; it leaves nothing behind when it fails.
        sleep: waits for some seconds.

    Raises:
        SourceError: the last try failed too, or the fault will not pass (login, permission, …).
    """
    wait = FIRST_WAIT_SECONDS
    for left in range(source.retries, -1, -1):
        try:
            return action()
        except PassingSourceError as error:
            if left == 0:
                raise
            seconds = wait * random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, no secret
            _log.warning("%s %.1f 秒后重试,还可重试 %d 次。", error.problem, seconds, left)
            sleep(seconds)
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
    raise AssertionError("unreachable: the last try returns or raises")
