"""What changes in a GLPI between two pulls: nothing is lost, a vanished column empties nothing."""

from datetime import datetime
from zoneinfo import ZoneInfo

from glpi_pulled import USUAL, Pulled, status, ticket
from glpi_store import ZONE, Glpi
from pull_stores import all_contents

from assets.live import pull_live
from assets.warehouse import connect


def test_a_column_that_vanishes_later_stops_its_table_instead_of_emptying_it(mariadb_url, tmp_path):
    glpi = Glpi(mariadb_url, USUAL).add({"glpi_tickets": [ticket(1, content="卡纸")]})
    pulled = Pulled(glpi, tmp_path / "home")
    pulled.pull()
    glpi.run("alter table glpi_tickets drop column content")
    pulled.pull(full=True)
    assert pulled.rows("select description from raw.tickets") == [("卡纸",)]
    because = "select because from raw.table_shape where table_name = 'tickets'"
    assert pulled.rows(because) == [("缺少原有的列 glpi_tickets.content",)]


def test_the_light_path_reads_only_the_tickets_that_moved(mariadb_url, tmp_path):
    now = datetime.now(ZoneInfo(ZONE)).replace(microsecond=0, tzinfo=None)
    old = dict.fromkeys(("date", "date_creation", "date_mod"), "2026-01-05 08:00:00")
    glpi = Glpi(mariadb_url, USUAL).add({"glpi_tickets": [ticket(1), ticket(2, **old)]})
    pulled = Pulled(glpi, tmp_path / "home")
    pulled.pull()
    pulled.con.close()
    glpi.run(
        f"update glpi_tickets set status = 2, takeintoaccountdate = '{now}', date_mod = '{now}' "
        "where id = 1"
    )
    with connect(":memory:", pulled.settings) as con:
        report = pull_live(con, pulled.settings.warehouse_path, pulled.settings)
        read = {load.table: load.pulled for load in report.loads}
        assert read == {"tickets": 1, "ticket_events": 2}
        kinds = con.execute(
            "select type from raw.ticket_events where ticket_id = '1' order by ticket_events.at"
        )
        assert kinds.fetchall() == [("reported",), ("accepted",)]


def moved(at: str, *changes: str, **columns: object) -> list[str]:
    """Return the statements with which GLPI moves ticket 1 on at 09:00 of a day in March 2026."""
    moment = f"'2026-03-{at} 09:00:00'"
    set_columns = ", ".join(f"{name} = {value}" for name, value in columns.items())
    return [
        *(
            "insert into glpi_logs (itemtype, items_id, date_mod, itemtype_link, linked_action, "
            f"id_search_option, old_value, new_value) values ('Ticket', 1, {moment}, {change})"
            for change in changes
        ),
        f"update glpi_tickets set {set_columns}, date_mod = {moment} where id = 1",
    ]


def opened(number: int, at: str) -> str:
    """Return the statement that opens a ticket, with every date of it ``at``."""
    columns = "id, name, date, date_creation, date_mod, status, type"
    return (
        f"insert into glpi_tickets ({columns}) values "
        f"({number}, '单 {number}', '{at}', '{at}', '{at}', 1, 1)"
    )


MOVES = (
    moved("05", "'User', 15, 5, '', 'a (21)'", status=2, takeintoaccountdate="'2026-03-05 09:00'"),
    moved("07", "'', 0, 12, '2', '5'", status=5, solvedate="'2026-03-07 09:00'"),
    # reopened and handed over: GLPI forgets the solving
    moved(
        "09",
        "'', 0, 12, '5', '2'",
        "'User', 15, 5, '', 'b (22)'",
        "'User', 16, 0, 'a (21)', ''",
        status=2,
        solvedate="null",
    ),
    [opened(9, "2026-03-10 09:00:00")],
    # into the bin
    ["update glpi_tickets set is_deleted = 1, date_mod = '2026-03-11 09:00:00' where id = 2"],
    # behind the watermark
    [opened(10, "2026-01-10 09:00:00")],
    ["delete from glpi_tickets where id = 3", "delete from glpi_logs where items_id = 3"],
)


def test_any_chain_of_increments_ends_as_one_whole_pull(mariadb_url, tmp_path):
    glpi = Glpi(mariadb_url, USUAL).add(
        {
            "glpi_tickets": [ticket(number) for number in (1, 2, 3)],
            "glpi_logs": [status(number, number, "09:00:00", 1, 2) for number in (2, 3)],
            "glpi_users": [{"id": 21, "name": "a"}, {"id": 22, "name": "b"}],
        }
    )
    steps = Pulled(glpi, tmp_path / "steps", overlap_hours=0)
    steps.pull()
    for number, statements in enumerate(MOVES):
        glpi.run(*statements)
        steps.pull()
        if number % 3 == 0:
            whole = Pulled(glpi, tmp_path / f"whole{number}")
            whole.pull()
            assert {
                name: [row for row in rows if not row[-1]]
                for name, rows in all_contents(steps.con).items()
            } == all_contents(whole.con)
            whole.con.close()
    assert [event[0] for event in steps.events()] == [
        "reported",
        "dispatched",
        "accepted",
        "restored",
        "reopened",
        "transferred",
    ]
    steps.con.close()
