"""The warehouse opens with the house settings, keeps transactions whole and names its faults."""

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from assets import warehouse
from config.errors import ConfigError, StateError
from config.settings import Settings, SourceSettings


def settings_for(home: Path, url: str = "sqlite:////data/his.db", name: str = "main") -> Settings:
    return Settings(home=home, sources=(SourceSettings(name=name, url=url),))


def run(con, *statements: str, failure: Exception | None = None) -> None:
    with warehouse.transaction(con):
        for statement in statements:
            con.execute(statement)
        if failure:
            raise failure


def test_connection_is_utc_and_downloads_nothing(tmp_path):
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    rows = con.execute(
        "select name, value from duckdb_settings() where name in "
        "('TimeZone', 'autoinstall_known_extensions', 'autoload_known_extensions', "
        "'temp_directory')"
    ).fetchall()
    assert dict(rows) == {
        "TimeZone": "UTC",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": str(tmp_path / "tmp"),
    }


@pytest.mark.parametrize("name", ["sqlite_scanner", "postgres_scanner", "mysql_scanner", "excel"])
def test_extensions_load_from_the_installed_packages(tmp_path, name):
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    warehouse.load_extension(con, name)
    loaded = con.execute(
        "select loaded from duckdb_extensions() where extension_name = $1", [name]
    ).fetchone()
    assert loaded == (True,)


def test_an_extension_that_is_not_installed_names_the_package(tmp_path):
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    with pytest.raises(ConfigError, match="duckdb-extension-oracle-scanner"):
        warehouse.load_extension(con, "oracle_scanner")


def test_macros_count_whole_elapsed_units_and_local_days(tmp_path):
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    row = con.execute(
        "select seconds_between(timestamp '2024-01-01 00:00:00.9', "
        "timestamp '2024-01-01 00:00:02'),"
        " minutes_between(timestamp '2024-01-01 00:00:50', timestamp '2024-01-01 00:01:10'),"
        " seconds_between(timestamp '2024-01-01 01:00:00', timestamp '2024-01-01 00:00:00'),"
        " local_date(timestamp '2024-01-31 16:00:00', 'Asia/Shanghai'),"
        " local_time(timestamp '2024-01-31 16:00:00', 'Asia/Shanghai'),"
        " month_start(date '2024-02-29'), week_start(date '2024-03-03'),"
        " iso_weekday(date '2024-03-03'),"
        " typeof(seconds_between(timestamp '2024-01-02', timestamp '2024-01-01'))"
    ).fetchone()
    assert row == (
        1,
        0,
        -3600,
        date(2024, 2, 1),
        datetime(2024, 2, 1),  # noqa: DTZ001 - the warehouse's instants are naive
        date(2024, 2, 1),
        date(2024, 2, 26),
        7,
        "BIGINT",
    )


def test_macros_work_in_a_file_opened_read_only(tmp_path):
    settings = settings_for(tmp_path)
    warehouse.connect(settings.warehouse_path, settings).close()
    con = warehouse.connect(settings.warehouse_path, settings, read_only=True)
    assert con.execute("select month_start(date '2024-05-17')").fetchone() == (date(2024, 5, 1),)


def test_a_transaction_is_kept_whole_or_not_at_all(tmp_path):
    con = warehouse.connect(tmp_path / "w.duckdb", settings_for(tmp_path))
    with warehouse.transaction(con):
        con.execute("create table t as select 1 as a")
    with pytest.raises(duckdb.ConversionException):
        run(con, "insert into t values (2)", "insert into t select cast('x' as integer)")
    with pytest.raises(duckdb.CatalogException):
        run(con, "insert into t values (3)", "select * from no_such_table")
    with pytest.raises(ZeroDivisionError):
        run(con, "insert into t values (4)", failure=ZeroDivisionError())
    assert con.execute("select * from t").fetchall() == [(1,)]
    with warehouse.transaction(con):
        con.execute("insert into t values (5)")
    assert con.execute("select count(*) from t").fetchone() == (2,)


def test_running_out_of_disk_is_told_in_plain_words(tmp_path):
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    con.execute("set memory_limit = '60MB'")
    con.execute("set max_temp_directory_size = '1MB'")
    with pytest.raises(StateError, match=r"磁盘空间不足|内存上限"), warehouse.transaction(con):
        con.execute("create table t as select md5(i::text) as m from range(5000000) r(i)")


@pytest.mark.parametrize(("promised", "within"), [("1.5 GiB", "572.2 MiB"), ("500MB", "476.8 MiB")])
def test_bulk_work_is_frugal_and_gives_the_memory_back(tmp_path, promised, within):
    settings = settings_for(tmp_path).model_copy(update={"memory_limit": promised})
    con = warehouse.connect(":memory:", settings)

    def limit() -> str:
        return con.execute("select current_setting('memory_limit')").fetchone()[0]

    before = limit()
    with warehouse.frugal(con, settings):
        assert limit() == within
    assert limit() == before


