"""设备卡: one device's master data, life, failures, cost, warranty, book value and tickets.

Holds the page and the search by number. What may be seen of a device is decided by the reader,
`assets.device_card`.
"""

from typing import Any
from urllib.parse import unquote

from dash import dcc, html

from assets import device_card
from assets.device_card import Card
from assets.metrics import duration_text
from dashboards.layout import data
from dashboards.pages import asset_life, asset_money, parts
from dashboards.pages.ask import Ask

PATH, TITLE = "/asset", "page_asset"
ROLES = device_card.ROLES
_MOST_FOUND = 20


def found(ask: Ask) -> list[Any]:
    """Return the search box and the devices that it found."""
    text = ask.params.get("find", "").strip()
    box = html.Label(
        [
            ask.word("find_asset"),
            dcc.Input(id={"type": "filter", "name": "find"}, value=text, debounce=True,
                      type="search", maxLength=60),
        ],
        className="search",
    )  # fmt: skip
    if not text:
        return [box]
    rows = device_card.search(ask.con, ask.viewer, text, limit=_MOST_FOUND + 1)
    if not rows:
        return [box, html.P(ask.word("no_asset", text=text))]
    items = [
        html.Li([parts.device(ask, row["asset_id"], row["site_id"], row["asset_tag"]),
                 f" {row['name'] or ''} {row['model'] or ''}"])
        for row in rows[:_MOST_FOUND]
    ]  # fmt: skip
    more = [html.P(ask.word("more_assets", n=_MOST_FOUND), className="note")]
    return [box, html.Ul(items, id="found"), *(more if len(rows) > _MOST_FOUND else [])]


def render(ask: Ask) -> list[Any]:
    """Return the card of the device that the path names, or the choice of its site.

    Raises:
        ConfigError: there is no such device among those of the reader.
    """
    if not ask.path:
        return found(ask)
    asset_id = unquote(ask.path)
    sites = device_card.sites_of(ask.con, ask.viewer, asset_id)
    asked = ask.params.get("site")
    if len(sites) > 1 and asked not in sites:
        links = [html.Li(parts.device(ask, asset_id, site, site)) for site in sites]
        return [html.H1(asset_id), html.P(ask.word("which_site")), html.Ul(links)]
    site = asked if asked in sites or not sites else sites[0]
    shown = device_card.card(ask.con, ask.viewer, asset_id, site or "", lang=ask.lang)
    return [
        html.H1(" · ".join(filter(None, (shown.master["asset_tag"] or asset_id,
                                         shown.master["name"])))),
        _master(ask, shown),
        parts.findings(_told(ask, shown)),
        html.H2(ask.word("life")),
        *asset_life.life(ask, shown),
        html.H2(ask.word("failures_and_time")),
        _failures(ask, shown),
        *asset_money.money(ask, shown),
        html.H2(ask.word("its_tickets")),
        *_tickets(ask, shown),
    ]  # fmt: skip


def _master(ask: Ask, shown: Card) -> Any:
    row = shown.master
    state = shown.states[-1] if shown.states else None
    now = ask.label("asset_state", state["asset_state"]) if state else ask.word("no_states")
    return parts.pairs(
        [
            (ask.word("device_id"), row["asset_id"]),
            (ask.word("asset_class"), ask.label("asset_class", row["asset_class"])),
            (ask.word("brand_model"), " ".join(filter(None, (row["brand"], row["model"])))),
            (ask.word("department"), row["department_name"] or row["department_id"]),
            (ask.word("ownership"), ask.label("ownership", row["ownership"])),
            (ask.word("criticality"), row["criticality"]),
            (ask.word("state_now"), now),
            (ask.word("purchased_on"), parts.day(row["purchased_on"])),
            (ask.word("accepted_on"), parts.day(row["accepted_on"])),
            (ask.word("retired_on"), parts.day(row["retired_on"])),
            (ask.word("warranty"), _warranty(ask, shown)),
            (ask.word("parts_end_on"), parts.day(row["parts_end_on"])),
        ]
    )


def _warranty(ask: Ask, shown: Card) -> str:
    is_in = device_card.is_in_warranty(ask.con, shown.master)
    if is_in is None:
        return ask.word("warranty_unknown")
    key = "warranty_until" if is_in else "warranty_over"
    return ask.word(key, day=parts.day(shown.master["warranty_until"]))


def _told(ask: Ask, shown: Card) -> list[str]:
    """Return what is known of a device in sentences: failures, signs for a replacement, claims."""
    failures, said = shown.failures, []
    told = {"n": failures.observed, "years": f"{failures.device_years:.1f}"}
    least = ask.context.limits.min_events
    if not failures.device_years:
        said.append(ask.word("never_in_service"))
    elif failures.expected is None or failures.lo is None or failures.hi is None:
        said.append(ask.word("failures_alone", **told))
    else:
        told |= {"expected": f"{failures.expected:.1f}"}
        if failures.observed < least:
            said.append(ask.word("failures_few", **told))
        else:
            away = "above" if failures.lo > 1 else "below" if failures.hi < 1 else "as"
            said.append(ask.word(f"failures_{away}", lo=f"{failures.lo:.2f}",
                                 hi=f"{failures.hi:.2f}", **told))  # fmt: skip
    if shown.money and shown.money.judged and shown.money.judged["is_candidate"]:
        reasons = (";" if ask.lang != "en" else "; ").join(shown.money.judged["reasons"])
        said.append(ask.word("better_replaced", reasons=reasons))
    if shown.money and shown.money.missed_claims:
        said.append(ask.word("missed_claims", n=shown.money.missed_claims,
                             cny=f"¥{shown.money.missed_claims_cny:,.2f}"))  # fmt: skip
    return said


def _failures(ask: Ask, shown: Card) -> Any:
    failures = shown.failures
    ratio = ""
    if failures.expected and failures.lo is not None and failures.hi is not None:
        ratio = f"{failures.observed / failures.expected:.2f} ({failures.lo:.2f}–{failures.hi:.2f})"
    expected = "" if failures.expected is None else f"{failures.expected:.1f}"
    return parts.table(
        [ask.word(name) for name in
         ("exposure_years", "failure_count", "inherent", "expected_failures",
          "observed_by_expected", "down_time")],
        [[f"{failures.device_years:,.2f}",
          html.Td(f"{failures.observed:,}", className="number", **data(figure="failures")),
          f"{failures.inherent:,}", expected, ratio,
          duration_text(failures.downtime_seconds, ask.lang)]],
        numbers=(0, 1, 2, 3, 4, 5),
    )  # fmt: skip


def _tickets(ask: Ask, shown: Card) -> list[Any]:
    if not shown.tickets:
        return [html.P(ask.word("no_tickets"))]
    lines = [
        [
            parts.ticket(ask, row) if row["may_open"] else row["ticket_no"] or row["ticket_id"],
            ask.minute(row["reported_at"]),
            ask.label("work_class", row["work_class"]),
            ask.label("fault_family", row["fault_family"]),
            ask.label("outcome_code", row["outcome_code"]),
            "" if row["restore_seconds"] is None
            else duration_text(row["restore_seconds"], ask.lang),
        ]
        for row in shown.tickets
    ]  # fmt: skip
    names = ("ticket", "reported_on", "work_class", "fault", "outcome", "restore_took")
    more = [html.P(ask.word("older_tickets", n=shown.more_tickets), className="note")]
    return [
        parts.table([ask.word(name) for name in names], lines, numbers=(5,), wide=(2, 4)),
        *(more if shown.more_tickets else []),
    ]
