"""Where no source is configured the demo serves, and says so; a settings file near by is named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import load_settings
from pipelines import unconfigured
from pipelines.doctor import examine


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("OPSPULSE_CONFIG", "OPSPULSE_SOURCE_URL", "OPSPULSE_HOME"):
        monkeypatch.delenv(name, raising=False)
    here = tmp_path / "hospital" / "work"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    return here


def test_a_run_says_that_no_source_is_configured(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unconfigured.tell(load_settings())
    said = "".join(capsys.readouterr().err.split("\n"))
    assert said.startswith("没有配置数据源,使用演示数据:当前目录没有 opspulse.yml")
    assert "没有被读取" not in said


@pytest.mark.parametrize("where", ["..", "var", "home", "home/.."])
def test_a_settings_file_that_is_not_read_is_named(
    place: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where.startswith("home"):
        home = place.parent.parent / "state" / "home"
        home.mkdir(parents=True)
        monkeypatch.setenv("OPSPULSE_HOME", str(home))
        folder = home.parent if where.endswith("..") else home
    else:
        folder = (place / where).resolve()
    folder.mkdir(exist_ok=True)
    (folder / "opspulse.yml").write_text("sources: []", encoding="utf-8")
    told = unconfigured.words(load_settings())
    assert told is not None
    assert f"{folder / 'opspulse.yml'} 没有被读取" in told[0]
    assert f"OPSPULSE_CONFIG={folder / 'opspulse.yml'}" in told[1]


def test_the_doctor_says_so_too_and_a_configured_source_is_left_in_peace(place: Path) -> None:
    settings = load_settings()
    [found] = [one for one in examine(settings, datetime.now(UTC)) if one.topic == "source"]
    assert found.state == "notice"
    assert found.zh.startswith("没有配置数据源,使用演示数据")
    assert "首次 opspulse run 会生成" in found.zh
    assert unconfigured.words(settings.model_copy(update={"is_embedded_demo": False})) is None
