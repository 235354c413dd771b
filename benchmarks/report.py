"""The results file of the benchmarks: one table, replaced row by row.

Holds the shape of a result and its rendering. What is measured is in the benchmark modules.
"""

import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

TARGET = Path(__file__).parent / "results.md"
_HEADER = [
    "# Benchmarks",
    "",
    "Written by `make bench`: medians, measured side by side in one run on two cores.",
    "",
    "| what | figure | bar | holds | runs (min … max) | measured |",
    "|---|---|---|---|---|---|",
]


@dataclass(frozen=True)
class Result:
    """One line: what was measured, its median and bar, both in ``unit``; below the bar holds."""

    what: str
    value: float
    bar: float
    unit: str
    runs: Sequence[float]

    def line(self) -> str:
        """Render as a table row."""
        today = f"{datetime.now(UTC):%Y-%m-%d}"
        holds = "yes" if self.value <= self.bar else "**no**"
        spread = f"{min(self.runs):.2f} … {max(self.runs):.2f} (n={len(self.runs)})"
        where = f"{today}, Python {platform.python_version()}"
        return (
            f"| {self.what} | {self.value:.2f} {self.unit} | ≤ {self.bar:g} {self.unit} "
            f"| {holds} | {spread} | {where} |"
        )


def median(what: str, bar: float, unit: str, runs: Sequence[float]) -> Result:
    """Return the result whose figure is the median of the runs."""
    result = Result(what, statistics.median(runs), bar, unit, tuple(runs))
    print(result.line(), flush=True)
    return result


def write(results: Sequence[Result]) -> None:
    """Replace the rows of these results in the file, keep the others."""
    rows: dict[str, str] = {}
    if TARGET.exists():
        for line in TARGET.read_text(encoding="utf-8").splitlines()[len(_HEADER) :]:
            if line.startswith("| "):
                rows[line.split("|")[1].strip()] = line
    rows |= {result.what: result.line() for result in results}
    TARGET.write_text("\n".join([*_HEADER, *rows.values()]) + "\n", encoding="utf-8")
