"""Models: headers tell the truth, kpi stays portable, the dictionary and the registry hold."""

from pathlib import Path

import duckdb
import pytest
from handmade import life, local, settings, warehouse_of

from assets import dictionary, metric_docs, metrics, models, snapshots, sql_lint
from config.errors import CheckFailedError
from config.settings import Settings

TICKETS = {
    "tickets": [{"ticket_id": "T1", "reported_at": local("2026-03-02 09:00")}],
    "ticket_events": life("T1", ("2026-03-02 09:00", "reported")),
}


def built(home: Path | None = None) -> duckdb.DuckDBPyConnection:
    return warehouse_of(TICKETS, local("2026-03-03 00:00"), home=home)


def test_every_header_names_exactly_the_columns_of_its_table() -> None:
    con = built()
    for spec in models.discover():
        actual = [row[0] for row in con.execute(f"describe {spec.key}").fetchall()]
        assert sorted(actual) == sorted(spec.columns), spec.key


def test_every_model_reads_only_tables_that_exist_and_lower_layers() -> None:
    known = {spec.key for spec in models.discover()}
    for spec in models.discover():
        for name in spec.depends_on:
            layer = name.split(".")[0]
            assert name in known or layer == "raw" or name.startswith(("core.rule_", "core.run_"))
            assert not (spec.schema == "core" and layer == "kpi"), (spec.key, name)


def test_a_live_model_depends_on_live_models_only() -> None:
    live = {spec.key for spec in models.live_models()}
    all_models = {spec.key for spec in models.discover()}
    for spec in models.live_models():
        assert set(spec.depends_on) & all_models <= live, spec.key


def test_a_grain_that_is_not_unique_is_refused() -> None:
    con = built()
    con.execute("insert into raw.tickets select * from raw.tickets")
    spec = next(spec for spec in models.discover() if spec.key == "core.tickets")
    with pytest.raises(CheckFailedError, match="粒度"):
        models.build(con, [spec])


def test_kpi_models_stay_within_portable_sql() -> None:
    found = [line for spec in models.discover() if spec.schema == "kpi"
             for line in sql_lint.violations(spec)]  # fmt: skip
    assert found == []


@pytest.mark.parametrize(
    "sql",
    [
        "select quantile_cont(x, 0.9) as q from kpi.t",
        "select date_diff('minute', a, b) as m from kpi.t",
        "select cast(x as integer) as i from kpi.t",
        "select epoch(a) as s from kpi.t",
        "select * exclude (a) from kpi.t",
    ],
)
def test_sql_that_a_cluster_would_run_differently_is_refused(sql: str) -> None:
    spec = models.TableSpec("kpi", "x", "d", ("a",), {}, is_live=False, sql=sql, depends_on=())
    assert sql_lint.violations(spec)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_written_handbook_of_metrics_is_the_generated_one(lang: str) -> None:
    written = metric_docs.TARGETS[lang].read_text(encoding="utf-8")
    assert written == metric_docs.render(lang), "run python -m assets.metric_docs"


def test_the_written_dictionary_is_the_generated_one() -> None:
    assert dictionary.TARGET.read_text(encoding="utf-8") == dictionary.render()


def test_every_metric_is_named_explained_and_cut_by_known_dimensions() -> None:
    known = metrics.dimensions()
    for metric in metrics.registry().values():
        for names in (metric.names, metric.purpose, metric.formula, metric.caveats):
            assert names.zh
            assert names.en
        assert set(metric.dimensions) <= set(known), metric.id


def test_a_snapshot_shows_the_same_numbers_and_is_read_only(tmp_path: Path) -> None:
    con, home = built(tmp_path), settings(tmp_path)
    before = metrics.read(con, "reports").to_csv()
    snapshot = snapshots.publish(con, home)
    assert snapshots.current(home) == snapshot
    with snapshots.opened(snapshot, home) as reader:
        assert metrics.read(reader, "reports").to_csv() == before
        with pytest.raises(duckdb.InvalidInputException):
            reader.execute("create table kpi.x as select 1 as a")


def publish_changed(con: duckdb.DuckDBPyConnection, home: Settings) -> snapshots.Snapshot:
    con.execute("update kpi.run_context set hospital_name = hospital_name || '新'")
    return snapshots.publish(con, home)


def test_a_reader_keeps_its_snapshot_while_a_new_one_is_published(tmp_path: Path) -> None:
    con, home = built(tmp_path), settings(tmp_path)
    old = snapshots.publish(con, home)
    with snapshots.opened(old, home) as reader:
        new = publish_changed(con, home)
        assert new.id != old.id
        assert metrics.context(reader).hospital_name == old.hospital_name
    assert snapshots.current(home) == new


def test_the_same_content_is_published_under_the_same_id(tmp_path: Path) -> None:
    con, home = built(tmp_path), settings(tmp_path)
    assert snapshots.publish(con, home).id == snapshots.publish(con, home).id
    names = sorted(path.name for path in home.snapshots_dir.iterdir())
    assert len(names) == 2
    assert names[1] == "current.json"
