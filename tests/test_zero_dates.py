"""MySQL's 0000-00-00 is unknown, and is counted, so that nobody takes it for missing unawares."""

import pytest
from glpi_pulled import ticket as ticket_of_glpi
from pull_stores import Store, open_warehouse, settings_for, ticket

from assets.dag.raw import noted
from assets.pull import balance_errors, pull
from assets.sources.examine import examine
from assets.warehouse import connect

ZEROS = ["列 assets.purchased_on 有 2 个 0000-00-00", "列 tickets.reported_at 有 1 个 0000-00-00"]


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
    assert [one.split(":")[0] for one in said] == ZEROS
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    assert [zh.split(":")[0] for zh, _ in noted(con, report)] == ZEROS
    assert con.execute("select purchased_on from raw.assets").fetchall() == [(None,), (None,)]
    [(key, reasons)] = con.execute("select row_key, reasons from raw.quarantine").fetchall()
    assert key == "main|T00002"
    assert "reported_at" in reasons[0]
    # the next run reads the newest tickets only: what it did not count it does not tell
    assert [zh.split(":")[0] for zh, _ in noted(con, pull(con, settings))] == ZEROS[:1]


def test_zero_dates_of_glpis_own_tables_are_counted_too(read_glpi):
    glpi = read_glpi({"glpi_tickets": [ticket_of_glpi(1), ticket_of_glpi(2)]})
    glpi.glpi.run("set sql_mode = ''",
                  "update glpi_tickets set time_to_resolve = '0000-00-00 00:00:00'")  # fmt: skip
    report = glpi.pull(full=True)
    said = "列 glpi_tickets.time_to_resolve 有 2 个 0000-00-00"
    assert [zh.split(":")[0] for zh, _ in noted(glpi.con, report)] == [said]
    found = examine(connect(":memory:", glpi.settings), glpi.settings.sources[0], glpi.settings)
    assert [one.zh.split(":")[0] for one in found.all_flaws() if "0000" in one.zh] == [said]