def test_a_file_in_use_by_another_process_is_named(tmp_path):
    path = tmp_path / "w.duckdb"
    script = (
        f"import duckdb, sys; c = duckdb.connect({str(path)!r})\n"
        "print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        with pytest.raises(StateError, match=r"w\.duckdb 正被另一个进程使用"):
            warehouse.connect(path, settings_for(tmp_path))
        other.stdin.close()


def test_a_damaged_file_and_a_missing_file_are_named(tmp_path):
    bad = tmp_path / "bad.duckdb"
    bad.write_bytes(b"x" * 20_000)
    with pytest.raises(StateError, match="已损坏"):
        warehouse.connect(bad, settings_for(tmp_path))
    with pytest.raises(StateError, match="找不到数据仓"):
        warehouse.connect(tmp_path / "none.duckdb", settings_for(tmp_path), read_only=True)


def test_a_warehouse_refuses_another_store(tmp_path):
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    warehouse.bind(con, settings_for(tmp_path), is_demo=False)
    warehouse.bind(con, settings_for(tmp_path), is_demo=False)
    assert con.execute("select source, address from raw.binding").fetchall() == [
        ("main", "sqlite:////data/his.db")
    ]
    with pytest.raises(ConfigError, match=r"OPSPULSE_HOME.*另指定"):
        warehouse.bind(con, settings_for(tmp_path, "sqlite:////data/other.db"), is_demo=False)
    with pytest.raises(ConfigError, match="属于数据源 main"):
        warehouse.bind(
            con, settings_for(tmp_path, "sqlite:////data/other.db", "second"), is_demo=False
        )


def test_demo_rows_never_enter_a_real_warehouse(tmp_path):
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    warehouse.bind(con, settings_for(tmp_path), is_demo=False)
    with pytest.raises(ConfigError, match=r"里是真实数据.*演示数据"):
        warehouse.bind(con, settings_for(tmp_path), is_demo=True)


def test_a_new_password_keeps_the_binding_and_a_further_source_may_join(tmp_path):
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    first = settings_for(tmp_path, "postgresql://reader:one@10.0.0.8/his")
    warehouse.bind(con, first, is_demo=False)
    second = settings_for(tmp_path, "postgresql://reader:two@10.0.0.8:5432/his")
    both = second.model_copy(
        update={
            "sources": (
                *second.sources,
                SourceSettings(name="branch", url="sqlite:////data/branch.db"),
            )
        }
    )
    warehouse.bind(con, both, is_demo=False)
    bound = con.execute("select source, address from raw.binding order by 1").fetchall()
    assert bound == [
        ("branch", "sqlite:////data/branch.db"),
        ("main", "postgresql://10.0.0.8:5432/his"),
    ]


def test_a_home_that_moves_keeps_its_binding(tmp_path):
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    for place in ("old", "new"):
        home = tmp_path / place
        warehouse.bind(con, settings_for(home, f"sqlite:///{home}/store.sqlite"), is_demo=True)
    assert con.execute("select count(*) from raw.binding").fetchone() == (1,)


def test_the_lock_names_its_holder(tmp_path):
    settings = settings_for(tmp_path)
    script = (
        "import sys; from assets import warehouse; from config.settings import *\n"
        f"s = Settings(home=Path({str(tmp_path)!r}), sources=(SourceSettings(url='sqlite:///x'),))\n"
        "with warehouse.lock(s): print(1, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    ) as other:
        other.stdout.readline()
        with (
            pytest.raises(StateError, match=rf"进程号 {other.pid}"),
            warehouse.lock(settings, timeout=0.1),
        ):
            pass
        other.stdin.close()
    with warehouse.lock(settings, timeout=0.1):
        assert (tmp_path / "warehouse.owner").exists()


def test_local_time_is_that_of_the_zones_history_before_and_after_china_stood_still(
    tmp_path: Path,
) -> None:
    con = warehouse.connect(":memory:", settings_for(tmp_path))
    rows = con.execute(
        """
        select zone, instant, local_time(instant, zone), local_date(instant, zone),
            utc_of(local_time(instant, zone), zone),
            instant at time zone 'UTC' at time zone zone
        from (values ('Asia/Shanghai'), ('America/New_York')) as z (zone),
            unnest(generate_series(
                timestamp '1985-01-15 20:30:00', timestamp '2026-12-31', interval 29 day
            )) as i (instant)
        """
    ).fetchall()
    assert len(rows) == 2 * 529
    for zone, instant, local, day, back, expected in rows:
        assert local == expected, (zone, instant)
        assert day == expected.date()
        assert back == instant, (zone, instant)
