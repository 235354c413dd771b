"""A source that knows the day of a step and not its hour: spans are not told, counts are."""

from datetime import UTC, datetime, timedelta

import pytest
from pull_stores import Store, open_warehouse, proposed, settings_for, ticket

from assets import metrics, models, rule_tables, warehouse
from assets.pull import pull
from config.rules import load_rules
from data_checks.dag import LoadChecks

AS_OF = datetime(2026, 4, 10)  # noqa: DTZ001 - naive UTC
SPANS = {"restore_time", "first_restore_time", "restore_split", "sla_attainment"}
COUNTS = {"reports", "backlog", "completion_rate", "tickets_completed", "tickets_created"}


def doubted(settings) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Pull, check and build; return why each metric is doubted, and the states of its numbers."""
    con = open_warehouse(settings)
    zones = {source.name: source.timezone for source in settings.sources}
    checks = LoadChecks(AS_OF, zone=settings.timezone, zones=zones)
    report = pull(con, settings, validate=checks, on_merged=checks.keep)
    checks.results(con, report)
    with warehouse.transaction(con):
        rule_tables.load(con, load_rules(None), settings, rule_tables.RunContext(AS_OF, False))
        models.build(con, models.discover())
    known = metrics.context(con)
    why = {name: metrics.distrusted(one, known) for name, one in metrics.registry().items()}
    states = {
        name: sorted({row.state for row in metrics.read(con, name, grain="total").itertuples()})
        for name in ("restore_time", "reports")
    }
    con.close()
    return {name: words for name, words in why.items() if words}, states


def export(rows: list[tuple[str, ...]]) -> str:
    head = ("工单号", "报修时间", "接单时间", "修复时间", "故障描述")
    return "\n".join(",".join(row) for row in [head, *rows]) + "\n"


def test_a_file_with_days_only_tells_no_spans_and_goes_on_counting(tmp_path):
    file = tmp_path / "报修.csv"
    file.write_text(
        export([(f"T{n}", f"2026-03-{n + 1:02}", "", f"2026/3/{n + 2}", "卡纸") for n in range(9)]),
        encoding="utf-8",
    )
    found, settings = proposed(tmp_path, file)
    assert any("只有日期没有时刻" in one.zh for one in found.proposal.questions)
    why, states = doubted(settings)
    assert set(why) >= SPANS | {"response_time", "time_to_accept", "availability"}
    assert not set(why) & COUNTS
    assert states == {"restore_time": ["unreliable"], "reports": ["ok"]}
    name = settings.sources[0].name
    assert [words for words in why["restore_time"] if "修复时间" in words] == [
        f"ticket_events:数据源 {name} 的修复时间(ticket_events.at, type restored)"
        "只有日期没有时刻,算出的时长没有意义(9 / 9)"
    ]


def test_only_spans_that_stand_on_the_day_are_doubted(tmp_path):
    file = tmp_path / "报修.csv"
    file.write_text(
        export(
            [
                (f"T{n}", f"2026-03-{n + 1:02} 08:1{n}", f"2026-03-{n + 1:02} 08:3{n}",
                 f"2026-03-{n + 2:02}", "卡纸")
                for n in range(9)
            ]
        ),
        encoding="utf-8",
    )  # fmt: skip
    why, _ = doubted(proposed(tmp_path, file)[1])
    assert set(why) >= SPANS
    assert not set(why) & (COUNTS | {"time_to_accept", "response_time"})


@pytest.mark.parametrize(("hour", "is_doubted"), [(16, True), (0, False)])
def test_a_database_at_local_midnight_is_doubted_and_at_utc_midnight_is_not(
    tmp_path, hour, is_doubted
):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ("tickets", "ticket_events"))
    start = datetime(2026, 3, 1, hour, tzinfo=UTC)
    days = [start + timedelta(days=n) for n in range(9)]
    store.add({"tickets": [ticket(n, reported_at=at) for n, at in enumerate(days)]})
    why, _ = doubted(settings_for(tmp_path / "home", store.url))
    store.close()
    assert ("restore_time" in why) == is_doubted


def test_a_handful_of_midnights_is_chance(tmp_path):
    file = tmp_path / "报修.csv"
    file.write_text(
        export([(f"T{n}", f"2026-03-{n + 1:02}", "", "", "卡纸") for n in range(5)]),
        encoding="utf-8",
    )
    assert not set(doubted(proposed(tmp_path, file)[1])[0]) & SPANS
