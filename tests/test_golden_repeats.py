"""Repeated faults of five real excavators, as rows and as episodes.

The figures were found with nothing but Python's `csv` (see the README of the data sets). A
follow-up is a work order on the same machine and system within the window; an episode is one
machine, system and day, so that three orders written at one breakdown are no two repeats.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from pull_stores import open_warehouse, settings_for

from assets.pull import pull

MAPPING = """
datetime_formats: ["%Y-%m-%d"]
tables:
  tickets:
    file: excavators-cleaned.csv
    columns:
      ticket_id: $row_key
      asset_id: Asset
      fault_family_code: MajorSystem
      reported_at: BscStartDate
time_columns:
  file: excavators-cleaned.csv
  ticket_id: $row_key
  events: {reported: BscStartDate}
"""

# What is counted, as work orders or as episodes; then the gap to the one before.
FOLLOW_UPS = """
with coded as (
    select {distinct} asset_id, fault_family_code, reported_at::date as on_date
    from raw.tickets where fault_family_code != 'NA'
),

followed as (
    select on_date - lag(on_date) over (
        partition by asset_id, fault_family_code order by on_date
    ) as gap
    from coded
)

select (select count(*) from coded), count_if(gap = 0), count_if(gap <= 7), count_if(gap <= 30)
from followed
"""


@pytest.fixture(scope="module")
def excavators(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    home = tmp_path_factory.mktemp("repeats")
    mapping = home / "mapping.yml"
    mapping.write_text(MAPPING, encoding="utf-8")
    settings = settings_for(
        home, str(real_data / "excavators"), system="files", mapping=mapping, timezone="UTC"
    )
    con = open_warehouse(settings)
    pull(con, settings)
    yield con
    con.close()


def test_as_rows_1_495_and_2_330_follow_within_7_and_30_days(
    excavators: duckdb.DuckDBPyConnection,
) -> None:
    found = excavators.execute(FOLLOW_UPS.format(distinct="all")).fetchone()
    assert found == (3086, 604, 1495, 2330)


def test_as_episodes_891_and_1_726_follow_within_7_and_30_days(
    excavators: duckdb.DuckDBPyConnection,
) -> None:
    found = excavators.execute(FOLLOW_UPS.format(distinct="distinct")).fetchone()
    assert found is not None
    assert found[1:] == (0, 891, 1726)
