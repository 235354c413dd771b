"""What each ledger row rests on: ids of events, ratings, later tickets, articles and measures.

Holds which events decide which component, and the SQL that puts the ids beside ledger rows. What a
ticket has of them is `kpi.fact_score_evidence`.
"""

from datetime import date

from assets.metric_periods import add_months
from assets.score import fixes
from assets.score.periods import MONTH, QUARTER_MONTHS

# What decides a case's values: these events of its ticket.
EVENTS = {
    "volume": (
        "dispatched", "accepted", "arrived", "work_started", "transferred", "coworker_joined",
        "sent_to_vendor", "vendor_returned", "restored", "reopened",
    ),
    "timeliness": (
        "dispatched", "accepted", "arrived", "paused", "resumed", "transferred", "restored",
    ),
    "quality": ("arrived", "transferred", "restored", "reopened"),
    "records": ("restored", "closed"),
}  # fmt: skip


def beside(rows: str, kind: str, first: date) -> str:
    """Return the SELECT of ledger rows with their ``evidence``, a list of ids; empty without any.

    Args:
        rows: SELECT of the columns `ledger.COLUMNS`.
        kind: month or quarter.
        first: its first day.
    """
    end = add_months(first, 1 if kind == MONTH else QUARTER_MONTHS)
    span = f">= date '{add_months(end, -QUARTER_MONTHS)}'", f"< date '{end}'"
    of_ticket = " ".join(
        f"when '{component}' then [e.id for e in v.events if e.type in ({_texts(types)})]"
        for component, types in EVENTS.items()
    )
    return (
        f"with own as materialized ({rows}), known as (from kpi.fact_score_evidence "
        "where (site_id, ticket_id) in (select (site_id, ticket_id) from own)), "
        f"used as ({_made('kpi.fact_article_reuses', 'article_id', 'used_on', span)}), "
        f"fixed as ({_made(fixes.TABLE, 'improvement_id', 'confirmed_on', span)}) "
        "select o.*, coalesce(case o.rule_row when 'reuse' then u.ids when 'fixes' then f.ids end, "
        f"case when o.rule_row is null then coalesce(case o.component {of_ticket} "
        "when 'satisfaction' then v.ratings end, []) || list_filter(["
        # the failure that came after belongs to what the quality of a repair rests on
        "case when o.component = 'quality' then v.recurred_ticket_id end, "
        "case when o.component = 'volume' then v.ended_by_ticket_id end], "
        "lambda one: one is not null) end, []) as evidence "
        "from own as o left join known as v using (site_id, ticket_id) "
        "left join used as u using (site_id, engineer_id) "
        "left join fixed as f using (site_id, engineer_id)"
    )


def _made(table: str, name: str, day: str, span: tuple[str, str]) -> str:
    """Return the SELECT of what each engineer made that counts in the quarter to the end."""
    return (
        f"select site_id, engineer_id, list(distinct {name} order by {name}) as ids from {table} "
        f"where {day} {span[0]} and {day} {span[1]} group by site_id, engineer_id"
    )


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(map(repr, values))
