"""The shape of the metric registry and its loading from `assets/metrics/*.yml`.

Holds what a metric's file may say and the dimensions that numbers can be cut by. How a kind of
metric is computed is in `metric_sql` and `metric_results`; consumers go through `metrics`.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from config.plain_yaml import plain

_FOLDER = Path(__file__).parent / "metrics"
_DIMENSIONS_FILE = "_dimensions.yml"

Kind = Literal[
    "count", "share", "rate", "duration", "availability", "instant", "completion", "stock",
    "below_min", "ratio", "maturing", "split", "duration_with_share", "backlog_weeks",
    "per_thousand", "device_states", "loaner_use", "utilisation", "wip_spread", "ways",
    "nonresponse", "quotient", "assets_at", "asset_costs_at", "cost_of_service",
    "certificates", "replacement", "parts_at", "stock_turnover", "days_out", "coverage",
    "training_need", "training_effect", "page_cost", "failure_ratio", "shrunk_rate",
    "clock_time", "step_times",
]  # fmt: skip
Format = Literal["count", "number", "percent", "pct", "duration", "money"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(_Entry):
    """A text in Chinese and English."""

    zh: str
    en: str

    def text(self, lang: str) -> str:
        """Return the text in that language, Chinese unless ``en``."""
        return self.en if lang == "en" else self.zh


class Statistic(Names):
    """One number of a metric: its unit's names, format, decimals, and for rates its scale.

    ``scale`` multiplies a rate per second (or divides an inverse one). ``basis`` is the
    denominator: in-service time, in-service less down time, or the period itself.
    ``is_lower_bound``: the one-sided 95 % lower bound instead of the point value.
    """

    format: Format
    precision: int
    scale: int = 1
    basis: Literal["exposure", "operating", "period"] = "exposure"
    is_inverse: bool = False
    is_lower_bound: bool = False


# What the rules are called that find days where times should be; see `data_checks.days_only`.
_DAYS_ONLY = "_days_only"


class Survival(_Entry):
    """The cohort of a Kaplan–Meier estimate: open tickets are censored at as-of."""

    on: str
    where: str
    value: str
    observed: str


class Change(Names):
    """What a version of the definition changed."""

    version: str


class Metric(_Entry):
    """One KPI. SQL snippets refer to columns of the fact, aliased ``f``."""

    id: str
    code: str
    names: Names
    purpose: Names
    formula: Names
    kind: Kind
    statistics: dict[str, Statistic]
    direction: Literal["higher", "lower", "none"]
    cohort: str
    calendar: str
    interval: str | None
    sources: tuple[str, ...]
    # Columns of the contract without which its numbers would be wrong, `a.b or a.c` where one is
    # enough: beside those that `metric_needs` reads from the SQL.
    columns: tuple[str, ...] = ()
    # Tables, or `table.rule`, whose failed checks make this metric 不可信; by default its sources.
    gates: tuple[str, ...] | None = None
    # Steps of a ticket whose clock time it stands on: 不可信 where a source gives only their days.
    moments: tuple[str, ...] = ()
    dimensions: tuple[str, ...]
    surfaces: tuple[str, ...]
    standards: tuple[str, ...]
    caveats: Names
    roles: tuple[str, ...] = ("wall", "head", "finance", "engineer", "qcc")
    owner: Names = Names(zh="信息科 / 设备科", en="IT / equipment department")
    # Who or what is left out, where the caveats do not say so.
    exclusions: Names | None = None
    # Days after a period in which its shares may still change: until then 未成熟.
    maturity_days: int = 0
    # Of the kind `maturing`: the threshold after which a case can no longer turn out otherwise, in
    # days, or in hours where it is called so.
    matures_after: str = ""
    # Below it a number is a small sample; by default the thresholds' min_events, min_denominator.
    min_n: int | None = None
    # What people said of one person is shown from so many answers on; a count always is.
    min_n_of_a_person: int | None = None
    since: str = "0.1.0"
    changes: tuple[Change, ...] = ()
    fact: str = ""
    on: str = ""
    where: str = "true"
    value: str = ""
    # Rows that nobody may rely on: a group with one of them is 不可信. Dated like the others.
    doubted: str = ""
    denominator: str = ""
    numerators: dict[str, str] = Field(default_factory=dict)
    measures: dict[str, str] = Field(default_factory=dict)
    means: dict[str, str] = Field(default_factory=dict)
    # How many cases a statistic rests on, where not on the denominator (a share) or on every row:
    # what a share with a base is a share of, and what a mean must have enough of.
    bases: dict[str, str] = Field(default_factory=dict)
    survival: Survival | None = None
    # Dimensions in which groups differ before anybody does anything: comparisons of groups or of
    # periods are also made within them, and a warning is due when the sign flips.
    strata: tuple[str, ...] = ()
    start: str = Field(default="", alias="from")
    stop: str = Field(default="", alias="to")
    # Defined by the hospital, in its home: see `own_metrics`.
    is_own: bool = False

    def is_gated_by(self, table: str, rule: str) -> bool:
        """Tell whether a failed check makes this metric unreliable.

        A table stands for all its rules but those on references: whether devices, departments or
        tickets can be named matters only to the metrics that say so, as ``table.column_unknown``.
        Nor does a count mind that a step has days only: spans do, by their ``moments``.
        """
        if rule.endswith(_DAYS_ONLY):
            return rule.removesuffix(_DAYS_ONLY) in self.moments
        gates = self.sources if self.gates is None else self.gates
        return f"{table}.{rule}" in gates or (table in gates and not rule.endswith("_unknown"))


def by_code(metric: Metric) -> tuple[bool, str, str]:
    """Return what metrics are listed by: the catalogue's K numbers first; several share a code."""
    return not metric.code.startswith("K"), metric.code, metric.id


class Dimension(Names):
    """A cut: the facts' column, where its display name comes from, and who may use it."""

    id: str
    column: str
    table: str = ""
    label_kind: str = ""
    roles: tuple[str, ...] = ()
    # Its values are people.
    is_person: bool = False


def _content(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = plain(path.read_text(encoding="utf-8"))
    return found


@cache
def built_in() -> dict[str, Metric]:
    """Return every metric that comes with the program by id, in the order of the ids."""
    files = sorted(path for path in _FOLDER.glob("*.yml") if path.name != _DIMENSIONS_FILE)
    return {path.stem: Metric(id=path.stem, **_content(path)) for path in files}


class _Known:
    """What `registry` returns; replaced whole, so that readers in other threads keep theirs."""

    own: Mapping[str, Metric] = {}
    metrics: Mapping[str, Metric] | None = None


def registry() -> Mapping[str, Metric]:
    """Return every metric by id: the built-in ones, then the hospital's own of the open file."""
    metrics = _Known.metrics
    if metrics is None:
        metrics = _Known.metrics = {**built_in(), **_Known.own}
    return metrics


def learn(own: Mapping[str, Metric]) -> None:
    """Replace the hospital's own metrics: those that the open file was published with."""
    if own != _Known.own:
        _Known.own, _Known.metrics = own, {**built_in(), **own}


@cache
def dimensions() -> dict[str, Dimension]:
    """Return every dimension by id."""
    content = _content(_FOLDER / _DIMENSIONS_FILE)
    return {name: Dimension(id=name, **entry) for name, entry in content.items()}
