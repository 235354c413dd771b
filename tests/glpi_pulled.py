"""Small GLPI databases with the warehouse that reads them, and the rows that GLPI writes.

Holds what the tests of the GLPI connector share; the databases themselves are in `glpi_store`.
"""

from glpi_store import ZONE, Glpi
from pull_stores import open_warehouse, settings_for

from assets.pull import balance_errors, pull

DAY = "2026-03-02 "
# What nearly every test reads; a full set of tables takes a server seconds to make.
USUAL = ("glpi_tickets", "glpi_logs", "glpi_users", "glpi_tickets_users")


def status(number: int, ticket: int, at: str, old: int, new: int) -> dict[str, object]:
    """One change of status in GLPI's history."""
    return {
        "id": number,
        "itemtype": "Ticket",
        "items_id": ticket,
        "linked_action": 0,
        "id_search_option": 12,
        "date_mod": DAY + at,
        "old_value": str(old),
        "new_value": str(new),
    }


def actor(number: int, at: str, name: str, *, added: bool = True, kind: str = "User", ticket=1):
    """One technician or group added to a ticket's history, or removed."""
    option = {"User": 5, "Group": 8}[kind] if added else 0
    return {
        "id": number,
        "itemtype": "Ticket",
        "items_id": ticket,
        "itemtype_link": kind,
        "linked_action": 15 if added else 16,
        "id_search_option": option,
        "date_mod": DAY + at,
        "new_value" if added else "old_value": name,
    }


def ticket(number: int, at: str = "08:00:00", **values: object) -> dict[str, object]:
    """A plain new ticket."""
    row = {"id": number, "name": f"打印机 {number}", "date": DAY + at, "date_creation": DAY + at}
    row |= {"date_mod": DAY + at, "status": 1, "type": 1, "urgency": 3, "priority": 3}
    return {**row, "entities_id": 0, "is_deleted": 0, **values}


class Pulled:
    """A GLPI and the warehouse that reads it."""

    def __init__(self, glpi: Glpi, home, **source: object) -> None:
        self.glpi = glpi
        self.settings = settings_for(home, glpi.url, system="glpi", timezone=ZONE, **source)
        self.con = open_warehouse(self.settings)

    def pull(self, *, full: bool = False):
        """Pull; everything must fit and add up."""
        report = pull(self.con, self.settings, full=full)
        assert balance_errors(self.con, report.load_id) == []
        held = self.con.execute("select reasons, row_json from raw.quarantine").fetchall()
        assert held == []
        return report

    def rows(self, sql: str) -> list[tuple]:
        """Return what a SELECT finds in the warehouse."""
        return self.con.execute(sql).fetchall()

    def events(self, number: int = 1) -> list[tuple]:
        """Return type, time of day in the hospital's zone, who and to whom, in order."""
        return self.rows(
            "select type, strftime(local_time(ticket_events.at, 'Asia/Shanghai'), '%H:%M:%S'), "
            "engineer_id, to_engineer_id from raw.ticket_events "
            f"where ticket_id = '{number}' and not _is_deleted order by ticket_events.at, seq"
        )
