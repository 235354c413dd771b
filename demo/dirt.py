"""Bad rows for ``--dirt``: each kind with an exact count, told in the truth file.

Holds the stains and the choosing of rows. Only rows of old tickets that are no failures are
spoiled, so the planted failure truth stays countable and a living store never touches them. Clean
rows are made elsewhere; this module sees them on their way into the store.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from assets.sources.contract import Table
from demo.chance import stream
from demo.clock import DAY, HOUR
from demo.spec import DemoSpec
from demo.tables import Changes, Value

Row = list[Value]

_QUIET_DAYS = 14
_SHARE = 0.0006
_HARMLESS = ("consumable", "service_request", "consult")
_LONG_TEXT = "打印机卡纸，" * 3000


@dataclass
class Stain:
    """One kind of dirt: what was done to which rows of a table."""

    kind: str
    table: str
    keys: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Recipe:
    """How a kind of dirt is made: a spoiler of one row, as a change of it or as an extra row."""

    kind: str
    table: str
    spoil: Callable[[Row, Table], None]
    is_extra: bool = False
    needs: str = ""
    event_type: str = ""
    is_text_only: bool = False


def _put(column: str, value: Value) -> Callable[[Row, Table], None]:
    def spoil(row: Row, table: Table) -> None:
        row[table.column_names.index(column)] = value

    return spoil


def _wrap(column: str, form: str) -> Callable[[Row, Table], None]:
    def spoil(row: Row, table: Table) -> None:
        place = table.column_names.index(column)
        row[place] = form.format(row[place])

    return spoil


def _early(row: Row, table: Table) -> None:
    place = table.column_names.index("at")
    at = row[place]
    if not isinstance(at, int):
        raise TypeError("an event without an instant cannot be moved")
    row[place] = at - 400 * DAY - HOUR


def _negate(row: Row, table: Table) -> None:
    place = table.column_names.index("amount_cny")
    row[place] = -abs(float(str(row[place]))) - 1.0


_RECIPES = (
    Recipe("restored_before_accepted", "ticket_events", _early, event_type="restored"),
    Recipe("unknown_value:tickets.priority", "tickets", _put("priority", "P9")),
    Recipe("unknown_value:tickets.channel", "tickets", _put("channel", "微信")),
    Recipe("unknown_value:tickets.work_class", "tickets", _put("work_class", "修理")),
    Recipe(
        "unknown_value:ticket_events.type",
        "ticket_events",
        _put("type", "started"),
        event_type="work_started",
    ),
    Recipe(
        "unparsable_date:tickets.reported_at",
        "tickets",
        _put("reported_at", "2026-02-30 08:00:00"),
        is_text_only=True,
    ),
    Recipe(
        "unparsable_date:ticket_costs.occurred_on",
        "ticket_costs",
        _put("occurred_on", "?"),
        is_text_only=True,
    ),
    Recipe("duplicate_key:tickets", "tickets", _wrap("title", "{}（重复）"), is_extra=True),
    Recipe(
        "duplicate_key:ticket_events",
        "ticket_events",
        _put("note", "重复推送"),
        is_extra=True,
        event_type="created",
    ),
    Recipe(
        "event_without_ticket",
        "ticket_events",
        _wrap("ticket_id", "{}-GONE"),
        is_extra=True,
        event_type="created",
        needs="new_key",
    ),
    Recipe("negative_cost", "ticket_costs", _negate),
    Recipe("empty_string:tickets.department_id", "tickets", _put("department_id", "")),
    Recipe("over_long_text:tickets.description", "tickets", _put("description", _LONG_TEXT)),
    Recipe("space_in_code:tickets.department_id", "tickets", _wrap("department_id", " {} ")),
    Recipe("missing_key:tickets", "tickets", _put("ticket_id", None)),
    Recipe("missing_required:tickets.reported_at", "tickets", _put("reported_at", None)),
    Recipe(
        "missing_required:ticket_events.type",
        "ticket_events",
        _put("type", None),
        event_type="closed",
    ),
)


class Stainer:
    """Spoils rows of one site on their way into the store."""

    def __init__(self, spec: DemoSpec, site_id: str, now: int, *, has_typed_columns: bool) -> None:
        """Prepare for a site. Typed columns (servers) cannot hold an unparsable date."""
        self._draw = stream(spec.seed, site_id, "dirt")
        self._site_id = site_id
        self._before = now - _QUIET_DAYS * DAY
        self._recipes = [r for r in _RECIPES if not (has_typed_columns and r.is_text_only)]
        self._free: list[str] = []
        self.stains: list[Stain] = []

    def spoil(self, changes: list[Changes]) -> None:
        """Replace and add bad rows in the added rows of ``changes``; notes each in ``stains``."""
        rows = {change.table.name: change for change in changes}
        self._choose_tickets(rows["tickets"])
        each = max(2, round(len(rows["tickets"].added) * _SHARE))
        for recipe in self._recipes:
            self.stains.append(self._apply(recipe, rows[recipe.table], each))

    def _choose_tickets(self, tickets: Changes) -> None:
        names = tickets.table.column_names
        places = [names.index(name) for name in ("ticket_id", "work_class", "updated_at")]
        self._free = [
            str(row[places[0]])
            for row in tickets.added
            if row[places[1]] in _HARMLESS and int(str(row[places[2]])) < self._before
        ]
        self._draw.shuffle(self._free)

    def _apply(self, recipe: Recipe, change: Changes, each: int) -> Stain:
        table, stain = change.table, Stain(recipe.kind, recipe.table)
        by_ticket = self._candidates(recipe, change)
        for ticket_id in [ticket for ticket in self._free if ticket in by_ticket][:each]:
            self._free.remove(ticket_id)
            place = by_ticket[ticket_id]
            stain.keys.append(self._key(table, change.added[place]))
            bad = change.added[place].copy()
            recipe.spoil(bad, table)
            if recipe.needs == "new_key":
                bad[1] = f"{bad[1]}-X"
                stain.keys[-1] = self._key(table, bad)
            if recipe.is_extra:
                change.added.append(bad)
            else:
                change.added[place] = bad
        return stain

    def _candidates(self, recipe: Recipe, change: Changes) -> dict[str, int]:
        names, wanted = change.table.column_names, set(self._free)
        ticket, kind = names.index("ticket_id"), recipe.event_type
        kind_place = names.index("type") if kind else 0
        return {
            str(row[ticket]): place
            for place, row in enumerate(change.added)
            if row[ticket] in wanted and (not kind or row[kind_place] == kind)
        }

    def _key(self, table: Table, row: Row) -> str:
        names = table.column_names
        return "|".join(str(row[names.index(name)]) for name in table.key)
