"""A store declared in the wrong zone is refused in words, before a number is wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from pull_stores import Store, open_warehouse, settings_for, ticket

from assets.pull import pull
from config.errors import ConfigError


@pytest.fixture
def store(tmp_path):
    """A store whose system wrote its last tickets minutes ago, by Shanghai's wall clock."""
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ("tickets",))
    now = datetime.now(UTC).replace(microsecond=0)
    rows = []
    for number in range(5):
        at = now - timedelta(minutes=10 * number)
        rows.append({**ticket(number), "reported_at": at, "updated_at": at})
    yield store.add({"tickets": rows})
    store.close()


def test_rows_written_in_the_future_name_the_zone_and_keep_nothing(tmp_path, store):
    settings = settings_for(tmp_path / "home", store.url, timezone="UTC")
    con = open_warehouse(settings)
    with pytest.raises(
        ConfigError, match=r"有 5 行的写入时间 updated_at 在将来,最多晚 8\.0 小时"
    ) as found:
        pull(con, settings)
    assert "时区 UTC 多半写错了" in found.value.problem
    assert "timezone" in found.value.remedy
    assert con.execute("select count(*) from raw.tickets").fetchone() == (0,)


def test_the_right_zone_passes(tmp_path, store):
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    assert pull(con, settings).loads[0].accepted == 5


def test_one_row_with_a_wrong_date_of_its_own_stops_nothing(tmp_path, store):
    ahead = f"{datetime.now(UTC) + timedelta(hours=8 + 9):%Y-%m-%d %H:%M:%S}"
    store.run(f"update tickets set updated_at = '{ahead}' where ticket_id = 'T00001'")
    settings = settings_for(tmp_path / "home", store.url)
    con = open_warehouse(settings)
    assert pull(con, settings).loads[0].accepted == 5


def test_the_last_good_state_stays_when_the_zone_is_changed_to_a_wrong_one(tmp_path, store):
    con = open_warehouse(settings_for(tmp_path / "home", store.url))
    pull(con, settings_for(tmp_path / "home", store.url))
    with pytest.raises(ConfigError, match="多半写错了"):
        pull(con, settings_for(tmp_path / "home", store.url, timezone="UTC"))
    assert con.execute("select count(*) from raw.tickets where not _is_deleted").fetchone() == (5,)
