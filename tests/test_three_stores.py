"""One demo, three stores, one truth: every KPI is byte-identical from all of them."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assets import metrics, models, rule_tables, warehouse
from config.rules import load_rules
from config.settings import Settings, SourceSettings, ensure_home
from demo import store
from demo.spec import DemoSpec
from pipelines.cli import app
from pipelines.run import execute

SPEC = DemoSpec(size="tiny", seed=2026, until=date(2026, 11, 1))
RUNS = 10


def shown(settings: Settings, url: str) -> dict[str, str]:
    """What `opspulse kpi show … --format csv` prints, per metric."""
    runner = CliRunner()
    environment = {"OPSPULSE_HOME": str(settings.home), "OPSPULSE_SOURCE_URL": url}
    texts = {}
    for metric_id in metrics.registry():
        result = runner.invoke(app, ["kpi", "show", metric_id, "--format", "csv"], env=environment)
        assert result.exit_code == 0, result.output
        texts[metric_id] = result.output
    return texts


def computed(url: str, home: Path) -> dict[str, str]:
    settings = Settings(home=home, sources=(SourceSettings(url=url),))
    ensure_home(settings)
    store.create(url, SPEC)
    execute(settings, "refresh", ephemeral=True)
    return shown(settings, url)


def test_every_kpi_is_byte_identical_from_three_stores(
    tmp_path: Path, postgres_url: str, mariadb_url: str
) -> None:
    sqlite = computed(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "sqlite")
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
        texts.add("".join(metrics.read(con, name).to_csv() for name in metrics.registry()))
    con.close()
    assert len(texts) == 1


@pytest.mark.parametrize("metric_id", sorted(metrics.registry()))
def test_a_kpi_can_be_shown_as_table_csv_and_json(tiny_hospital: Settings, metric_id: str) -> None:
    url = tiny_hospital.sources[0].url.get_secret_value()
    environment = {"OPSPULSE_HOME": str(tiny_hospital.home), "OPSPULSE_SOURCE_URL": url}
    for form in ("table", "csv", "json"):
        result = CliRunner().invoke(
            app, ["kpi", "show", metric_id, "--format", form], env=environment
        )
        assert result.exit_code == 0, result.output
