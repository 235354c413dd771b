"""The hospital's own metrics: `config/metrics/<id>.yml` in its home, perhaps with a `.sql`.

Holds reading and refusing: every fault is a sentence with file and line, and a bad file leaves the
others alone. A definition has the fields of the registry; its SQL is a `kpi` model with the same
header as ours and keeps to the same whitelist. Building them is in `own_metrics_build`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assets.metric_registry import Metric, built_in, dimensions
from assets.models import TableSpec, discover
from assets.own_sql import check_expression, check_model, read_model
from assets.sources.contract import tables
from config.documents import Document, Location, invalid, nearest, read_document
from config.errors import ConfigError

FOLDER = "metrics"
# Kinds that snippets of SQL describe whole; the others are about one fact each.
KINDS = ("count", "share", "rate", "duration", "instant", "ratio")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SURFACES = ("wall", "workbook")
_QUANTILES = {"median", "p90", "mean", "km_median", "km_p90"}
_INTERVALS = {"share": "Wilson 95 %", "rate": "Garwood 95 %"}
_DEFAULTS: dict[str, Any] = {
    "code": "自定义",
    "calendar": "24x7",
    "standards": [],
    "surfaces": list(_SURFACES),
    "caveats": {"zh": "医院自定义指标。", "en": "Defined by the hospital."},
}
_RETRY = "请改正后重新运行;其他指标不受影响。"


@dataclass(frozen=True)
class Definition:
    """One metric of the hospital and, where it brings one, its table."""

    metric: Metric
    content: Mapping[str, Any]
    document: Document
    spec: TableSpec | None


@dataclass(frozen=True)
class Refusal:
    """A definition that is not used, and why; the problem begins with file and line."""

    metric_id: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class Own:
    """What lies in the hospital's folder."""

    definitions: tuple[Definition, ...]
    refusals: tuple[Refusal, ...]


def read(rules_dir: Path | None) -> Own:
    """Read every definition in ``rules_dir/metrics``; a missing folder holds none."""
    folder = rules_dir / FOLDER if rules_dir else None
    if folder is None or not folder.is_dir():
        return Own((), ())
    definitions, refusals = [], []
    for path in sorted(folder.iterdir()):
        try:
            if path.suffix == ".yml":
                definitions.append(_definition(path))
            else:
                _refuse_stray(path)
        except ConfigError as error:
            refusals.append(Refusal(path.stem, error.problem, error.remedy))
    return Own(tuple(definitions), tuple(refusals))


def _refuse_stray(path: Path) -> None:
    if path.suffix == ".yaml":
        raise ConfigError(f"{path}:1 不会被读取。", f"请改名为 {path.stem}.yml。")
    if path.suffix == ".sql" and not path.with_suffix(".yml").exists():
        raise ConfigError(
            f"{path}:1 没有对应的定义。", f"请在同一目录添加 {path.stem}.yml,或删去这个文件。"
        )


def _definition(path: Path) -> Definition:
    document = read_document(path)
    _check_name(path)
    content = _DEFAULTS | {"interval": _INTERVALS.get(str(document.data.get("kind")))}
    content |= document.data
    if "is_own" in content or "id" in content:
        raise _wrong(document, ("is_own",) if "is_own" in content else ("id",), "不能自己写")
    try:
        metric = Metric.model_validate({"id": path.stem, **content, "is_own": True})
    except ValidationError as error:
        found = invalid(error, document.where, Metric)
        kinds = [one["type"] for one in error.errors(include_url=False, include_input=False)]
        # a misspelt key also makes another one missing: the misspelling is what helps
        first = kinds.index("extra_forbidden") if "extra_forbidden" in kinds else 0
        raise found[first] from None
    spec = read_model(path.with_suffix(".sql"))
    own = Definition(metric, content, document, spec)
    _check_words(own)
    _check_statistics(own)
    if spec is not None:
        check_model(path.with_suffix(".sql"), spec)
    _check_sql(own)
    return own


def _wrong(document: Document, at: Location, reason: str, remedy: str = _RETRY) -> ConfigError:
    name = ".".join(str(part) for part in at)
    return ConfigError(f"{document.where(at)} 的「{name}」{reason}。", remedy)


def _check_name(path: Path) -> None:
    if not _NAME.fullmatch(path.stem):
        raise ConfigError(
            f"{path}:1 的文件名不能作为编号。", "请用小写字母开头,只含小写字母、数字和下划线。"
        )
    if path.stem in built_in() or f"kpi.{path.stem}" in {spec.key for spec in discover()}:
        raise ConfigError(f"{path}:1 与自带的指标或表同名。", "请换一个文件名。")


