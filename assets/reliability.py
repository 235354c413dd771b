"""Models of devices against their class: the funnel and its verdicts, ageing, what to replace.

Holds the joining of two readings of one period (failure rate, standardised ratio) into a row per
model, and the rule by which a model is called different. The readings are the metrics' own, through
`viewers`; the reasons of a replacement are made in `replacement`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import duckdb

from assets import replacement, viewers
from assets.analysis.funnel import ACTION, WARNING, rate_limits
from assets.metric_registry import dimensions, registry
from assets.viewers import Viewer

Row = dict[str, Any]
Where = Mapping[str, Sequence[str]]
# high and low: beyond the 99.8 % limits; raised and lowered: beyond 95 %, which one model in twenty
# is by chance; alone: its class is this model; small: too few failures to judge.
Verdict = Literal["high", "raised", "usual", "lowered", "low", "small", "alone", "unknown"]
VERDICTS: tuple[Verdict, ...] = (
    "high", "raised", "lowered", "low", "usual", "alone", "small", "unknown",
)  # fmt: skip
RATE, RATIO = "use_failure_rate", "failure_ratio"
PER_YEARS = "per_100_device_years"
_MODEL = ("brand", "model", "asset_class")
YEAR_DAYS = 365  # as K01 counts a device-year


@dataclass(frozen=True)
class Group:
    """A model or an age with its failures, as both metrics give them.

    Attributes:
        codes: dimension id → code, None where it is not filled in.
        names: the same as words.
        rate: the row of `use_failure_rate`, per 100 device-years.
        ratio: the row of `failure_ratio`: observed ÷ expected of the same classes, with interval.
        device_years: exposure.
        verdict: see `Verdict`.
    """

    codes: Mapping[str, str | None]
    names: Mapping[str, str]
    rate: Row
    ratio: Row
    device_years: float
    verdict: Verdict

    @property
    def failures(self) -> int:
        """How often the group failed."""
        return int(self.rate["numerator"] or 0)

    @property
    def expected(self) -> float:
        """How often the same classes would have failed in as much time in service."""
        return float(self.ratio["denominator"] or 0)


@dataclass(frozen=True)
class Models:
    """The models of a period, and the failures of devices that have none or are not bound."""

    models: tuple[Group, ...]
    unnamed_failures: int

    def judged(self) -> int:
        """Return how many could be judged."""
        return sum(one.verdict not in ("small", "alone", "unknown") for one in self.models)


def models(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    *,
    start: date,
    end: date,
    where: Where | None = None,
    lang: str = "zh",
) -> Models:
    """Return every model with time in service, what stands out first, small samples last.

    A model is held against what its class fails in the whole hospital (`failure_ratio`), by the
    exact funnel limits around 1 at its expected number of failures (Spiegelhalter 2005).

    Args:
        con: a snapshot.
        viewer: who asks.
        start: first local day.
        end: local day after the last.
        where: filters, dimension id → codes.
        lang: language of the names.

    Raises:
        RefusedError: the metrics are not for them.
    """
    groups, unnamed = _groups(con, viewer, _MODEL, "model", (start, end), where, lang)
    per_class = Counter(one.codes["asset_class"] for one in groups)
    found = [
        Group(one.codes, one.names, one.rate, one.ratio, one.device_years,
              "alone" if per_class[one.codes["asset_class"]] == 1 else one.verdict)
        for one in groups
    ]  # fmt: skip
    order = {verdict: place for place, verdict in enumerate(VERDICTS)}
    found.sort(key=lambda one: (order[one.verdict], -(one.ratio["value"] or 0),
                                -one.failures, *map(str, one.names.values())))  # fmt: skip
    return Models(tuple(found), unnamed)


def ages(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    *,
    start: date,
    end: date,
    where: Where | None = None,
    lang: str = "zh",
) -> list[Group]:
    """Return the same by age of the device, youngest first: rates by age, and fair ones by class.

    Raises:
        RefusedError: the metrics are not for them.
    """
    groups, _ = _groups(con, viewer, ("age_cohort",), "age_cohort", (start, end), where, lang)
    kind = dimensions()["age_cohort"].label_kind
    order = dict(
        con.execute(
            "select code, sort_order from kpi.dim_labels where kind = ?", [kind]
        ).fetchall()
    )  # fmt: skip
    last = len(order)
    return sorted(groups, key=lambda one: order.get(one.codes["age_cohort"], last))


def _groups(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    by: Sequence[str],
    named: str,
    days: tuple[date, date],
    where: Where | None,
    lang: str,
) -> tuple[list[Group], int]:
    """Return the groups in service that have a ``named`` code, and the failures of the others."""

    def read(metric_id: str, statistic: str) -> list[Row]:
        known = registry()[metric_id].dimensions
        narrowed = {name: codes for name, codes in (where or {}).items() if name in known}
        return viewers.read(
            con, viewer, metric_id, grain="total", by=by, start=days[0], end=days[1],
            where=narrowed, statistics=[statistic], lang=lang,
        )  # fmt: skip

    ratios = {_codes(row, by): row for row in read(RATIO, "ratio")}
    groups, unnamed = [], 0
    for row in read(RATE, PER_YEARS):
        ratio = ratios.get(_codes(row, by))
        if row[f"{named}_code"] is None or not row["denominator"]:
            unnamed += int(row["numerator"] or 0)
        elif ratio is not None:
            groups.append(
                Group(
                    {name: row[f"{name}_code"] for name in by},
                    {name: str(row[name]) for name in by},
                    row,
                    ratio,
                    row["denominator"] / YEAR_DAYS,
                    verdict(ratio),
                )
            )
    return groups, unnamed


def _codes(row: Row, by: Sequence[str]) -> tuple[Any, ...]:
    return tuple(row[f"{name}_code"] for name in by)


def verdict(ratio: Mapping[str, Any]) -> Verdict:
    """Return what the funnel says of one row of `failure_ratio`."""
    expected, value = ratio["denominator"], ratio["value"]
    if ratio["state"] == "small_sample":
        return "small"
    if ratio["state"] != "ok" or not expected or value is None:
        return "unknown"
    (low, high), (lowest, highest) = (
        (float(bound[0]) for bound in rate_limits(1.0, [expected], level))
        for level in (WARNING, ACTION)
    )
    if value > high:
        return "high" if value > highest else "raised"
    if value < low:
        return "low" if value < lowest else "lowered"
    return "usual"


def to_replace(
    con: duckdb.DuckDBPyConnection,
    viewer: Viewer,
    *,
    where: Where | None = None,
    lang: str = "zh",
) -> list[Row] | None:
    """Return the devices that K20 would replace, with the names of their class and department.

    Rows as `replacement.devices` and `class_name`, `department_name`; None for who may not see
    costs of devices.
    """
    if viewer.role not in replacement.ROLES:
        return None
    columns = {dimensions()[name].column: codes for name, codes in (where or {}).items()}
    rows = [
        row
        for row in replacement.devices(con, role=viewer.data_role, lang=lang)
        if all(row.get(column) in codes for column, codes in columns.items() if column in row)
    ]
    language = "en" if lang == "en" else "zh"
    classes = dict(
        con.execute(
            f"select code, {language} from kpi.dim_labels where kind = 'asset_class'"
        ).fetchall()
    )
    departments = {
        (site, code): name
        for site, code, name in con.execute(
            "select site_id, department_id, name from kpi.dim_departments"
        ).fetchall()
    }
    return [
        row
        | {
            "class_name": classes.get(row["asset_class"], row["asset_class"] or ""),
            "department_name": departments.get(
                (row["site_id"], row["department_id"]), row["department_id"] or ""
            ),
        }
        for row in rows
    ]


def signs_needed(con: duckdb.DuckDBPyConnection) -> int:
    """Return how many signs make a device a candidate for replacement, by the rules."""
    return replacement.terms(con).signs_needed
