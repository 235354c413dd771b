"""The wall's numbers, words and figures on a hospital written by hand; expected figures by hand."""

import json
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import wall_hospital
from handmade import local, warehouse_of

from assets import metrics, snapshots
from assets.snapshots import Snapshot
from config import theme
from config.errors import ConfigError, StateError
from config.settings import Settings
from dashboards import figures, wall_panels
from dashboards.app import create_app
from dashboards.readings import Reading, shortened, text_width
from dashboards.run_state import clear_failure, last_failure, record_failure
from dashboards.serve import listen
from dashboards.wall_history import Month, change_text, month_name
from dashboards.wall_rankings import Ranked, judged
from dashboards.wall_service import WallService
from dashboards.wall_trend import Cause, Days, finding, limits_of
from dashboards.words import WORDS, age_text, day_text

Hospital = tuple[Settings, Snapshot]


@pytest.fixture(scope="module")
def hospital(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    """The hospital at 14:32, read and never written to."""
    settings = wall_hospital.copied(wall_store, tmp_path_factory.mktemp("wall"))
    snapshot = snapshots.current(settings)
    assert snapshot is not None
    return settings, snapshot


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A real store of one ticket and nothing else, computed in memory."""
    home = tmp_path_factory.mktemp("bare")
    rows = {"tickets": [wall_hospital.ticket("T1", "2026-03-19 08:00", 1)]}
    con = warehouse_of(rows, local("2026-03-19 23:59"), home=home)
    yield con
    con.close()


def document(hospital: Hospital, lang: str = "zh", later: timedelta = timedelta(0)) -> Any:
    settings, snapshot = hospital
    return json.loads(WallService(settings).answer(lang, snapshot.published_at + later).body)


@pytest.fixture(scope="module")
def wall(hospital: Hospital) -> Any:
    """The document in Chinese."""
    return document(hospital)


def cells(panel: Any) -> list[list[str]]:
    return [[cell["text"] for cell in row["cells"]] for row in panel["rows"]]


def test_the_six_tiles_of_the_day_show_the_days_figures(wall: Any) -> None:
    """Five calls (four answered), five tickets, three restored after 60, 90 and 150 minutes."""
    tiles = wall["tiles"]
    shown = {name: (tile["value"], tile["unit"], *tile["lines"]) for name, tile in tiles.items()}
    assert shown["calls"] == ("5", "", "常日 2–2", "接通 80.0%")
    assert shown["created"] == ("5", "", "常日 3–5", "优先窗口 3")
    assert shown["completed"] == ("3", "", "常日 3–5", "在修 1 · 待件 1")
    assert shown["engaged"] == ("1", "/ 3 人", "待接 1", "最长 30 分")
    assert shown["mean_time"] == ("1:40", "", "中位 1:30", "P90 2:30")
    assert shown["top_department"] == ("急诊科", "", "3 单", "百台 30.0")
    assert tiles["mean_time"]["note"] == "样本少 n=3"
    labels = [tile["label"] for name, tile in tiles.items() if name not in ("availability",)]
    assert labels[1:] == [
        "来电量", "建单量", "完成量", "工程师接单情况", "处理平均时长", "报障最多科室",
    ]  # fmt: skip


def test_the_headline_shows_the_month_the_interval_and_what_changed(wall: Any) -> None:
    continuity, stability = wall["tiles"]["availability"], wall["tiles"]["stability"]
    assert continuity["label"] == "连续性·本月"
    assert continuity["lines"] == ["40 台在用", "上月 99.58% ▼下降 差"]
    # 81 service-affecting failures in March, 300.00 a month in February (76 in 19 days x 40)
    assert stability["lines"] == ["区间 249.48–389.37", "上月 300.00 ▲上升 差"]


READ_BY_TILE = {
    "availability": ("availability", "a_24x7", "month"),
    "stability": ("stability", "per_100_device_months", "month"),
    "calls": ("calls", "count", "day"),
    "created": ("tickets_created", "count", "day"),
    "completed": ("tickets_completed", "count", "day"),
    "engaged": ("engineers_engaged", "engaged", "day"),
    "mean_time": ("restore_time", "mean", "day"),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_number_on_the_wall_is_what_the_reader_says(hospital: Hospital, lang: str) -> None:
    settings, snapshot = hospital
    wall = document(hospital, lang)
    with snapshots.opened(snapshot, settings) as con:
        for tile, (metric_id, statistic, grain) in READ_BY_TILE.items():
            start = date(2026, 3, 1) if grain == "month" else date(2026, 3, 20)
            frame = metrics.read(
                con, metric_id, grain=grain, start=start, end=date(2026, 3, 21), role="wall"
            )
            row = frame[frame["statistic"] == statistic].iloc[-1]
            said = metrics.format_value(
                metrics.registry()[metric_id], statistic, row.value, state=row.state, lang=lang
            )
            shown = wall["tiles"][tile]
            assert shown["value"] + ("%" if shown["unit"] == "%" else "") == said, tile
        rates = metrics.read(
            con, "report_rate", grain="total", by=["department"], role="wall",
            start=date(2026, 2, 10), end=date(2026, 3, 21),
        )  # fmt: skip
        metric = metrics.registry()["report_rate"]
        said_rates = {
            row.department: metrics.format_value(metric, row.statistic, row.value)
            for row in rates.itertuples()
            if row.statistic == "per_100_device_years"
        }
    assert {row[0]: row[1] for row in cells(wall["panels"]["departments"])} == said_rates


def test_due_tickets_name_department_and_device_and_never_a_person(wall: Any) -> None:
    """T5 waits 32 minutes for a 30-minute target; T4 has used 212 of 240 minutes."""
    assert cells(wall["panels"]["due"]) == [
        ["■ 超时", "门诊收费处 台式机 0021", "接单", "+2 分"],
        ["▲ 将超时", "急诊科 打印机 0003", "恢复", "余 28 分"],
    ]
    text = json.dumps(wall["panels"], ensure_ascii=False)
    assert "工程师1" not in text
    assert "E1" not in text


def test_the_queue_counts_what_is_open_now(wall: Any) -> None:
    shown = cells(wall["panels"]["queue"])
    assert shown[1] == ["待接单", "1", "最长 30 分"]
    assert shown[2] == ["已接单 / 已到场 / 处理中", "0 / 1 / 0", "最长 3 小时"]
    assert shown[3] == ["待件 / 送修", "1 / 0", "最长 47 小时"]
    assert shown[5] == ["备机在外 / 逾期", "2 / 1", "■ 逾期 15 天"]
    assert shown[6] == ["备件低于下限", "1", "▲ 共 2 种"]
    assert wall["panels"]["queue"]["note"] == "在手 3 单"


def test_an_outage_is_named_under_the_trend(wall: Any) -> None:
    trend = wall["panels"]["trend"]
    assert trend["find"] == (
        "3 月 10 日越上限:一次共因事件「断网」带来 30 单。其余各日与偶然一致。"
    )
    place = trend["days"].index("2026-03-10")
    assert trend["reports"][place] == 33
    assert [n for n, out in enumerate(trend["limits"]["is_out"]) if out] == [place]
    assert len(trend["days"]) == 30
    assert trend["days"][-1] == "2026-03-19"
    texts = [note["text"] for note in trend["figure"]["layout"]["annotations"]]
    assert "03-10 断网" in texts


def test_every_surface_of_the_demo_says_so(hospital: Hospital) -> None:
    assert document(hospital)["demo"] == "演示数据"
    assert document(hospital, "en")["demo"] == "Demo data"


def test_a_real_store_shows_no_demo_badge_and_its_clock_is_the_servers(
    bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    settings, _ = wall_hospital.published(bare, tmp_path)
    server_now = local("2026-03-20 23:59")
    answer = WallService(settings).answer("zh", server_now)
    shown = json.loads(answer.body)
    assert shown["demo"] == ""
    assert answer.now == server_now


def test_what_is_not_connected_says_so_and_is_never_zero(
    bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    wall_hospital.moved(bare, "2026-03-19 23:59")
    settings, _ = wall_hospital.published(bare, tmp_path)
    wall = json.loads(WallService(settings).answer("zh", local("2026-03-19 23:59:10")).body)
    values = {name: tile["value"] for name, tile in wall["tiles"].items()}
    assert values["calls"] == values["completed"] == values["engaged"] == "未接入"
    assert values["availability"] == values["stability"] == values["mean_time"] == "未接入"
    shown = cells(wall["panels"]["queue"])
    assert [row[1] for row in shown[-2:]] == ["未接入", "未接入"]
    assert wall["panels"]["trend"]["limits"] is None


@pytest.mark.parametrize(
    ("as_of", "server_now", "has_begun"),
    [
        ("2026-03-19 23:59", "2026-03-20 00:00:30", False),
        ("2026-03-20 00:00", "2026-03-20 00:00:30", False),
        ("2026-03-20 00:00:20", "2026-03-20 00:00:30", True),
    ],
)
def test_before_the_data_pass_midnight_today_has_no_data(
    bare: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    as_of: str,
    server_now: str,
    *,
    has_begun: bool,
) -> None:
    """Never yesterday's numbers and never a zero that nobody has counted (example 12)."""
    wall_hospital.moved(bare, as_of)
    settings, _ = wall_hospital.published(bare, tmp_path)
    wall = json.loads(WallService(settings).answer("zh", local(server_now)).body)
    day_tiles = [tile for tile in wall["tiles"].values() if tile["source"] == "live"]
    assert len(day_tiles) == 6
    assert {tile["value"] == "今日尚无数据" for tile in day_tiles} == {not has_begun}
    assert wall["tiles"]["top_department"]["value"] == ("今日暂无" if has_begun else "今日尚无数据")


def test_without_a_snapshot_the_wall_says_what_to_do(tmp_path: Path) -> None:
    settings = wall_hospital.handmade_settings(tmp_path)
    shown = json.loads(WallService(settings).answer("zh", local("2026-03-20 10:00")).body)
    assert shown["is_empty"] is True
    assert shown["words"]["no_snapshot"] == "尚无快照:请运行 opspulse run"


def test_the_document_is_computed_once_for_all_browsers(
    hospital: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, snapshot = hospital
    service = WallService(settings)
    opened = []
    monkeypatch.setattr(
        "assets.snapshots.opened",
        lambda *args, _real=snapshots.opened: opened.append(1) or _real(*args),
    )
    first = service.answer("zh", snapshot.published_at)
    count = len(opened)
    again = service.answer("zh", snapshot.published_at + timedelta(seconds=3))
    assert (again.body, len(opened)) == (first.body, count)
    assert service.answer("en", snapshot.published_at).etag != first.etag


def test_an_unchanged_document_is_not_sent_again(hospital: Hospital) -> None:
    client = wall_hospital.screen(hospital[0])
    for _ in range(2):  # the ETag holds the minute, which may pass between two requests
        first = client.get("/wall/api/wall.json")
        again = client.get("/wall/api/wall.json", headers={"If-None-Match": first.headers["ETag"]})
        if again.headers["ETag"] == first.headers["ETag"]:
            break
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert int(again.headers["X-OpsPulse-Now"]) >= int(first.headers["X-OpsPulse-Now"])


@pytest.mark.parametrize(
    "path",
    ["assets/metrics.sql", "assets/app.py", "assets/wall_data.py", "assets/../app.py",
     "assets/metrics.py", "api/nothing", "_dash-component-suites/os/x.js"],
)  # fmt: skip
def test_nothing_but_the_wall_is_served(hospital: Hospital, path: str) -> None:
    assert wall_hospital.screen(hospital[0]).get(f"/wall/{path}").status_code == 404


def test_the_page_may_load_nothing_from_elsewhere(hospital: Hospital) -> None:
    client = wall_hospital.screen(hospital[0])
    page = client.get("/wall/?lang=en")
    policy = page.headers["Content-Security-Policy"]
    assert page.status_code == 200
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert b"https://" not in page.data
    assert client.get("/wall/assets/wall.js").status_code == 200


def test_health_names_the_files_being_served(hospital: Hospital, tmp_path: Path) -> None:
    settings, snapshot = hospital
    health = create_app(settings).server.test_client().get("/_health").get_json()
    assert (health["status"], health["snapshot"]) == ("ok", snapshot.id)
    empty = create_app(wall_hospital.handmade_settings(tmp_path)).server.test_client()
    assert empty.get("/_health").get_json() == {"status": "no_snapshot"}


def test_a_broken_pointer_is_an_answer_and_not_a_crash(tmp_path: Path) -> None:
    settings = wall_hospital.handmade_settings(tmp_path)
    settings.snapshots_dir.mkdir(parents=True)
    (settings.snapshots_dir / "current.json").write_text("{", encoding="utf-8")
    answer = wall_hospital.screen(settings).get("/wall/api/wall.json")
    assert answer.status_code == 503
    assert "快照指针" in answer.get_json()["problem"]


def test_a_missing_snapshot_file_is_told_in_plain_words(
    bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    settings, snapshot = wall_hospital.published(bare, tmp_path, has_live=False)
    snapshot.path.unlink()
    with pytest.raises(StateError, match="无法读取"):
        WallService(settings).answer("zh", snapshot.published_at)


def test_a_failed_run_is_told_until_one_succeeds(
    bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    settings, snapshot = wall_hospital.published(bare, tmp_path)
    after = snapshot.published_at + timedelta(minutes=5)
    record_failure(settings, "无法连接数据源 main。", after)
    service = WallService(settings)
    told = json.loads(service.answer("zh", after).body)
    assert told["failure"] == "上次运行失败:无法连接数据源 main。"
    clear_failure(settings)
    assert last_failure(settings) is None
    assert json.loads(service.answer("zh", after).body)["failure"] == ""


def test_a_failure_older_than_the_snapshot_is_history(
    bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    settings, snapshot = wall_hospital.published(bare, tmp_path)
    record_failure(settings, "旧的失败。", snapshot.published_at - timedelta(hours=1))
    shown = json.loads(WallService(settings).answer("zh", snapshot.published_at).body)
    assert shown["failure"] == ""


def test_a_broken_rule_file_is_named_while_the_last_snapshot_keeps_serving(
    bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    settings, snapshot = wall_hospital.published(bare, tmp_path)
    settings.rules_dir.mkdir(parents=True, exist_ok=True)
    (settings.rules_dir / "calendars.yml").write_text("a: 1\n b: [\n", encoding="utf-8")
    shown = json.loads(WallService(settings).answer("zh", snapshot.published_at).body)
    assert shown["failure"].startswith(
        "规则文件有误,数字不变:config/calendars.yml:2 不是有效的 YAML"
    )
    assert shown["tiles"]
    assert shown["staleness"] == {"amber": 2.0, "grey": 10.0}


def test_old_live_files_go_when_a_new_one_comes(
    bare: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """An hour of live files would be 240; the one being replaced may still be opening."""
    settings, _ = wall_hospital.published(bare, tmp_path)
    first = snapshots.publish_live(bare, settings)
    old, half, young = (settings.live_dir / name for name in ("a.duckdb", "b.1.part", "c.duckdb"))
    for file in (old, half, young):
        file.touch()
    for file in (first.path, old, half):
        os.utime(file, (1_700_000_000,) * 2)
    other = replace(first, id="replaced", path=old)
    snapshots._replace_pointer(settings.live_dir, other)
    again = snapshots.publish_live(bare, settings)
    assert again.path == first.path
    # current though old, replaced just now, young; neither half nor older ones
    assert {file.name for file in settings.live_dir.iterdir()} == {
        first.path.name, old.name, young.name, "current.json"
    }  # fmt: skip
    snapshots.publish_live(bare, settings)
    assert not old.exists()


def test_todays_marks_stand_apart_and_are_no_rings(wall: Any) -> None:
    traces = wall["panels"]["trend"]["figure"]["data"]
    marks = {one["marker"]["symbol"]: one["x"] for one in traces if one["mode"] == "markers"}
    assert not [symbol for symbol in marks if symbol.startswith("circle")]
    [reports], [completed] = marks["diamond-open"], marks["triangle-up-open"]
    assert reports < completed


def test_a_taken_port_is_named_with_a_remedy(hospital: Hospital) -> None:
    settings = hospital[0]
    first = listen(settings.model_copy(update={"wall": settings.wall.model_copy(
        update={"port": free_port()})}))  # fmt: skip
    try:
        taken = settings.wall.model_copy(update={"port": first.effective_port})
        with pytest.raises(ConfigError, match=f"端口 {first.effective_port} 已被占用") as refusal:
            listen(settings.model_copy(update={"wall": taken}))
        assert "OPSPULSE_WALL_PORT" in refusal.value.remedy
    finally:
        first.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# --- units -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0 秒", "0 s"), (59.9, "59 秒", "59 s"), (60, "1 分", "1 min"),
        (3599, "59 分", "59 min"), (3600, "1 小时", "1 h"), (172_799, "47 小时", "47 h"),
        (172_800, "2 天", "2 d"), (-5, "0 秒", "0 s"),
    ],
)  # fmt: skip
def test_ages_are_told_in_one_unit_rounded_down(seconds: float, zh: str, en: str) -> None:
    assert (age_text(seconds, "zh"), age_text(seconds, "en")) == (zh, en)


def test_every_word_exists_in_both_languages_with_the_same_blanks() -> None:
    for key, (zh, en) in WORDS.items():
        assert zh, key
        assert en, key
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key


def test_days_are_told_as_people_say_them() -> None:
    assert day_text(date(2026, 11, 1), "zh") == "11 月 1 日"
    assert day_text(date(2026, 11, 1), "en") == "11-01"


def test_a_text_is_cut_to_the_width_it_has() -> None:
    assert text_width("急诊A1") == pytest.approx(3.12)
    assert shortened("急诊科", 3.0) == "急诊科"
    assert shortened("门诊收费处", 4.0) == "门诊收…"


def month(now: float | None, before: float | None) -> Month:
    def reading(value: float | None) -> Reading:
        return Reading("" if value is None else f"{value:.2f}", "ok", value)

    return Month(date(2026, 3, 1), reading(now), reading(before))


@pytest.mark.parametrize(
    ("metric_id", "now", "before", "said"),
    [
        ("stability", 1.92, 2.31, "上月 2.31 ▼下降 好"),
        ("stability", 2.31, 1.92, "上月 1.92 ▲上升 差"),
        ("availability", 0.9, 0.8, "上月 0.80 ▲上升 好"),
        ("availability", 0.801, 0.799, "上月 0.80 持平"),
        ("stability", None, 1.92, "上月 1.92"),
        ("stability", 1.92, None, ""),
    ],
)
def test_a_change_is_told_with_direction_and_judgement(
    metric_id: str, now: float | None, before: float | None, said: str
) -> None:
    assert change_text(metric_id, month(now, before), "zh") == said


def test_a_snapshot_of_last_month_is_not_called_this_month() -> None:
    assert month_name(month(1, 1), date(2026, 3, 31), "zh") == "本月"
    assert month_name(month(1, 1), date(2026, 4, 1), "zh") == "3 月"


def ranked(name: str, events: int, rate: float, peer: float, state: str = "ok") -> Ranked:
    return Ranked(name, "", Reading(f"{rate}", state, rate, n=events, numerator=events), peer)


def test_a_rate_is_marked_only_beyond_chance_among_all_compared() -> None:
    """20 events at twice the peers: lower end 0.61 of the rate for one, 0.52 for forty."""
    assert [one.level for one in judged([ranked("a", 20, 200, 110)])] == ["warn"]
    many = [ranked("a", 20, 200, 110), *(ranked(f"b{n}", 50, 110, 110) for n in range(39))]
    assert {one.level for one in judged(many)} == {"ok"}
    assert judged([ranked("c", 100, 500, 100)])[0].level == "bad"


def test_a_small_sample_is_shown_and_never_judged() -> None:
    assert judged([ranked("a", 4, 900, 10, "small_sample")])[0].level == "ok"


def days_of(counts: list[int]) -> Days:
    first = date(2026, 3, 1)
    return Days(
        tuple(first + timedelta(days=n) for n in range(len(counts))),
        tuple(counts), tuple(counts), tuple(1000.0 for _ in counts),
    )  # fmt: skip


def test_the_sentence_under_the_trend_follows_its_rule() -> None:
    calm = days_of([30, 33, 28, 31, 35, 27, 30, 32, 29, 31] * 3)
    assert finding(calm, limits_of(calm), (), "zh").startswith("30 天内每日报修与偶然波动一致")
    high = days_of([*calm.reports[:-1], 90])
    assert "3 月 30 日越上限:90 单" in finding(high, limits_of(high), (), "zh")
    cause = Cause(high.days[-1], "断网", 60)
    assert "一次共因事件「断网」带来 60 单" in finding(high, limits_of(high), [cause], "zh")
    low = days_of([*calm.reports[:-1], 2])
    assert "请核对数据是否完整" in finding(low, limits_of(low), (), "zh")
    short = days_of([30, 31, 29])
    assert finding(short, limits_of(short), (), "zh").endswith("历史不足 20 天,控制限为暂定。")
    assert finding(replace(calm, device_days=(0.0,) * 30), None, (), "zh") == (
        "没有在用台账,不画控制限。"
    )


@pytest.mark.parametrize(
    ("verdict", "state", "said"),
    [("met", "ok", "● 正常"), ("amber", "ok", "▲ 预警"), ("red", "ok", "■ 未达标"),
     ("none", "ok", ""), ("grey", "small_sample", "样本不足 n=7")],
)  # fmt: skip
def test_attainment_has_a_state_in_shape_and_word(
    hospital: Hospital, verdict: str, state: str, said: str
) -> None:
    reading = Reading("88.0%", state, 0.88, n=7, verdict=verdict)
    row = wall_panels.sla_row("接单", reading, reading, "zh")
    assert row["cells"][-1]["text"] == said


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["INK", "DIM", "ACCENT", "OK", "WARN", "BAD"])
def test_text_stands_seven_to_one_against_its_panel(name: str) -> None:
    ink, panel = luminance(getattr(theme, name)), luminance(theme.PANEL)
    assert (ink + 0.05) / (panel + 0.05) >= 7


def test_excel_formats_write_what_the_formatter_writes() -> None:
    formats = {s.format for m in metrics.registry().values() for s in m.statistics.values()}
    assert formats <= set(theme.EXCEL_FORMATS)
    assert theme.excel_format("number", 1) == "#,##0.0"
    assert theme.excel_format("number", 6) == "#,##0.00"
    assert theme.excel_format("money", 2) == '"¥"#,##0.00'


def test_charts_never_offer_the_cloud() -> None:
    assert figures.GRAPH_CONFIG["showSendToCloud"] is False
    assert figures.GRAPH_CONFIG["plotlyServerURL"] == ""
    assert figures.GRAPH_CONFIG["displayModeBar"] is False


def test_no_text_of_a_chart_is_smaller_than_18_pixels(wall: Any) -> None:
    for name in ("trend", "models"):
        text = json.dumps(wall["panels"][name]["figure"]["layout"])
        layout = json.loads(text)
        sizes = [note["font"]["size"] for note in layout["annotations"] if "font" in note]
        assert layout["template"]["layout"]["font"]["size"] >= 18
        assert all(size >= 18 for size in sizes)


def test_as_of_is_the_files_and_not_the_servers(wall: Any) -> None:
    as_of = (local(wall_hospital.AS_OF) - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001
    assert wall["as_of"] == {"snapshot": as_of, "live": as_of}
