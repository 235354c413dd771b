"""Settings: what a newcomer gets without a file, what the file says, and how errors read."""

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.settings import Settings, ensure_home, load_settings

MINIMAL = """\
sources:
  - name: main
    url: ${OPSPULSE_SOURCE_URL}
"""
POSTGRES = "postgresql://reader:geheim@Db.Hospital:5432/ops?sslmode=require"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "opspulse.yml"
    path.write_text(text, encoding="utf-8")
    return path


def problem_of(folder: Path, text: str, **env: str) -> ConfigError:
    write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(env)
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    return caught.value


def test_without_file_and_url_the_embedded_demo_is_used(folder: Path) -> None:
    settings = load_settings({})
    assert settings.is_embedded_demo
    assert settings.home == folder / "var" / "demo"
    url = settings.sources[0].url.get_secret_value()
    assert url == f"sqlite:///{folder}/var/demo/store.sqlite"
    assert (settings.sources[0].system, settings.sources[0].site_id) == ("opspulse", "main")


def test_a_source_url_alone_is_enough_and_is_no_demo(folder: Path) -> None:
    settings = load_settings({"OPSPULSE_SOURCE_URL": POSTGRES})
    assert not settings.is_embedded_demo
    assert settings.home == folder / "var"
    assert settings.sources[0].url.get_secret_value() == POSTGRES
    assert settings.timezone == settings.sources[0].timezone == "Asia/Shanghai"


def test_a_folder_as_url_means_files(folder: Path) -> None:
    settings = load_settings({"OPSPULSE_SOURCE_URL": "export"})
    assert settings.sources[0].system == "files"
    assert settings.sources[0].url.get_secret_value() == str(folder / "export")


def test_home_and_hospital_name_from_the_environment_win_over_the_file(folder: Path) -> None:
    write(folder, "home: elsewhere\nhospital_name: 第一医院\n" + MINIMAL)
    env = {"OPSPULSE_SOURCE_URL": POSTGRES}
    assert load_settings(env).home == folder / "elsewhere"
    env |= {"OPSPULSE_HOME": "state", "OPSPULSE_HOSPITAL_NAME": "第二医院"}
    settings = load_settings(env)
    assert settings.home == folder / "state"
    assert settings.hospital_name == "第二医院"


def test_ports_from_the_environment_reach_the_demo_and_win_over_the_file(folder: Path) -> None:
    ports = {"OPSPULSE_WALL_PORT": "8051", "OPSPULSE_TASKS_PORT": "3001"}
    demo = load_settings(ports)
    assert demo.is_embedded_demo
    assert (demo.wall.port, demo.tasks.port) == (8051, 3001)
    write(folder, MINIMAL + "wall: {port: 9000, refresh_seconds: 30}\n")
    own = load_settings(ports | {"OPSPULSE_SOURCE_URL": POSTGRES})
    assert (own.wall.port, own.wall.refresh_seconds) == (8051, 30)
    with pytest.raises(ConfigError, match=r"环境变量 OPSPULSE_WALL_PORT 的「wall\.port」应为整数"):
        load_settings({"OPSPULSE_SOURCE_URL": POSTGRES, "OPSPULSE_WALL_PORT": "acht"})


def test_every_file_of_the_installation_lies_under_home(folder: Path) -> None:
    settings = load_settings({"OPSPULSE_HOME": str(folder / "h")})
    names = {
        settings.warehouse_path.name,
        settings.snapshots_dir.name,
        settings.live_dir.name,
        settings.exports_dir.name,
        settings.rules_dir.name,
        settings.dagster_home.name,
        settings.logs_dir.name,
        settings.temp_dir.name,
    }
    assert names == {
        "warehouse.duckdb", "snapshots", "live", "exports", "config", "dagster", "logs", "tmp",
    }  # fmt: skip
    assert settings.rules_dir.parent == folder / "h"


def test_relative_paths_resolve_against_the_folder_of_the_file(folder: Path) -> None:
    (folder / "conf").mkdir()
    text = "sources:\n  - {url: 'sqlite:///data/s.db', mapping: m.yml}\n"
    path = folder / "conf" / "opspulse.yml"
    path.write_text(text, encoding="utf-8")
    settings = load_settings({"OPSPULSE_CONFIG": str(path)})
    source = settings.sources[0]
    assert source.url.get_secret_value() == f"sqlite:///{folder}/conf/data/s.db"
    assert source.mapping == folder / "conf" / "m.yml"
    assert settings.home == folder / "conf" / "var"


def test_a_source_takes_the_zone_of_the_hospital_unless_it_has_its_own(folder: Path) -> None:
    write(
        folder,
        "timezone: Asia/Urumqi\nsources:\n  - {name: a, url: /a}\n"
        "  - {name: b, url: /b, timezone: UTC}\n",
    )
    assert [source.timezone for source in load_settings({}).sources] == ["Asia/Urumqi", "UTC"]


def test_a_missing_variable_names_file_and_line(folder: Path) -> None:
    error = problem_of(folder, MINIMAL)
    assert f"{folder / 'opspulse.yml'}:3 " in error.problem
    assert "OPSPULSE_SOURCE_URL" in error.problem


