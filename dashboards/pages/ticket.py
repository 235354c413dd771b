"""工单: one ticket's own timeline, with its clocks, their pauses and their targets.

Holds the page; what may be seen of a ticket, and who is named, is decided by `assets.ticket_card`.
"""

from typing import Any
from urllib.parse import unquote

from dash import html

from assets import ticket_card
from assets.metrics import duration_text
from assets.ticket_card import Ticket
from dashboards.layout import data
from dashboards.pages import charts, device_charts, parts
from dashboards.pages.ask import Ask

PATH, TITLE = "/ticket", "page_ticket"
ROLES = ticket_card.ROLES
# In the order of a ticket's life; where two fall together this order holds.
_STAMPS = ("reported_at", "created_at", "dispatched_at", "accepted_at", "arrived_at",
           "first_finished_at", "restored_at", "verified_at", "ended_at")  # fmt: skip


def render(ask: Ask) -> list[Any]:
    """Return the page of the ticket that the path names, or the choice of its site.

    Raises:
        ConfigError: there is no such ticket among those of the reader.
    """
    if not ask.path:
        return [html.P(ask.word("no_ticket_named"))]
    ticket_id = unquote(ask.path)
    sites = ticket_card.sites_of(ask.con, ask.viewer, ticket_id)
    asked = ask.params.get("site")
    if len(sites) > 1 and asked not in sites:
        row = {"ticket_id": ticket_id, "ticket_no": None}
        links = [html.Li([f"{site} ", parts.ticket(ask, row | {"site_id": site})])
                 for site in sites]  # fmt: skip
        return [html.H1(ticket_id), html.P(ask.word("which_site")), html.Ul(links)]
    site = asked if asked in sites or not sites else sites[0]
    shown = ticket_card.ticket(ask.con, ask.viewer, ticket_id, site or "")
    return [
        html.H1(f"{ask.word('ticket')} {shown.row['ticket_no'] or ticket_id}"),
        _about(ask, shown),
        parts.findings(_told(ask, shown)),
        html.H2(ask.word("timeline")),
        *_chart(ask, shown),
        _events(ask, shown),
        html.H2(ask.word("its_clocks")),
        *_clocks(ask, shown),
        html.H2(ask.word("its_stages")),
        *_stages(ask, shown),
    ]


def _about(ask: Ask, shown: Ticket) -> Any:
    row = shown.row
    labels = ("work_class", "fault_family", "priority", "urgency", "channel")
    words = {"fault_family": "fault"}
    device = parts.device(ask, row["asset_id"], row["site_id"], row["asset_tag"])
    return parts.pairs(
        [
            (ask.word("department"), row["department_name"] or row["department_id"]),
            (ask.word("device"), html.Span([device, f" {row['asset_name'] or ''}"])
             if row["asset_id"] else ""),
            *((ask.word(words.get(name, name)), ask.label(name, row[name])) for name in labels),
            (ask.word("mode"), ask.label("resolution_mode", row["resolution_mode"])),
            (ask.word("outcome"), ask.label("outcome_code", row["outcome_code"])),
            (ask.word("state"), ask.word("void_ticket") if row["is_void"] else ""),
        ]
    )  # fmt: skip


def _told(ask: Ask, shown: Ticket) -> list[str]:
    row, said = shown.row, []
    if row["is_open"] and shown.states:
        age = duration_text(row["open_seconds"] or 0, ask.lang)
        state = ask.label("status", shown.states[-1]["status"])
        said.append(ask.word("told_open", age=age, state=state))
    elif shown.stages and row["restore_seconds"]:
        stage, seconds = max(shown.stages.items(), key=lambda one: one[1])
        share, time = seconds / row["restore_seconds"], row["restore_seconds"]
        said.append(ask.word("told_done", time=duration_text(time, ask.lang), share=f"{share:.0%}",
                             stage=ask.word(f"part_{stage}")))  # fmt: skip
    late = [ask.label("clock", one["clock"]) for one in shown.clocks
            if one["breached_at"] is not None]  # fmt: skip
    if late:
        said.append(ask.word("told_late", clocks=(", " if ask.lang == "en" else "、").join(late)))
    elif shown.clocks and all(one["is_counted"] for one in shown.clocks):
        said.append(ask.word("told_met"))
    counts = {
        "transfers": row["transfer_count"],
        "reopens": row["reopen_count"],
        "chases": row["chase_count"],
        "odd": row["out_of_order_count"],
    }
    if any(counts.values()):
        said.append(ask.word("told_more", **counts))
    return said


def _chart(ask: Ask, shown: Ticket) -> list[Any]:
    as_of = ask.now
    lanes: dict[str, list[Any]] = {}
    for row in shown.states:
        start, end = ask.local(row["from_second"]), ask.local(row["to_second"]) or as_of
        name = ask.label("status", row["status"])
        lanes.setdefault(name, []).append((start, end, f"{name} {_span(ask, row)}"))
    stamps = [(at, ask.word(name)) for name in _STAMPS
              if (at := ask.local(shown.row[name])) is not None]  # fmt: skip
    if not lanes:
        return []
    figure = device_charts.life(lanes, {ask.word("what"): stamps}, is_flat=True)
    return [charts.graph(figure)]


