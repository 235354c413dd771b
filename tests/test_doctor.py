"""The doctor's words: before the first run, of numbers not to be trusted, where looking fails."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets import models, warehouse
from assets.snapshots import publish
from config.settings import Settings, load_settings
from pipelines.doctor import Finding, examine


def looked(settings: Settings) -> list[Finding]:
    return examine(settings, datetime.now(UTC))


def test_a_home_that_refuses_is_a_finding_of_each_look_and_ends_none(
    settings_factory: Any, tmp_path: Path
) -> None:
    home = tmp_path / "file"
    home.write_text("no folder", encoding="utf-8")
    settings = settings_factory("sqlite:///nowhere.sqlite").model_copy(update={"home": home})
    found = {one.topic: one for one in looked(settings)}
    assert [found[topic].state for topic in ("home", "extensions", "source")] == ["bad"] * 3
    assert found["extensions"].zh.startswith(f"无法检查:{home}")
    assert "calendars" in found


def test_before_the_first_run_the_advice_fits_what_is_configured(
    settings_factory: Any, tmp_path: Path
) -> None:
    own = looked(settings_factory(f"sqlite:///{tmp_path / 'none.sqlite'}"))
    words = " ".join(one.zh for one in own)
    assert "demo create" not in words
    assert "opspulse.yml 中该数据源的地址" in words
    assert "先用 opspulse sources check 核对数据源,再运行 opspulse run" in words
    demo = load_settings({"OPSPULSE_HOME": str(tmp_path / "demo")})
    found = {one.topic: one for one in looked(demo)}
    assert found["source"].state == "notice"
    assert "首次 opspulse run 会生成" in found["source"].zh
    assert found["snapshot"].zh == "还没有发布过快照,请运行 opspulse run。"


def test_a_calendar_that_ends_names_where_the_hospitals_own_would_lie(
    settings_factory: Any,
) -> None:
    settings = settings_factory("sqlite:///nowhere.sqlite")
    found = {one.topic: one for one in examine(settings, datetime(2099, 1, 1, tzinfo=UTC))}
    assert str(settings.home / "config" / "calendars.yml") in found["calendars"].zh


def test_failed_checks_are_told_with_the_kpis_they_make_unreliable_and_the_remedy(
    tiny_copy: Settings,
) -> None:
    [fine] = [one for one in looked(tiny_copy) if one.topic == "checks"]
    assert (fine.state, fine.zh) == ("ok", "没有指标因数据检查而不可信。")
    con = warehouse.connect(tiny_copy.warehouse_path, tiny_copy)
    con.execute(
        "update raw.check_results set failed = checked, is_over = true where is_state "
        "and (table_name, rule) in (('tickets', 'held'), ('tickets', 'asset_id_unknown'))"
    )
    with warehouse.transaction(con):
        models.build(con, [spec for spec in models.discover() if spec.schema == "kpi"])
    publish(con, tiny_copy)
    con.close()
    unknown, held = [one for one in looked(tiny_copy) if one.topic == "checks"]
    assert [unknown.state, held.state] == ["bad", "bad"]
    assert "检查没有通过:tickets:asset_id 在 assets 表中不存在" in unknown.zh
    assert "请核对上级记录所在的表是否导全" in unknown.zh
    assert "个指标不可信。原因见 opspulse quarantine list --table tickets" in held.zh
    assert int(held.zh.split(" 个指标")[0].split()[-1]) > int(
        unknown.zh.split(" 个指标")[0].split()[-1]
    )
