"""Which failures are looked at: a period and codes by dimension, and how SQL asks for them.

Holds the topic, its conditions on failures and on exposure, the display words of codes, and the id
of a query. What is counted and compared is in the modules beside it; surfaces go through `reading`.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import duckdb

from assets.metric_context import Context, context
from assets.metric_periods import Period, periods
from assets.metric_registry import Dimension, dimensions
from config.errors import ConfigError

Row = dict[str, Any]
DAY_SECONDS = 86_400
YEAR_DAYS = 365.25

# What failures can be cut by, beside what exposure knows too; shift and season have exposure of
# their own making.
EXPOSED = (
    "site", "department", "zone", "asset_class", "brand", "model", "age_cohort", "ownership",
    "asset",
)  # fmt: skip
TIMED = ("shift", "season")
CUTS = (
    *EXPOSED, *TIMED, "fault_family", "fault_group", "mechanism", "cause", "cause_category",
    "engineer", "engineer_group", "lot",
)  # fmt: skip
ROLES = ("head", "qcc", "engineer")


@dataclass(frozen=True)
class Topic:
    """Failures of local days [start, end) whose dimensions have these codes.

    ``only_inherent``: 固有故障 only; otherwise every 使用故障.
    """

    start: date
    end: date
    where: Mapping[str, tuple[str, ...]]
    only_inherent: bool = False

    def within(self, **codes: tuple[str, ...]) -> "Topic":
        """Return the topic narrowed to further codes."""
        return replace(self, where={**self.where, **codes})

    def without(self, *names: str) -> "Topic":
        """Return the topic without its conditions on these dimensions."""
        return replace(self, where={k: v for k, v in self.where.items() if k not in names})


def topic(
    con: duckdb.DuckDBPyConnection,
    *,
    start: date | None = None,
    end: date | None = None,
    where: Mapping[str, Any] | None = None,
    role: str = "qcc",
) -> Topic:
    """Return a topic with whatever is not given taken from the snapshot.

    Args:
        con: a snapshot or the warehouse.
        start: first local day; a year before the end by default, or the data's first.
        end: local day after the last; the day after as-of by default.
        where: dimension id → code or list of codes.
        role: who asks.

    Raises:
        ConfigError: unknown dimension, one that the role may not see, or a period without data.
    """
    if role not in ROLES:
        raise ConfigError("当前身份无权查看原因分析。", "请联系科室负责人。")
    known = context(con)
    last = min(end or known.as_of_on + timedelta(days=1), known.as_of_on + timedelta(days=1))
    first = max(start or last - timedelta(days=365), known.data_from)
    if first >= last:
        raise ConfigError(
            f"{start or first} 至 {end or last} 之间没有数据。",
            f"数据自 {known.data_from} 起、截至 {known.as_of_on},请另选期间。",
        )
    return Topic(first, last, {name: _codes(name, codes, role) for name, codes in _given(where)})


def _given(where: Mapping[str, Any] | None) -> Iterable[tuple[str, Any]]:
    return (where or {}).items()


def _codes(name: str, codes: Any, role: str) -> tuple[str, ...]:
    dimension(name, role)
    listed = codes if isinstance(codes, list | tuple) else (codes,)
    return tuple(str(code) for code in listed)


def dimension(name: str, role: str) -> Dimension:
    """Return a dimension by which failures can be cut.

    Raises:
        ConfigError: there is none, or the role may not see it.
    """
    if name not in CUTS:
        raise ConfigError(f"不能按「{name}」分析原因。", f"可用的有:{'、'.join(CUTS)}。")
    found = dimensions()[name]
    if found.roles and role not in found.roles:
        raise ConfigError(f"当前身份无权按「{found.zh}」查看。", "请联系科室负责人。")
    return found


def parsed(text: str, role: str = "qcc") -> dict[str, tuple[str, ...]]:
    """Return the codes by dimension of a scope written `department:D301,D302;model:M1`.

    Raises:
        ConfigError: another form, or an unknown dimension.
    """
    found = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, sign, codes = part.partition(":")
        listed = tuple(code.strip() for code in codes.split(",") if code.strip())
        if not sign or not listed:
            raise ConfigError(
                f"范围「{text}」写法不对。", "请写成 维度:编码,如 department:D301;model:M1。"
            )
        found[name.strip()] = _codes(name.strip(), listed, role)
    return found


def written(where: Mapping[str, Sequence[str]]) -> str:
    """Return codes by dimension as `parsed` reads them."""
    return ";".join(f"{name}:{','.join(codes)}" for name, codes in where.items())


def span(con: duckdb.DuckDBPyConnection, start: date, end: date) -> Period | None:
    """Return local days [start, end) as one period; None where they do not begin before as-of."""
    known: Context = context(con)
    found = periods(
        "total", start, end, zone=known.timezone, as_of=known.as_of, data_from=known.data_from
    )
    return found[0] if found else None


def conditions(
    where: Mapping[str, Sequence[str]], *, only: Sequence[str] = CUTS
) -> tuple[str, list[str]]:
    """Return the SQL conditions of codes on the table f, and their parameters.

    Args:
        where: dimension id → codes.
        only: dimensions that the table has; others are left out.
    """
    text, values = "", list[str]()
    for name, codes in where.items():
        if name in only:
            column = dimensions()[name].column
            text += f" and f.{column} in ({', '.join('?' * len(codes))})"
            values += codes
    return text, values


# Conditions by which only some classes of device can fail at all.
_FAULTS = ("fault_family", "fault_group", "mechanism", "cause", "cause_category")


def at_risk(where: Mapping[str, Sequence[str]]) -> tuple[str, list[str]]:
    """Return the SQL condition of exposure f that leaves out classes which cannot fail like that.

    A screen never jams: in-service time of screens is no exposure for jams. A class is at risk when
    any of its devices ever failed that way; all are where the topic names no fault.
    """
    text, values = conditions(where, only=_FAULTS)
    if not text or "asset_class" in where:
        return "", []
    inner = text.replace(" f.", " k.")
    return (
        " and f.asset_class in (select k.asset_class from kpi.fact_faults as k "
        f"where k.is_exposed{inner})",
        values,
    )


def query_id(name: str, about: Topic, *more: Any) -> str:
    """Return the id of a question: the same question of the same snapshot has the same answer."""
    text = repr((name, about, more))
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class Names:
    """Display words of codes, read once from a snapshot."""

    def __init__(self, con: duckdb.DuckDBPyConnection, lang: str = "zh") -> None:
        """Read the label lists; names of a dimension's own table when they are first asked for."""
        self._con, self.lang = con, lang
        column = "en" if lang == "en" else "zh"
        self._labels = {
            (kind, code): (word, order)
            for kind, code, word, order in con.execute(
                f"select kind, code, {column}, sort_order from kpi.dim_labels"
            ).fetchall()
        }
        self._tables: dict[str, dict[tuple[str, str], str]] = {}

    def label(self, kind: str, code: str | None) -> str:
        """Return the word of a code of a list, the code itself where it has none."""
        if code is None:
            return self.missing
        return str(self._labels.get((kind, code), (code, 0))[0])

    @property
    def missing(self) -> str:
        """The word for no code."""
        return "Not given" if self.lang == "en" else "未填"

    def of(self, name: str, code: str | None, site_id: str | None = None) -> str:
        """Return the word of a code of a dimension."""
        if code is None:
            return self.missing
        item = dimensions()[name]
        if item.label_kind:
            return self.label(item.label_kind, code)
        if not item.table:
            return code
        if item.id not in self._tables:
            rows = self._con.execute(
                f"select site_id, {item.column}, name from kpi.{item.table}"
            ).fetchall()
            self._tables[item.id] = {(site, key): word for site, key, word in rows}
        names = self._tables[item.id]
        if site_id is not None:
            return names.get((site_id, code)) or code
        return next((word for (_, key), word in names.items() if key == code and word), code)

    def dimension(self, name: str) -> str:
        """Return the name of a dimension."""
        item = dimensions()[name]
        return item.en if self.lang == "en" else item.zh

    def scope(self, where: Mapping[str, Sequence[str]]) -> str:
        """Return codes by dimension in words."""
        parts = [
            f"{self.dimension(name)} {'、'.join(self.of(name, code) for code in codes)}"
            for name, codes in where.items()
        ]
        return ";".join(parts) or ("everything" if self.lang == "en" else "全部")
