"""What a page is asked: who asks, of which snapshot, with what the URL says.

Holds the question and the making of links: the URL carries the whole state of a page, so that back,
a bookmark and a forwarded link work. The pages are the other modules of this room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

import duckdb

from assets import metrics, viewers
from assets.metrics import Context, Metric
from assets.viewers import Viewer
from config.settings import Settings
from dashboards.page_words import word
from dashboards.pages.served import Reading

FILTERS = ("site", "department", "asset_class")
# What a number of another page may narrow its own page by, beside the filters; never people.
NARROWED = ("brand", "model", "age_cohort", "ownership", "priority", "urgency", "clock",
            "work_class", "fault_family")  # fmt: skip
SPANS = (1, 3, 12)
_MONTHS_SHOWN = 24


@dataclass(frozen=True)
class Ask:
    """One question to a page.

    Attributes:
        reading: the snapshot, read-only.
        viewer: whose rights hold.
        settings: the installation.
        context: as-of and thresholds of the snapshot.
        path: what stands behind the page's own path, such as a metric's id.
        params: the URL's query.
        lang: zh or en.
    """

    reading: Reading
    viewer: Viewer
    settings: Settings
    context: Context
    path: str
    params: Mapping[str, str]
    lang: str

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The snapshot's connection."""
        return self.reading.con

    def word(self, key: str, **values: object) -> str:
        """Return a text in the page's language."""
        return word(key, self.lang, **values)

    def months(self) -> list[date]:
        """Return the months that have data, newest first."""
        found: list[date] = []
        month = self.context.as_of_on.replace(day=1)
        first = self.context.data_from.replace(day=1)
        while month >= first and len(found) < _MONTHS_SHOWN:
            found.append(month)
            month = before(month)
        return found

    def choices(self, name: str) -> list[tuple[str, str]]:
        """Return what a filter offers this viewer: code and name."""
        key = ("choices", self.viewer, name, self.lang)
        rows: list[tuple[str, str]] = self.reading.kept(
            key, lambda: viewers.choices(self.con, self.viewer, name, lang=self.lang)
        )
        return rows

    @property
    def month(self) -> date:
        """The month asked for; by default the last whole one, or the present one if it is alone."""
        months = self.months()
        asked = self.params.get("month", "")
        by_name = {f"{one:%Y-%m}": one for one in months}
        return by_name.get(asked, months[1] if len(months) > 1 else months[0])

    def span(self, usual: int = 1) -> int:
        """Return over how many months up to `month` the URL asks."""
        asked = self.params.get("span", "")
        return int(asked) if asked in map(str, SPANS) else usual

    def first(self, usual: int = 1) -> date:
        """Return the first local day of the months asked for that has data."""
        return max(metrics.add_months(self.month, 1 - self.span(usual)), self.context.data_from)

    def where(self, metric: Metric) -> dict[str, list[str]]:
        """Return the filters of the URL that this metric knows."""
        return {
            name: [self.params[name]]
            for name in (*FILTERS, *NARROWED)
            if self.params.get(name) and name in metric.dimensions
        }

    def is_connected(self, metric: Metric) -> bool:
        """Tell whether the sources that a metric needs are there at all."""
        gaps = self.context.gaps.get(metric.id, {})
        return set(metric.sources) <= self.context.connected and "" not in gaps

    def local(self, instant: datetime | int | None) -> datetime | None:
        """Return an instant, naive UTC or seconds since 1970, by the hospital's clock."""
        if isinstance(instant, int):
            instant = datetime.fromtimestamp(instant, UTC).replace(tzinfo=None)
        return None if instant is None else self._by_the_clock(instant)

    @property
    def now(self) -> datetime:
        """As-of by the hospital's clock."""
        return self._by_the_clock(self.context.as_of)

    def _by_the_clock(self, instant: datetime) -> datetime:
        zone = ZoneInfo(self.context.timezone)
        return instant.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)

    def minute(self, instant: datetime | int | None) -> str:
        """Return the same as text to the minute, empty for none."""
        known = self.local(instant)
        return "" if known is None else f"{known:%Y-%m-%d %H:%M}"

    def label(self, kind: str, code: str | None) -> str:
        """Return the word of a code, empty for none."""
        if code is None:
            return ""

        def make() -> dict[str, str]:
            language = "en" if self.lang == "en" else "zh"
            sql = f"select code, {language} from kpi.dim_labels where kind = ?"
            return dict(self.con.execute(sql, [kind]).fetchall())

        words: dict[str, str] = self.reading.kept(("labels", kind, self.lang), make)
        return words.get(code, code)

    def narrowed(self) -> dict[str, str]:
        """Return what the URL narrows by beside the filters, and over how many months."""
        return {name: self.params[name] for name in (*NARROWED, "span") if self.params.get(name)}

    def read(self, metric: Metric, **asked: Any) -> list[dict[str, Any]]:
        """Return numbers of a metric under the URL's filters, as the viewer may see them."""
        where = self.where(metric)
        held = viewers.narrowed(self.viewer, metric, asked.get("by", ()), where)
        key = (
            self.viewer.data_role, metric.id, self.lang, repr(sorted(held.items())),
            repr(sorted(asked.items())),
        )  # fmt: skip

        def make() -> list[dict[str, Any]]:
            return viewers.read(
                self.con, self.viewer, metric.id, where=where, lang=self.lang, **asked
            )

        rows: list[dict[str, Any]] = self.reading.kept(key, make)
        return rows

    def total(self, metric: Metric, by: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return a metric over the months asked for: one month as such, several as one period."""
        grain = "month" if self.span() == 1 else "total"
        return self.read(metric, grain=grain, by=by, start=self.first(), end=after(self.month))

    def whole(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows of periods that data cover from their first day: a course begins there.

        The months before a source began look like a calm that nobody had.
        """
        return [row for row in rows if row["period_start"] >= self.context.data_from]

    def sentences(self, metric: Metric, rows: list[dict[str, Any]], by: Sequence[str]) -> list[str]:
        """Return the findings of a reading."""
        said = viewers.findings(
            self.con, self.viewer, rows, by=by, where=self.where(metric), lang=self.lang
        )
        return [" ".join(one.sentences()) for one in said]

    def link(self, path: str, **changes: str | None) -> str:
        """Return the address of a page that keeps the filters; None drops one."""
        kept = {name: self.params.get(name) for name in ("month", *FILTERS, "lang")} | changes
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"{path}{'?' if query else ''}{query}"

    def kpi(self, metric_id: str, **narrowed: object) -> str:
        """Return the address of a number: its metric's page, narrowed to what it counts."""
        changes = {name: None if value is None else str(value) for name, value in narrowed.items()}
        return self.link(f"/kpi/{metric_id}", **changes)


def params_of(search: str | None) -> dict[str, str]:
    """Return the query of a URL; the first of a name that is repeated, no control characters."""
    pairs = parse_qsl((search or "").lstrip("?")[:2000], keep_blank_values=False)
    return {name: value for name, value in reversed(pairs) if value.isprintable()}


def before(month: date) -> date:
    """Return the first day of the month before."""
    return metrics.add_months(month, -1)


def after(month: date) -> date:
    """Return the first day of the month after."""
    return metrics.add_months(month, 1)


def text_of(metric: Metric, row: Mapping[str, Any], lang: str) -> str:
    """Return the text of one number."""
    return metrics.format_value(
        metric, row["statistic"], row["value"], state=row["state"], lo=row["lo"], lang=lang
    )


def interval_of(metric: Metric, row: Mapping[str, Any], lang: str) -> str:
    """Return a number's interval as text, empty without one."""
    if row["lo"] is None or row["hi"] is None:
        return ""
    shape = metric.statistics[row["statistic"]]
    return "–".join(metrics.number_text(shape, row[name], lang) for name in ("lo", "hi"))