def _span(ask: Ask, row: dict[str, Any]) -> str:
    """Return how long a state lasted."""
    if row["to_second"] is None:
        return ask.word("still")
    return duration_text(row["to_second"] - row["from_second"], ask.lang)


def _events(ask: Ask, shown: Ticket) -> Any:
    """Return everything that happened in the order of time: stamps, states and who took it up."""
    found: list[tuple[Any, int, list[Any]]] = []
    for place, name in enumerate(_STAMPS):
        at = ask.local(shown.row[name])
        is_same = name == "first_finished_at" and shown.row[name] == shown.row["restored_at"]
        if at is not None and not is_same:
            found.append((at, place, [ask.word(name), "", ""]))
    for row in shown.states:
        text = ask.label("status", row["status"])
        found.append((ask.local(row["from_second"]), 50, [f"→ {text}", _span(ask, row), ""]))
    for row in shown.holders:
        name = row["engineer_name"] or ask.word("a_colleague")
        reason = row["transfer_reason"]
        what = (ask.word("passed_on", reason=ask.label("transfer_reason", reason))
                if reason else ask.word("taken_by", name=name))  # fmt: skip
        held = (
            ask.word("still")
            if row["is_current"]
            else duration_text(row["to_second"] - row["from_second"], ask.lang)
        )
        found.append((ask.local(row["from_second"]), 90, [what, held, name]))
    lines = [[f"{at:%Y-%m-%d %H:%M}", *rest] for at, _, rest in sorted(found, key=lambda x: x[:2])]
    names = ("when", "what", "lasted", "who")
    return parts.table([ask.word(name) for name in names], lines, numbers=(2,))


def _clocks(ask: Ask, shown: Ticket) -> list[Any]:
    if not shown.clocks:
        return [html.P(ask.word("no_sla"))]
    lines = [
        [
            ask.label("clock", row["clock"]),
            ask.minute(row["start_second"]),
            duration_text(row["target_seconds"], ask.lang),
            *(_or_dash(ask, row[name])
              for name in ("net_seconds", "gross_seconds", "elapsed_seconds")),
            _waits(ask, shown, row),
            html.Td(_verdict(ask, row), **data(clock=row["clock"])),
        ]
        for row in shown.clocks
    ]  # fmt: skip
    names = ("clock", "from", "target", "net_time", "gross_time", "elapsed", "pauses_taken",
             "state")  # fmt: skip
    table = parts.table([ask.word(name) for name in names], lines, numbers=(2, 3, 4, 5),
                        wide=(1, 4, 5))  # fmt: skip
    return [table]


def _or_dash(ask: Ask, seconds: int | None) -> str:
    return "—" if seconds is None else duration_text(seconds, ask.lang)


def _waits(ask: Ask, shown: Ticket, row: dict[str, Any]) -> str:
    """Return what pauses took off a clock, by reason where the clock is decided."""
    taken = [f"{ask.label('pause_reason', one['reason_code'])} "
             f"{duration_text(one['seconds'], ask.lang)}"
             for one in shown.waits if one["clock"] == row["clock"]]  # fmt: skip
    if taken:
        return (", " if ask.lang == "en" else "、").join(taken)
    known = row["gross_seconds"], row["net_seconds"]
    rest = known[0] - known[1] if None not in known else 0
    return duration_text(rest, ask.lang) if rest else ""


def _verdict(ask: Ask, row: dict[str, Any]) -> str:
    """Return how a clock came out, or how it stands."""
    if not row["is_reliable"]:
        return ask.word("clock_unknown")
    if row["breached_at"] is not None:
        at = ask.minute(row["breached_at"])
        return ask.word("clock_late_open", at=at) if row["is_running"] else ask.word("clock_late")
    if row["is_missing"]:
        return ask.word("clock_missing")
    if row["is_running"]:
        at = ask.minute(row["due_at"])
        rests = row["is_paused"] or not at
        return ask.word("clock_rests") if rests else ask.word("clock_runs", at=at)
    return ask.word("clock_met")


def _stages(ask: Ask, shown: Ticket) -> list[Any]:
    whole = shown.row["restore_seconds"]
    if not shown.stages or not whole:
        return [html.P(ask.word("not_restored"))]
    lines = [
        [ask.word(f"part_{name}"), duration_text(seconds, ask.lang), f"{seconds / whole:.1%}"]
        for name, seconds in shown.stages.items()
    ]
    lines.append([ask.word("in_total"), duration_text(whole, ask.lang), "100.0%"])
    names = ("stage", "lasted", "share")
    return [parts.table([ask.word(name) for name in names], lines, numbers=(1, 2))]
