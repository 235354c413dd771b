"""MySQL's 0000-00-00 is unknown, and is counted, so that nobody takes it for missing unawares."""

import pytest
from pull_stores import Store, open_warehouse, settings_for, ticket

from assets.pull import balance_errors, pull
from assets.sources.examine import examine
from assets.warehouse import connect


@pytest.fixture
def store(mariadb_url):
    store = Store(mariadb_url, ("tickets", "assets"))
    yield store
    store.close()


@pytest.mark.parametrize("scheme", ["", "+pymysql"])
def test_zero_dates_are_counted_by_column_and_lost_nowhere(tmp_path, store, scheme):
    store.add({"tickets": [ticket(1), ticket(2), ticket(3)],
               "assets": [{"asset_id": "A1"}, {"asset_id": "A2"}]})  # fmt: skip
    store.run(
        "set sql_mode = ''",
        "update tickets set reported_at = '0000-00-00 00:00:00' where ticket_id = 'T00002'",
        "update assets set purchased_on = '0000-00-00'",
    )
    url = store.url.replace("mysql://", f"mysql{scheme}://", 1)
    settings = settings_for(tmp_path / "home", url)
    found = examine(connect(":memory:", settings), settings.sources[0], settings)
    assert found.error is None
    said = [one.zh for one in found.all_flaws() if "0000-00-00" in one.zh]
    assert [one.split(":")[0] for one in said] == [
        "列 assets.purchased_on 有 2 个 0000-00-00",
        "列 tickets.reported_at 有 1 个 0000-00-00",
    ]
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    assert con.execute("select purchased_on from raw.assets").fetchall() == [(None,), (None,)]
    [(key, reasons)] = con.execute("select row_key, reasons from raw.quarantine").fetchall()
    assert key == "main|T00002"
    assert "reported_at" in reasons[0]
