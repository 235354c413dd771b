"""Which canonical columns speak of a person, and how such a value is hidden.

Holds the list and the mask. Who may see a person is decided where data are shown; the checks never
give out a value of any column.
"""

from collections.abc import Mapping

from assets.sources.contract import tables

MASK = "***"

# Names, telephone numbers, accounts, and free text in which people write them.
PERSONAL = frozenset(
    {
        ("engineers", "name"),
        ("contacts", "name"),
        ("contacts", "phone"),
        ("access_grants", "account"),
        ("tickets", "requester_ref"),
        ("tickets", "description"),
        ("tickets", "resolution_text"),
        ("ticket_events", "note"),
        ("ratings", "comment"),
        ("legacy_issues", "text"),
        ("stores", "name"),
    }
)


def masked(table: str, values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Return a row with its personal values hidden, and those of columns nobody has described."""
    known = set(tables()[table].column_names) if table in tables() else set()
    return {
        name: MASK
        if value is not None and ((table, name) in PERSONAL or name not in known)
        else value
        for name, value in values.items()
    }


def masked_key(table: str, row_key: str) -> str:
    """Return a row's key (``site|id|…``) with its personal parts hidden."""
    names = tables()[table].key if table in tables() else ()
    if not any((table, name) in PERSONAL for name in names):
        return row_key
    parts = row_key.split("|")
    if len(parts) != len(names):
        return MASK
    return "|".join(
        MASK if (table, name) in PERSONAL else part for name, part in zip(names, parts, strict=True)
    )
