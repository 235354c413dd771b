"""The peak memory of this process, which a child inherits from nobody.

Holds the one reading of it; what is promised stands with each benchmark.
"""

import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """Return the most that this process's own image has held resident, in MiB.

    Linux keeps `getrusage`'s maximum over an exec: a child of a large process would begin with its
    parent's. `VmHWM` begins anew.
    """
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