def test_a_doubled_dollar_keeps_the_braces(folder: Path) -> None:
    write(folder, "hospital_name: $${X}医院\n" + MINIMAL)
    settings = load_settings({"OPSPULSE_SOURCE_URL": POSTGRES})
    assert settings.hospital_name == "${X}医院"


def test_broken_yaml_names_file_and_line(folder: Path) -> None:
    error = problem_of(folder, "hospital_name: 甲\nsources:\n  - name: [main\n")
    assert f"{folder / 'opspulse.yml'}:4 " in error.problem


def test_a_broken_line_with_a_password_is_not_quoted(folder: Path) -> None:
    error = problem_of(folder, "sources:\n  - url: 'mysql://u:geheim@db/ops\n")
    assert "geheim" not in str(error)
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("wal:\n  port: 1\n", 4, "wal"),
        ("wall:\n  prot: 1\n", 5, "wall.prot"),
        ("wall:\n  port: 八千\n", 5, "应为整数"),
        ("wall:\n  port: 99999\n", 5, "65535"),
        ("timezone: Asia/Beijing\n", 4, "时区"),
        ("language: fr\n", 4, "'zh', 'en'"),
        ("memory_limit: viel\n", 4, "格式不对"),
        ("threads: 2\nthreads: 3\n", 5, "重复"),
        ("is_embedded_demo: true\n", 4, "不能手工设置"),
    ],
)
def test_a_wrong_setting_names_file_and_line(
    folder: Path, text: str, line: int, words: str
) -> None:
    error = problem_of(folder, MINIMAL + text, OPSPULSE_SOURCE_URL=POSTGRES)
    assert f"{folder / 'opspulse.yml'}:{line} " in error.problem
    assert words in error.problem


def test_a_source_without_address_or_with_a_twin_is_refused(folder: Path) -> None:
    error = problem_of(folder, "sources:\n  - name: main\n")
    assert "opspulse.yml:2 " in error.problem
    assert "sources.0.url" in error.problem
    twins = "sources:\n  - {url: /a}\n  - {url: /b}\n"
    assert "重复的名称 main" in problem_of(folder, twins).problem


def test_a_file_without_sources_says_so_instead_of_showing_the_demo(folder: Path) -> None:
    assert "sources" in problem_of(folder, "hospital_name: 第一医院\n").problem


def test_a_config_that_does_not_exist_is_named(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yml"):
        load_settings({"OPSPULSE_CONFIG": "nowhere.yml"})


def test_a_file_in_another_encoding_or_shape_is_refused(folder: Path) -> None:
    (folder / "opspulse.yml").write_bytes("hospital_name: 第一医院\n".encode("gbk"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load_settings({})
    assert "键: 值" in problem_of(folder, "- a\n- b\n").problem


def test_the_password_never_shows_in_text_or_errors(folder: Path) -> None:
    settings = load_settings({"OPSPULSE_SOURCE_URL": POSTGRES})
    shown = f"{settings!r} {settings} {settings.sources[0].redacted_url()}"
    assert "geheim" not in shown
    assert "reader" not in settings.sources[0].redacted_url()
    assert settings.sources[0].redacted_url() == "postgresql://db.hospital:5432/ops"
    text = MINIMAL + "    overlap_hours: bad\n"
    error = problem_of(folder, text, OPSPULSE_SOURCE_URL=POSTGRES)
    assert "geheim" not in str(error)
    assert error.__suppress_context__


@pytest.mark.parametrize("password", ["p/w", "12/w", "1#w", "1?w", "a:b/c"])
def test_an_unescaped_password_is_refused_rather_than_taken_for_a_host(
    folder: Path, password: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings({"OPSPULSE_SOURCE_URL": f"postgresql://u:{password}@db/ops"})
    assert "连接地址" in caught.value.problem
    assert password not in str(caught.value)


def fingerprint(url: str) -> str:
    return load_settings({"OPSPULSE_SOURCE_URL": url}).source_fingerprint()


def test_a_new_password_keeps_the_fingerprint_and_another_store_does_not(folder: Path) -> None:
    same = fingerprint("postgresql+psycopg://reader:neu@db.hospital/ops")
    assert fingerprint(POSTGRES) == same
    assert len(same) == 64
    assert fingerprint(POSTGRES.replace("/ops", "/other")) != same
    assert fingerprint(POSTGRES.replace("Hospital", "Test")) != same


def test_settings_cannot_be_changed_after_loading(folder: Path) -> None:
    settings = load_settings({})
    with pytest.raises(ValueError, match="frozen"):
        Settings.__setattr__(settings, "language", "en")


def test_ensure_home_creates_the_folders_and_leaves_nothing_behind(folder: Path) -> None:
    settings = load_settings({"OPSPULSE_HOME": "new/home"})
    assert ensure_home(settings) == folder / "new" / "home"
    assert settings.snapshots_dir.is_dir()
    assert not [path for path in settings.home.rglob("*") if path.is_file()]


def test_a_home_that_cannot_be_written_is_named_with_a_remedy(folder: Path) -> None:
    (folder / "blocked").write_text("a file where a folder should be", encoding="utf-8")
    settings = load_settings({"OPSPULSE_HOME": "blocked/home"})
    with pytest.raises(ConfigError) as caught:
        ensure_home(settings)
    assert str(settings.home) in caught.value.problem
    assert "OPSPULSE_HOME" in caught.value.remedy
