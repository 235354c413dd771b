"""One demo, three stores, one truth: every KPI is byte-identical from all of them."""

from pathlib import Path

import pytest
from conftest import TINY, build_settings
from typer.testing import CliRunner

from assets import metrics, models, rule_tables, warehouse
from assets.metric_context import unchanging
from config.rules import load_rules
from config.settings import Settings
from demo import store
from pipelines.cli import app
from pipelines.run import execute

RUNS = 10


def printed(settings: Settings, metric_id: str, form: str) -> str:
    """What `opspulse kpi show … --format …` prints."""
    url = settings.sources[0].url.get_secret_value()
    environment = {"OPSPULSE_HOME": str(settings.home), "OPSPULSE_SOURCE_URL": url}
    arguments = ["kpi", "show", metric_id, "--format", form]
    result = CliRunner().invoke(app, arguments, env=environment)
    assert result.exit_code == 0, result.output
    return result.output


def shown(settings: Settings) -> dict[str, str]:
    """Every metric as csv."""
    return {metric_id: printed(settings, metric_id, "csv") for metric_id in metrics.registry()}


def computed(url: str, home: Path) -> dict[str, str]:
    """The tiny hospital in this store, computed by the real job."""
    settings = build_settings(home, url)
    store.create(url, TINY)
    execute(settings, "refresh", ephemeral=True)
    return shown(settings)


def test_every_kpi_is_byte_identical_from_three_stores(
    tiny_hospital: Settings, tmp_path: Path, postgres_url: str, mariadb_url: str
) -> None:
    sqlite = shown(tiny_hospital)
    assert all(text.count("\n") > 1 for text in sqlite.values())
    assert computed(postgres_url, tmp_path / "postgres") == sqlite
    assert computed(mariadb_url, tmp_path / "mariadb") == sqlite


def test_ten_computations_of_one_store_are_byte_identical(tiny_copy: Settings) -> None:
    con = warehouse.connect(tiny_copy.warehouse_path, tiny_copy)
    as_of, is_demo = con.execute("select as_of, is_demo from kpi.run_context").fetchone() or ()
    texts = set()
    for _ in range(RUNS):
        with warehouse.transaction(con):
            context = rule_tables.RunContext(as_of, is_demo)
            rule_tables.load(con, load_rules(None), tiny_copy, context)
            models.build(con, models.discover())
        with unchanging(con):
            texts.add("".join(metrics.read(con, name).to_csv() for name in metrics.registry()))
    con.close()
    assert len(texts) == 1


@pytest.mark.parametrize("metric_id", sorted(metrics.registry()))
def test_a_kpi_can_be_shown_as_table_csv_and_json(tiny_hospital: Settings, metric_id: str) -> None:
    for form in ("table", "csv", "json"):
        assert printed(tiny_hospital, metric_id, form)
