"""What a page is asked: who asks, of which snapshot, with what the URL says.

Holds the question and the making of links: the URL carries the whole state of a page, so that back,
a bookmark and a forwarded link work. The pages are the other modules of this room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

import duckdb

from assets import metrics, viewers
from assets.metrics import Context, Metric
from assets.viewers import Viewer
from config.settings import Settings
from dashboards.page_words import word
from dashboards.pages.served import Reading

FILTERS = ("site", "department", "asset_class")
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

    @property
    def month(self) -> date:
        """The month asked for; by default the last whole one, or the present one if it is alone."""
        months = self.months()
        asked = self.params.get("month", "")
        by_name = {f"{one:%Y-%m}": one for one in months}
        return by_name.get(asked, months[1] if len(months) > 1 else months[0])

    def where(self, metric: Metric) -> dict[str, list[str]]:
        """Return the filters of the URL that this metric knows."""
        return {
            name: [self.params[name]]
            for name in FILTERS
            if self.params.get(name) and name in metric.dimensions
        }

    def read(self, metric: Metric, **asked: Any) -> list[dict[str, Any]]:
        """Return numbers of a metric under the URL's filters, as the viewer may see them."""
        where = self.where(metric)
        key = (self.viewer, metric.id, self.lang, repr(where), repr(sorted(asked.items())))

        def make() -> list[dict[str, Any]]:
            return viewers.read(
                self.con, self.viewer, metric.id, where=where, lang=self.lang, **asked
            )

        rows: list[dict[str, Any]] = self.reading.kept(key, make)
        return rows

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
