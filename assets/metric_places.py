"""Where a moment lies among others, and what accrues between them: SQL without range joins.

Holds two ways of answering by counting what a join by two inequalities would answer by sorting
every row: the place of a moment in a sorted list, and the time of spans within each period. Which
facts and which weights is decided in `metric_sql`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assets.metric_periods import Period
from assets.metric_query import Query


def place(moment: str, instants: Sequence[int]) -> str:
    """Return the SQL that counts how many of the instants lie before a moment.

    Instants at equal distances, as days are but for summer time, are counted by a division; one
    CASE over a year of days would take the engine longer to plan than to run.

    Args:
        moment: SQL of a BIGINT that is not NULL.
        instants: ascending.
    """
    runs = _runs(instants)

    def among(low: int, high: int) -> str:
        if low == high:
            number, first, step, count = runs[low]
            steps = f"(greatest({moment} - {first}, 0) + {step - 1}) // {step}"
            return f"{number} + least({steps}, {count})"
        middle = (low + high + 1) // 2
        return (
            f"case when {moment} <= {runs[middle][1]} then {among(low, middle - 1)} "
            f"else {among(middle, high)} end"
        )

    return f"({among(0, len(runs) - 1)})"


def _runs(instants: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """Return stretches of equal distance: number of instants before, first, distance, count."""
    runs: list[tuple[int, int, int, int]] = []
    begin = 0
    while begin < len(instants):
        end = begin + 1
        step = instants[end] - instants[begin] if end < len(instants) else 1
        while end < len(instants) and instants[end] - instants[end - 1] == step:
            end += 1
        runs.append((begin, instants[begin], step, end - begin))
        begin = end
    return runs


_INSTANTS: dict[str, Callable[[Period], int]] = {
    "eve_second": lambda period: period.first_second - 1,
    "level_second": lambda period: period.level_second,
}


def open_at(query: Query, fact: str, begins: str, ends: str, instant: str) -> str:
    """Return a SELECT of the spans that are open at an instant of a period, once for each.

    Args:
        query: gives the periods.
        fact: table of `kpi`, called ``f`` in what follows.
        begins: SQL of its begin in seconds; open from then on.
        ends: SQL of its end; no longer open then, NULL while it lasts.
        instant: which of each period: ``eve_second`` (before it) or ``level_second`` (its end).

    Returns:
        Every column of the fact, and ``open_in``: the first day of the period.
    """
    moments = [_INSTANTS[instant](period) for period in query.periods]
    starts = ", ".join(f"date '{period.start}'" for period in query.periods)
    return (
        f"select f.* exclude (met_from, met_to), unnest(([{starts}])[met_from + 1: met_to]) "
        f"as open_in from (select f.*, {place(begins, moments)} as met_from, "
        f"case when ({ends}) is null then {len(moments)} else {place(f'({ends})', moments)} end "
        f"as met_to from kpi.{fact} as f) as f where met_from < met_to"
    )


@dataclass(frozen=True)
class Scale:
    """The line on which spans lie: seconds, or whatever is counted along them.

    Attributes:
        begins: SQL of a span's begin on it, over the fact ``f``; not NULL.
        ends: SQL of its end, exclusive.
        bounds: where the first period begins and where each period ends, ascending.
        starts: the first day of each period, in the same order: one less than the bounds.
    """

    begins: str
    ends: str
    bounds: Sequence[int]
    starts: Sequence[date]


def seconds(query: Query) -> Scale:
    """Return the scale of the query's periods in seconds; they follow each other."""
    bounds = [query.periods[0].first_second, *(p.last_second for p in query.periods)]
    return Scale("f.from_second", "f.to_second", bounds, [p.start for p in query.periods])


def _numbered(scale: Scale) -> str:
    """Return the bounds as rows: their place and the period that ends there; the first has none."""
    starts = ["null::date", *(f"date '{start}'" for start in scale.starts)]
    rows = ", ".join(
        f"({number}, {bound}, {start})"
        for number, (bound, start) in enumerate(zip(scale.bounds, starts, strict=True))
    )
    return f"from (values {rows}) as b (place, bound, period_start)"


def accrued(
    query: Query, fact: str, weights: Mapping[str, str], scale: Scale, where: str = "true"
) -> str:
    """Return a SELECT: per period and group the sum of weight × length of the fact's spans in it.

    Up to a bound a span that began has accrued (bound - begin), and one that ended gives back
    (bound - end). So every begin and every end is summed once, by its place among the bounds, and
    what lies in a period is the difference of two levels: exact integers.

    Args:
        query: its filters and keys.
        fact: table of `kpi`.
        weights: column → SQL of an integer weight of a row ``f``; ``1`` for plain length.
        scale: on which the spans and the periods lie.
        where: which rows of ``f``.

    Returns:
        Columns `period_start`, the query's keys and those of ``weights``; groups that no span
        touches are left out. The query's filters stand in it once.
    """
    keys = "".join(f", {key}" for key in query.keys)
    named = {"touched": "1", **weights}
    shares = "".join(f", {sql} as {name}" for name, sql in named.items())
    edges = " union all ".join(
        f"select {place(edge, scale.bounds)} as place, {sign} as sign, {edge} as edge{keys}, "
        f"{', '.join(named)} from spans where span_from < span_to"
        for edge, sign in (("span_from", 1), ("span_to", -1))
    )
    slopes = "".join(
        f", sum(sign * {name})::hugeint as {name}_slope, "
        f"sum(sign * {name}::hugeint * edge)::hugeint as {name}_moment"
        for name in named
    )
    window = f"({f'partition by {keys[2:]} ' if keys else ''}order by "
    levels = "".join(
        f", sum(sum({name}_slope)) over {window}b.place) * b.bound "
        f"- sum(sum({name}_moment)) over {window}b.place) as {name}_level"
        for name in named
    )
    differences = "".join(
        f", {name}_level - lag({name}_level) over {window}place) as {name}" for name in named
    )
    return (
        f"with bounds as ({_numbered(scale)}), "
        f"spans as materialized (select {scale.begins} as span_from, {scale.ends} as span_to"
        f"{query.selected()}{shares} from kpi.{fact} as f where ({where}){query.filters()[0]}), "
        f"edges as ({edges}), "
        f"summed as (select place{keys}{slopes} from edges "
        f"where place < {len(scale.bounds)} group by all), "
        f"grid as (from summed union all select b.place{keys}{', 0, 0' * len(named)} "
        f"from (select distinct {keys[2:] or '1'} from summed) cross join bounds as b), "
        f"levels as (select b.place, b.period_start{keys}{levels} from grid as g "
        f"inner join bounds as b on g.place = b.place "
        f"group by b.place, b.bound, b.period_start{keys}), "
        f"within as (select place, period_start{keys}{differences} from levels) "
        f"select period_start{keys}{''.join(f', {name}' for name in weights)} from within "
        "where place > 0 and touched > 0 order by all"
    )
