"""`sources check` tells what each source is like, and one that fails does not hide the others."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pull_stores import Store, driven, open_warehouse, settings_for, ticket, utc
from pydantic import SecretStr

from assets.sources import servers
from assets.sources.examine import Examination, _clock_flaws, examine, span
from assets.sources.servers import ServerFacts
from config.errors import ConfigError
from config.settings import Settings, SourceSettings, ensure_home
from pipelines import cli_sources, source_report
from pipelines.cli import main

NAMES = ["tickets", "ticket_events", "ticket_costs", "calls"]


def examined(home: Path, url: str, **values) -> Examination:
    settings = settings_for(home, url)
    con = open_warehouse(settings)
    try:
        return examine(con, settings.sources[0], settings, **values)
    finally:
        con.close()


def words(found: Examination) -> str:
    return " ".join(flaw.zh for flaw in found.all_flaws())


@pytest.mark.parametrize("way", [str, driven])
@pytest.mark.parametrize("kind", ["sqlite", "postgres_url", "mariadb_url"])
def test_every_way_of_reading_gives_the_same_facts(tmp_path, kind, way, request):
    is_file = kind == "sqlite"
    url = f"sqlite:///{tmp_path / 'his.db'}" if is_file else request.getfixturevalue(kind)
    store = Store(url, NAMES)
    store.add({"tickets": [ticket(1), ticket(2, "2026-03-05 00:00:00")]})
    store.run("alter table tickets drop column channel")
    found = examined(tmp_path / "home", way(url))
    store.close()
    facts = {table.name: table for table in found.tables}
    assert found.error is None
    assert list(facts) == NAMES
    assert facts["tickets"].rows == 2
    assert facts["tickets"].oldest == utc("2026-03-01 00:00:00").replace(tzinfo=None)
    assert facts["tickets"].newest == utc("2026-03-05 00:00:00").replace(tzinfo=None)
    assert facts["tickets"].missing == ("channel",)
    assert (facts["calls"].rows, facts["calls"].newest) == (0, None)
    assert any(word in found.server for word in ("SQLite", "PostgreSQL", "MariaDB"))
    assert found.may_write is True
    assert "账号不是只读" in words(found)
    if not is_file:
        assert abs(found.clock_offset) < timedelta(seconds=30)


def test_wrong_types_and_missing_columns_are_named(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets", "ticket_costs", "calls"])
    store.run(
        "alter table ticket_costs alter column amount_cny type numeric",
        "alter table calls drop column at",
        "alter table tickets alter column is_onsite_required type timestamp using null",
    )
    found = examined(tmp_path / "home", postgres_url)
    store.close()
    bad = [flaw.zh for flaw in found.all_flaws() if flaw.is_bad]
    assert len(bad) == 3
    assert any("金额列 ticket_costs.amount_cny" in text and "会被拒绝" in text for text in bad)
    assert sum(flaw.is_refused for flaw in found.all_flaws()) == 2
    assert cli_sources._exit_code([found]) == ConfigError.exit_code
    assert any("表 calls 缺少必需的列 at" in text for text in bad)
    assert any("tickets.is_onsite_required 的类型是 TIMESTAMP,应为 BOOLEAN" in t for t in bad)


def test_amounts_finer_than_a_fen_are_foretold_and_refuse_no_run(tmp_path, postgres_url):
    store = Store(postgres_url, ["tickets", "ticket_costs"])
    store.run("alter table ticket_costs alter column amount_cny type numeric(14, 4)")
    found = examined(tmp_path / "home", postgres_url)
    store.close()
    assert "列 ticket_costs.amount_cny 有 4 位小数,合同只有 2 位" in words(found)
    assert cli_sources._exit_code([found]) == 0


def test_a_clock_eight_hours_off_is_told_in_words():
    [flaw] = _clock_flaws(ServerFacts("x", timedelta(hours=8, seconds=3)))
    assert "快 8 小时" in flaw.zh
    assert "本地时间当成了 UTC" in flaw.zh
    [flaw] = _clock_flaws(ServerFacts("x", timedelta(minutes=-17)))
    assert "慢 17 分钟" in flaw.zh
    assert "UTC" not in flaw.zh
    assert not list(_clock_flaws(ServerFacts("x", timedelta(seconds=20))))
    assert span(timedelta(days=2, minutes=5)) == ("2 天 5 分钟", "2 d 5 min")


def test_a_servers_clock_is_read_as_utc_whatever_its_zone(tmp_path, mariadb_url, monkeypatch):
    question = servers._QUESTIONS["mysql"]
    ahead = question.replace("utc_timestamp(6)", "utc_timestamp(6) + interval 8 hour")
    monkeypatch.setitem(servers._QUESTIONS, "mysql", ahead)
    store = Store(mariadb_url, ["tickets"])
    found = examined(tmp_path / "home", mariadb_url)
    store.close()
    assert round(found.clock_offset / timedelta(hours=1), 2) == 8
    assert "比本机快 8 小时" in words(found)


def test_rows_in_the_future_point_to_the_zone(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets"])
    ahead = datetime.now(UTC) + timedelta(hours=8)
    store.add({"tickets": [ticket(1, reported_at=ahead)]})
    found = examined(tmp_path / "home", store.url)
    assert "tickets 的最新时间比现在晚 8 小时" in words(found)
    assert "Asia/Shanghai" in words(found)


def test_an_unreachable_source_does_not_hide_the_others(tmp_path, monkeypatch, capsys):
    store = Store(f"sqlite:///{tmp_path / 'his.db'}", ["tickets"]).add({"tickets": [ticket(1)]})
    settings = Settings(
        home=tmp_path / "home",
        sources=(
            SourceSettings(name="far", url=SecretStr("postgresql://u:geheim@127.0.0.1:1/his")),
            SourceSettings(name="near", url=SecretStr(store.url)),
        ),
    )
    ensure_home(settings)
    monkeypatch.setattr(cli_sources, "installed", lambda: settings)
    monkeypatch.setattr("sys.argv", ["opspulse", "sources", "check"])
    with pytest.raises(SystemExit) as ended:
        main()
    shown = capsys.readouterr().out
    assert ended.value.code == 3
    assert "✘ 数据源 far(postgresql://127.0.0.1:1/his)" in shown
    assert "✔ 数据源 near" in shown
    assert "数据源 far 没有读到" in shown
    assert "「未接入」" in shown
    assert "geheim" not in shown
    monkeypatch.setattr("sys.argv", ["opspulse", "sources", "check", "--json"])
    with pytest.raises(SystemExit):
        main()
    told = json.loads(capsys.readouterr().out)
    assert [one["is_reachable"] for one in told["sources"]] == [False, True]
    assert told["kpis"]["not_connected"]["mtbf"] == ["assets"]
    assert "reports" in told["kpis"]["available"]


def test_tables_of_several_sources_count_together(tmp_path):
    found = []
    for name in ("tickets", "assets"):
        names = ["tickets", name] if name != "tickets" else [name]
        store = Store(f"sqlite:///{tmp_path / name}.db", names)
        found.append(examined(tmp_path / f"home-{name}", store.url, is_counted=False))
    assert "mtbf" in source_report.unconnected(found[:1])
    assert "mtbf" not in source_report.unconnected(found)


def test_a_folder_of_files_is_examined_too(tmp_path):
    (tmp_path / "tickets.csv").write_text(
        "单号,报修时间\n0001,2026-03-01 08:00\n", encoding="utf-8"
    )
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(
        "tables:\n  tickets:\n    file: tickets.csv\n"
        "    columns: {ticket_id: 单号, reported_at: 报修时间}\n",
        encoding="utf-8",
    )
    settings = settings_for(tmp_path / "home", str(tmp_path), system="files", mapping=mapping)
    con = open_warehouse(settings)
    found = examine(con, settings.sources[0], settings)
    con.close()
    assert found.error is None
    [table] = [table for table in found.tables if table.name == "tickets"]
    assert (table.rows, table.newest) == (1, utc("2026-03-01 00:00:00").replace(tzinfo=None))
    assert (found.may_write, found.clock_offset) == (None, None)
