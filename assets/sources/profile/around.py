"""The tables beside the tickets of one export: what the source promises, costs, ratings.

Holds their part of the mapping. The tickets and their events are in `proposal` and `events`.
"""

import re
from typing import Any

from assets.sources.files.mapping import ROW_KEY
from assets.sources.profile import questions as ask
from assets.sources.profile.columns import Column
from assets.sources.profile.matching import Match
from assets.sources.profile.pieces import Proposal, amount_of
from assets.sources.profile.values import translate
from assets.sources.profile.vocabulary import Vocabulary

# The rating's own moment; else the one that it can hardly come before.
_RATED = ("rated_at", "event.verified", "event.closed", "event.restored")
_WORDS_SCALE = 5
_SCALES = (5, 10, 100)
_MARK = re.compile(r"[0-9]+(?:[.][0-9]+)?$")
_MOSTLY = 0.6
_LEAST_TRANSLATED = 0.5


def around(
    matches: dict[str, Match],
    place: dict[str, Any],
    vocabulary: Vocabulary,
    nulls: frozenset[str],
    proposal: Proposal,
) -> dict[str, Any]:
    """Return the tables beside the tickets: what the source promises, costs, ratings."""
    tables: dict[str, Any] = {}
    base = proposal_base(matches, place, is_log=proposal.is_log)
    key = matches["ticket_id"].column.header if "ticket_id" in matches else ROW_KEY
    if "is_met" in matches:
        found = translate(matches["is_met"].column, vocabulary.values.get("is_met", {}), nulls)
        if found.values and not found.unknown:
            met = {"from": matches["is_met"].column.header, "values": found.values}
            columns = {"ticket_id": key, "clock": {"value": "restore"}, "is_met": met}
            tables["ticket_targets"] = {**base, "columns": columns}
    if "amount_cny" in matches:
        amount = matches["amount_cny"].column.header
        columns = {"cost_id": key, "ticket_id": key, "kind": {"value": "external"},
                   "amount_cny": amount_of(matches["amount_cny"].column)}  # fmt: skip
        when = matches.get("event.restored") or matches.get("event.reported")
        if when:
            columns["occurred_on"] = when.column.header
        tables["ticket_costs"] = {**base, "where_filled": amount, "columns": columns}
        proposal.questions.append(ask.kind_of_cost(amount))
        proposal.questions += ask.numbers(matches["amount_cny"].column)
    if "rating" in matches and (rated := _rating(matches, vocabulary, nulls, proposal)):
        columns = {"rating_id": key, "ticket_id": key, **rated}
        tables["ratings"] = {**base, "columns": columns}
    return tables


def _rating(
    matches: dict[str, Match],
    vocabulary: Vocabulary,
    nulls: frozenset[str],
    proposal: Proposal,
) -> dict[str, Any]:
    """Return the columns of a rating; {} if its values or its moment are not understood."""
    column = matches["rating"].column
    when = next((matches[role] for role in _RATED if role in matches), None)
    found = translate(column, vocabulary.values.get("rating", {}), nulls)
    if found.values and found.share >= _LEAST_TRANSLATED:
        mark: Any = {"from": column.header, "values": found.values}
        scale: int | None = _WORDS_SCALE
        untold = found.unknown
    else:
        mark, scale, untold = _marks(column, proposal), _scale(column), ()
    if when is None or scale is None:
        proposal.questions.append(ask.maybe_rating(column.header, found.unknown))
        return {}
    proposal.questions.append(ask.rating(column.header, scale, when.column.header, untold))
    is_own = when.role == _RATED[0]
    if not is_own:
        proposal.questions.append(ask.rated_when(column.header, when.column.header))
    return {
        "overall": mark,
        "scale_max": {"value": str(scale)},
        "rated_at": when.column.header,
    }


def _marks(column: Column, proposal: Proposal) -> Any:
    """Return a column of marks; 0 is no mark on any of the scales, but nobody has answered."""
    if not any(value.strip() == "0" for value, _ in column.values):
        return amount_of(column)
    proposal.questions.append(ask.zero_is_no_mark(column.header))
    return {"from": column.header, "values": {"0": ""}}


def _scale(column: Column) -> int | None:
    """Return the best mark of a column of marks: of the usual scales the first that holds all."""
    if column.numbers < _MOSTLY:
        return None
    marks = [float(value) for value, _ in column.values if _MARK.match(value.strip())]
    return next((scale for scale in _SCALES if marks and max(marks) <= scale), None)


def proposal_base(
    matches: dict[str, Match], place: dict[str, Any], *, is_log: bool
) -> dict[str, Any]:
    """Return the place of a table with one row per ticket, in a log the last one."""
    if not is_log:
        return dict(place)
    order = [matches[role].column.header for role in ("log.at", "log.order") if role in matches]
    key = [matches["ticket_id"].column.header]
    return {**place, "one_row_per": {"key": key, "order_by": order, "keep": "last"}}
