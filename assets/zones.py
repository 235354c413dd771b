"""A source that is declared in the wrong zone: rows that were written in the future.

Holds the check of one pull. A zone that is wrong to the east makes the newest rows lie hours ahead;
their numbers would be wrong for every day. A zone wrong to the west cannot be told from a quiet
night by the rows; `sources check` compares the server's clock.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import duckdb

from assets.landing import Arrival
from config.errors import ConfigError

# Clocks differ by minutes, zones by hours; no zone is further away than this.
_SLACK, _FARTHEST = timedelta(minutes=30), timedelta(hours=15)
# One row may carry a wrong date of its own.
_ENOUGH = 3
# Columns that a system writes itself when it writes the row.
_WRITTEN = {"tickets": "updated_at", "ticket_events": "recorded_at"}


def refuse_future(
    con: duckdb.DuckDBPyConnection, arrivals: Collection[Arrival], as_of: datetime
) -> None:
    """Refuse a pull whose rows were written after its own as-of.

    Raises:
        ConfigError: several rows of a source lie ahead by hours; its zone must be wrong.
    """
    for arrival in arrivals:
        landed = arrival.landed
        name = _WRITTEN.get(landed.table.name)
        if name is None or name not in landed.types:
            continue
        value = landed.value(landed.table.column(name))
        row = con.execute(
            f"with rows as (select {value} as written_at from {landed.name}) "
            "select count(*), max(written_at) from rows "
            "where written_at > $1 and written_at <= $2",
            [as_of + _SLACK, as_of + _FARTHEST],
        ).fetchone()
        if row and row[0] >= _ENOUGH:
            hours = (row[1] - as_of).total_seconds() / 3600
            source = landed.source
            raise ConfigError(
                f"数据源 {source.name} 的表 {landed.table.name} 有 {row[0]} 行的写入时间 {name} "
                f"在将来,最多晚 {hours:.1f} 小时:时区 {source.timezone} 多半写错了。",
                "请把 opspulse.yml 中该数据源的 timezone 改成来源写入时间所用的时区"
                "(例如 Asia/Shanghai);若时区无误,请校正来源服务器的时钟。",
            )
