"""Named places where a test may kill the process, so that crash safety can be proved.

Holds the hook and nothing else. A caller that has just reached a point worth dying at calls
``reach("name")``; in production the variable is unset and the call is one dictionary look-up. The
points in use: ``after_raw`` (the pull has committed, nothing is computed yet), ``mid_publish``
(half of a snapshot is written) and ``before_pointer`` (the snapshot is complete, the pointer still
names the old one). Do not put retries, delays or error injection here.
"""

import os
import signal

VARIABLE = "OPSPULSE_FAULT"


def reach(point: str) -> None:
    """Kill this process with SIGKILL when the environment asks for a death at ``point``.

    Args:
        point: the name of the place just reached.
    """
    if os.environ.get(VARIABLE) == point:
        os.kill(os.getpid(), signal.SIGKILL)
