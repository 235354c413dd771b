"""鱼骨图 of a topic: its coded causes on the six bones, beside what the same fault has elsewhere.

Holds the reading; the ranking is in `analysis.fishbone`, the tree comes from the taxonomy of the
snapshot. Causes that nobody coded stay on their bones: people think there too.
"""

from dataclasses import dataclass

import duckdb
import numpy as np

from assets.analysis.fishbone import ranked
from assets.causes.counts import counts
from assets.causes.topic import Names, Row, Topic
from assets.warehouse import records

TOP = 3


@dataclass(frozen=True)
class Fishbone:
    """One topic's fishbone.

    Attributes:
        bones: rows in the order of the tree with `category`, `category_name`, `code`, `name`, `n`,
            `expected`, `excess`, `odds_ratio`, `lo`, `hi`, `adjusted_p`, `rank`, `is_suspect` (in
            the top three and more than expected), `question`, `owner`.
        coded: failures with a cause that the tree knows.
        uncoded: failures without one.
    """

    bones: list[Row]
    coded: int
    uncoded: int

    @property
    def suspects(self) -> list[Row]:
        """The causes worth verifying first."""
        return sorted((b for b in self.bones if b["is_suspect"]), key=lambda b: int(b["rank"]))


def fishbone(con: duckdb.DuckDBPyConnection, about: Topic, lang: str = "zh") -> Fishbone:
    """Return the fishbone of a topic.

    Elsewhere are all failures of the same fault families and classes of device that are not the
    topic's, over all days of the snapshot.
    """
    names = Names(con, lang)
    tree = records(con, "select * from kpi.dim_causes order by sort_order")
    here = {row["cause_code"]: int(row["n"]) for row in counts(con, about, ["cause_code"])}
    all_like = _alike(con, about)
    codes = [row["cause_code"] for row in tree]
    inside = np.array([here.get(code, 0) for code in codes], dtype=float)
    outside = np.array([max(0, all_like.get(code, 0) - here.get(code, 0)) for code in codes])
    found = ranked(inside, outside)
    tongue = "en" if lang == "en" else "zh"
    bones = [
        {
            "category": row["cause_category"],
            "category_name": names.label("cause_category", row["cause_category"]),
            "code": row["cause_code"],
            "name": names.label("cause_code", row["cause_code"]),
            "mechanism": row["mechanism"],
            "n": int(inside[place]),
            "expected": float(found.expected[place]),
            "excess": float(found.excess[place]),
            "odds_ratio": _known(found.odds_ratio[place]),
            "lo": _known(found.lo[place]),
            "hi": _known(found.hi[place]),
            "adjusted_p": _known(found.adjusted_p[place]),
            "rank": int(found.rank[place]),
            "is_suspect": bool(
                inside[place] and found.rank[place] <= TOP and found.excess[place] > 0
            ),
            "question": row[f"question_{tongue}"],
            "owner": row[f"owner_{tongue}"],
        }
        for place, row in enumerate(tree)
    ]
    total = sum(here.values())
    return Fishbone(bones, int(inside.sum()), total - int(inside.sum()))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _alike(con: duckdb.DuckDBPyConnection, about: Topic) -> dict[str | None, int]:
    """Return coded causes of all failures like the topic's, the topic's own among them."""
    like = {
        column: tuple(
            row[column] for row in counts(con, about, [column]) if row[column] is not None
        )
        for column in ("fault_family", "asset_class")
    }
    everywhere = Topic(
        min(about.start, about.end),
        about.end,
        {name: codes for name, codes in like.items() if codes},
    )
    first = con.execute("select min(started_on) from kpi.fact_faults").fetchone()
    start = first[0] if first and first[0] else about.start
    rows = counts(con, Topic(min(start, about.start), about.end, everywhere.where), ["cause_code"])
    return {row["cause_code"]: int(row["n"]) for row in rows}