def _check_words(own: Definition) -> None:
    """Refuse a kind, table, dimension, surface or code that there is not."""
    metric, document = own.metric, own.document
    if metric.kind not in KINDS:
        raise _wrong(document, ("kind",), f"不能用于自定义指标,可用的有:{'、'.join(KINDS)}")
    if metric.code in {one.code for one in built_in().values()}:
        raise _wrong(document, ("code",), "与自带指标的代码相同")
    for place, given, known in (
        ("sources", metric.sources, tuple(tables())),
        ("dimensions", metric.dimensions, tuple(dimensions())),
        ("strata", metric.strata, tuple(dimensions())),
        ("surfaces", metric.surfaces, _SURFACES),
        ("roles", metric.roles, Metric.model_fields["roles"].default),
    ):
        for number, name in enumerate(given):
            if name not in known:
                meant = nearest(name, known)
                reason = f"里没有「{name}」这一项" + (f",是否应为「{meant}」" if meant else "")
                raise _wrong(document, (place, number), reason)


def _check_statistics(own: Definition) -> None:
    """Refuse statistics without a formula, and formulas without a statistic."""
    metric, document = own.metric, own.document
    needed: dict[str, tuple[str, ...]] = {
        "count": ("on", "measures"),
        "share": ("on", "denominator", "numerators"),
        "ratio": ("on", "denominator", "numerators"),
        "rate": ("on",),
        "duration": ("on", "value"),
        "instant": ("start", "measures"),
    }
    for name in ("fact", *needed[metric.kind]):
        if not getattr(metric, name):
            key = {"start": "from"}.get(name, name)
            raise _wrong(document, (key,), f"是「{metric.kind}」类指标必填的")
    computed = _computed(metric)
    for name in metric.statistics:
        if computed is not None and name not in computed:
            raise _wrong(document, ("statistics", name), "没有计算式")
    for name in computed or ():
        if metric.kind != "duration" and name not in metric.statistics:
            raise _wrong(document, ("statistics",), f"缺少「{name}」的名称与格式")


def _computed(metric: Metric) -> set[str] | None:
    """Return the statistics that the definition's formulas give; None: any."""
    if metric.kind == "rate":
        return None
    if metric.kind == "duration":
        return _QUANTILES if metric.survival else _QUANTILES - {"km_median", "km_p90"}
    return {*metric.measures, *metric.numerators, *metric.means}


def _check_sql(own: Definition) -> None:
    """Refuse a fact that there is not, and snippets that are not on the whitelist."""
    metric, document = own.metric, own.document
    facts = {spec.name: spec for spec in discover() if spec.schema == "kpi"}
    if own.spec is not None:
        facts[own.spec.name] = own.spec
    if metric.fact not in facts:
        meant = nearest(metric.fact, facts)
        raise _wrong(
            document,
            ("fact",),
            f"写了不存在的表「{metric.fact}」" + (f",是否应为「{meant}」" if meant else ""),
        )
    columns = set(facts[metric.fact].columns)
    for at, name in _columns_named(metric):
        if name not in columns:
            meant = nearest(name, columns)
            hint = f",是否应为「{meant}」" if meant else ""
            raise _wrong(document, at, f"需要表 {metric.fact} 里没有的列「{name}」{hint}")
    for at, text in _snippets(metric):
        reason = check_expression(text, columns)
        if reason:
            raise _wrong(document, at, reason)


def _columns_named(metric: Metric) -> Iterator[tuple[Location, str]]:
    for key, name in (("on", metric.on), ("value", metric.value), ("from", metric.start)):
        if name:
            yield (key,), name
    for number, dimension in enumerate(metric.dimensions):
        known = dimensions()[dimension]
        if known.column != "age_bucket":
            yield ("dimensions", number), known.column
        if known.table and known.column != "site_id":
            yield ("dimensions", number), "site_id"


def _snippets(metric: Metric) -> Iterator[tuple[Location, str]]:
    for key, text in (("where", metric.where), ("denominator", metric.denominator)):
        if text:
            yield (key,), text
    if metric.stop:
        yield ("to",), metric.stop if " " in metric.stop else f"f.{metric.stop}"
    for key in ("numerators", "measures", "means"):
        for name, text in getattr(metric, key).items():
            yield (key, name), text
    if metric.survival:
        for name, text in metric.survival.model_dump().items():
            yield ("survival", name), text
