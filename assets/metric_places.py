"""Where a moment lies among others, and what accrues between them: SQL without range joins.

Holds two ways of answering by counting what a join by two inequalities would answer by sorting
every row: the place of a moment in a sorted list, and the time of spans within each period. Which
facts and which weights is decided in `metric_sql`.
"""

from collections.abc import Callable, Mapping, Sequence

from assets.metric_periods import Period
from assets.metric_query import Query


def place(moment: str, instants: Sequence[int]) -> str:
    """Return the SQL that counts how many of the instants lie before a moment.

    Args:
        moment: SQL of a BIGINT in seconds that is not NULL.
        instants: seconds, ascending.
    """

    def among(low: int, high: int) -> str:
        if low == high:
            return str(low)
        middle = (low + high) // 2
        return (
            f"case when {moment} <= {instants[middle]} then {among(low, middle)} "
            f"else {among(middle + 1, high)} end"
        )

    return among(0, len(instants))


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
    seconds = [_INSTANTS[instant](period) for period in query.periods]
    starts = ", ".join(f"date '{period.start}'" for period in query.periods)
    return (
        f"select f.* exclude (met_from, met_to), unnest(([{starts}])[met_from + 1: met_to]) "
        f"as open_in from (select f.*, {place(begins, seconds)} as met_from, "
        f"case when ({ends}) is null then {len(seconds)} else {place(f'({ends})', seconds)} end "
        f"as met_to from kpi.{fact} as f) as f where met_from < met_to"
    )


def accrued(query: Query, fact: str, weights: Mapping[str, str], where: str = "true") -> str:
    """Return a SELECT: per period and group the sum of weight × seconds of the fact's spans in it.

    Up to an instant a span that began has accrued (instant - begin), and one that ended gives back
    (instant - end). So every begin and every end is summed once, by its place among the periods'
    bounds, and what lies in a period is the difference of two levels: exact integers.

    Args:
        query: its periods must follow each other, as those of a grain do.
        fact: table of `kpi` with ``from_second`` and ``to_second``.
        weights: column → SQL of an integer weight of a row ``f``; ``1`` for plain seconds.
        where: which rows of ``f``.

    Returns:
        Columns `period_start`, the query's keys and those of ``weights``; groups that no span
        touches are left out.
    """
    bounds = [query.periods[0].first_second, *(p.last_second for p in query.periods)]
    keys = "".join(f", {key}" for key in query.keys)
    shares = "".join(f", {sql} as {name}" for name, sql in weights.items())
    edges = " union all ".join(
        f"select {place(f'f.{column}', bounds)} as place, {sign} as sign, f.{column} as edge"
        f"{query.selected()}{shares} from kpi.{fact} as f "
        f"where ({where}) and f.from_second < f.to_second{query.filters()[0]}"
        for column, sign in (("from_second", 1), ("to_second", -1))
    )
    names = ["touched", *weights]
    slopes = "".join(
        f", sum(sign * {sql})::hugeint as {name}_slope, "
        f"sum(sign * {sql}::hugeint * edge)::hugeint as {name}_moment"
        for name, sql in [("touched", "1"), *((name, name) for name in weights)]
    )
    zeros = ", 0, 0" * len(names)
    levels = "".join(
        f", sum(sum({name}_slope)) over ordered * b.second - sum(sum({name}_moment)) over ordered "
        f"as {name}_level"
        for name in names
    )
    starts = ["null::date", *(f"date '{p.start}'" for p in query.periods)]
    rows = ", ".join(
        f"({number}, {second}, {start})"
        for number, (second, start) in enumerate(zip(bounds, starts, strict=True))
    )
    partition = f"partition by {', '.join(query.keys)} " if query.keys else ""
    window = f"({partition}order by b.place)"
    differences = "".join(
        f", {name}_level - lag({name}_level) over {window.replace('b.place', 'place')} as {name}"
        for name in names
    )
    return (
        f"with bounds as (from (values {rows}) as b (place, second, period_start)), "
        f"edges as ({edges}), "
        f"summed as (select place{keys}{slopes} from edges "
        f"where place < {len(bounds)} group by all), "
        f"grid as (from summed union all select b.place{keys}{zeros} "
        f"from (select distinct {', '.join(query.keys) or '1'} from summed) "
        "cross join bounds as b), "
        f"levels as (select b.place, b.period_start{keys}{levels} from grid as g "
        f"inner join bounds as b on g.place = b.place group by b.place, b.second, b.period_start"
        f"{keys} window ordered as {window}), "
        f"within as (select place, period_start{keys}{differences} from levels) "
        f"select period_start{keys}{''.join(f', {name}' for name in weights)} from within "
        "where place > 0 and touched > 0 order by all"
    )
