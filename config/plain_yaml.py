"""The program's own YAML, read fast: plain files, and the headers of SQL files.

Holds the choice of loader and the one way in which a header is told from the statement below it.
What people write, with the line of every value, is read by `documents`; what a header must say is
the matter of whoever reads it.
"""

from pathlib import Path
from typing import Any

import yaml

# libyaml where it is there: a twentieth of the time
LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def plain(text: str) -> Any:
    """Return the value of a YAML text, None of an empty one."""
    return yaml.load(text, Loader=LOADER)  # noqa: S506 - both are safe


def header_lines(lines: list[str]) -> int:
    """Return how many leading lines are the header: those that start with ``--``."""
    return next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))


def headed(path: Path) -> tuple[dict[str, Any], str]:
    """Return the header of a `.sql` file, whose leading ``-- `` lines are YAML, and its statement.

    Raises:
        yaml.YAMLError: the header is no YAML.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    size = header_lines(lines)
    header = plain("\n".join(line[3:] for line in lines[:size])) or {}
    return header, "\n".join(lines[size:]).strip()
