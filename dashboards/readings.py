"""From the metric reader's frames to what a tile needs: text, interval, state.

Holds the smallest pieces that every panel of the wall uses. Which metric stands where is decided in
the panel modules; how a number is written is decided in `assets.metrics`.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from assets import metrics

Json = dict[str, Any]
ROLE = "wall"
_WHOLE_FROM = 100
_NARROW = 0.56
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - instants are naive UTC inside


@dataclass(frozen=True)
class Reading:
    """One number as the reader gave it, with the text that every surface shows."""

    text: str
    state: str
    value: float | None = None
    lo: float | None = None
    hi: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    n: int = 0
    verdict: str = "none"

    @property
    def has_value(self) -> bool:
        """Whether there is a number to show."""
        return self.value is not None


def plain(value: Any) -> Any:
    """Return None for what pandas calls missing, anything else as it is."""
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value


def amount(value: Any) -> float:
    """Return a number, 0 for what is missing."""
    return float(plain(value) or 0)


def bound_text(metric_id: str, statistic: str, value: float | None, lang: str) -> str:
    """Return a bound of an interval in its statistic's format."""
    return metrics.format_value(metrics.registry()[metric_id], statistic, value, lang=lang)


def short_bound(metric_id: str, statistic: str, value: float | None, lang: str) -> str:
    """Return a bound for a narrow column: without decimals from 100 on."""
    if value is not None and value >= _WHOLE_FROM:
        return f"{value:,.0f}"
    return bound_text(metric_id, statistic, value, lang)


def text_width(text: str) -> float:
    """Return the width of a text in ems, as CJK fonts set it: wide characters 1, others 0.56."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else _NARROW for c in text)


def shortened(text: str, ems: float) -> str:
    """Return a text cut with an ellipsis to fit a width in ems."""
    if text_width(text) <= ems:
        return text
    kept = text
    while kept and text_width(kept) + 1 > ems:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def to_reading(row: Any, lang: str, target: float | None = None) -> Reading:
    """Return one row of `metrics.read` as a reading, judged against a target."""
    metric = metrics.registry()[row.metric_id]
    value, low = plain(row.value), plain(row.lo)
    judgement = metrics.judge(
        metric,
        target=target,
        value=value,
        lo=low,
        hi=plain(row.hi),
        denominator=plain(row.denominator),
        state=row.state,
    )
    return Reading(
        text=metrics.format_value(metric, row.statistic, value, state=row.state, lo=low, lang=lang),
        state=row.state,
        value=value,
        lo=low,
        hi=plain(row.hi),
        numerator=plain(row.numerator),
        denominator=plain(row.denominator),
        n=int(row.n),
        verdict=judgement.verdict,
    )


class Source:
    """One open file and the language in which it is read."""

    def __init__(self, con: duckdb.DuckDBPyConnection, lang: str) -> None:
        """Read the file's own context once."""
        self.con = con
        self.lang = lang
        self.context = metrics.context(con)

    def frame(self, metric_id: str, **asked: Any) -> pd.DataFrame:
        """Return `metrics.read` as the wall may see it."""
        return metrics.read(self.con, metric_id, role=ROLE, lang=self.lang, **asked)

    def one(self, metric_id: str, statistic: str, day: date, **asked: Any) -> Reading:
        """Return one statistic of one local day."""
        end = day + timedelta(days=1)
        frame = self.frame(
            metric_id, grain="day", start=day, end=end, statistics=[statistic], **asked
        )
        return pick(frame, metric_id, statistic, self.lang)

    def detail(self, name: str, where: str = "true", parameters: Sequence[Any] = ()) -> Any:
        """Return the rows behind numbers, as the wall may see them."""
        return metrics.detail(self.con, name, role=ROLE, where=where, parameters=parameters)

    def judged(self, row: Any) -> Reading:
        """Return one row of `metrics.read` judged against the target of its period."""
        target = self.context.target(row.metric_id, row.statistic, row.period_start)
        return to_reading(row, self.lang, target)

    def label(self, kind: str, code: str) -> str:
        """Return the display word of a code."""
        return metrics.label(self.con, kind, code, self.lang)


def rows(frame: pd.DataFrame, statistic: str) -> Iterable[Any]:
    """Return the rows of a statistic in the frame's order."""
    return frame[frame["statistic"] == statistic].itertuples(index=False)


def pick(frame: pd.DataFrame, metric_id: str, statistic: str, lang: str) -> Reading:
    """Return the only row of a statistic; without one, no data."""
    found = list(rows(frame, statistic))
    if not found:
        text = metrics.format_value(
            metrics.registry()[metric_id], statistic, None, state="no_data", lang=lang
        )
        return Reading(text=text, state="no_data")
    return to_reading(found[0], lang)


def midnight_of(day: date, zone: str) -> datetime:
    """Return the local midnight that begins a day, as naive UTC."""
    local = datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def seconds_of(instant: datetime) -> int:
    """Return naive UTC as seconds since 1970."""
    return int((instant - EPOCH).total_seconds())
