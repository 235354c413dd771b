"""数据质量: what the sources yielded, what was held back, and which rules the data broke."""

from typing import Any

from dash import html

from assets import metrics
from dashboards.pages import parts
from dashboards.pages.ask import Ask

PATH, TITLE = "/quality", "page_quality"
ROLES = ("head", "finance", "qcc", "engineer", "admin")


def render(ask: Ask) -> list[Any]:
    """Return the books of the tables and the rules that the newest day's data broke."""
    role = ask.viewer.data_role
    books = metrics.detail_rows(ask.con, "data_quality", role=role)
    checks = metrics.detail_rows(
        ask.con,
        "check_results",
        role=role,
        where="on_date = (select max(on_date) from kpi.check_results)",
    )
    checks.sort(key=lambda row: (not row["is_over"], -row["failed"], row["table_name"]))
    broken = [row for row in checks if row["is_over"] or row["failed"]]
    stopped = [
        ask.word("stopped_table", table=name, at=f"{at:%Y-%m-%d %H:%M}")
        for name, at in ask.context.stopped.items()
    ]
    return [
        *(html.P(f"■ {text}", className="problem") for text in stopped),
        html.H2(ask.word("books")),
        _books(ask, books),
        html.H2(ask.word("table_checks")),
        html.P(ask.word("rules_kept", kept=len(checks) - len(broken), total=len(checks))),
        _checks(ask, broken),
    ]


def _books(ask: Ask, rows: list[dict[str, Any]]) -> Any:
    head = [ask.word(name) for name in ("table", "measure", "rows_concerned", "of_rows")]
    lines = [
        [
            row["table_name"],
            ask.word(f"measure_{row['measure']}"),
            "—" if row["row_count"] is None else f"{row['row_count']:,}",
            "" if row["total_count"] is None else f"{row['total_count']:,}",
        ]
        for row in sorted(rows, key=lambda one: (one["measure"], one["table_name"]))
    ]
    return parts.table(head, lines, numbers=(2, 3))


def _checks(ask: Ask, rows: list[dict[str, Any]]) -> Any:
    head = [ask.word(name) for name in ("table", "rule", "checked", "failing", "state")]
    lines = [
        [
            row["table_name"],
            row["en" if ask.lang == "en" else "zh"] or row["rule"],
            f"{row['checked']:,}",
            f"{row['failed']:,}",
            f"■ {ask.word('distrusted')}" if row["is_over"] else f"▲ {ask.word('failed')}",
        ]
        for row in rows
    ]
    return parts.table(head, lines, numbers=(2, 3))
