"""A warehouse on a small changing store, whose layers follow; and what a full build would give."""

from datetime import date, timedelta
from pathlib import Path

from conftest import build_settings

from assets import increments, models, rule_tables, warehouse
from assets.models import TableSpec
from assets.pull import pull
from config.rules import load_rules
from config.settings import Settings
from demo import store
from demo.spec import DemoSpec

UNTIL = date(2026, 3, 1)


class Home:
    """A warehouse that follows a changing store."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "store.sqlite"
        url = f"sqlite:///{self.path}"
        store.create(url, DemoSpec(size="tiny", days=25, until=UNTIL))
        self.settings: Settings = build_settings(folder / "home", url)
        self.con = warehouse.connect(self.settings.warehouse_path, self.settings)
        self.later = timedelta(0)

    def pull(self, *, full: bool = False) -> None:
        """Bring raw up to date with the store."""
        pull(self.con, self.settings, full=full)

    def load_rules(self) -> None:
        """Lay down rules and clock: that of the last load, or ``later``."""
        row = self.con.execute("select max(as_of) from raw.loads").fetchone()
        assert row is not None
        context = rule_tables.RunContext(row[0] + self.later, is_demo=True)
        rule_tables.load(self.con, load_rules(None), self.settings, context)

    def refresh(self, layers: tuple[str, ...] = ("core", "kpi")) -> list[TableSpec]:
        """Bring the layers up to date; the models that were made anew."""
        following = increments.Refresh(self.con, whole_share=1)
        remade: list[TableSpec] = []
        for layer in layers:
            with warehouse.transaction(self.con):
                self.load_rules()
                remade += following.layer(layer, self.specs(layer)).remade
        return remade

    def differing(self) -> list[str]:
        """Build everything whole for a moment; which tables differ, and in how many rows."""
        found = []
        self.con.execute("begin")
        for spec in models.discover():
            self.con.execute(
                f"create or replace temp table was_{spec.schema}_{spec.name} as from {spec.key}"
            )
        models.build(self.con, models.discover())
        for spec in models.discover():
            names = ", ".join(f'"{name}"' for name in spec.columns)
            was = f"select {names} from was_{spec.schema}_{spec.name}"
            now = f"select {names} from {spec.key}"
            row = self.con.execute(
                f"select count(*) from "
                f"(({was} except all {now}) union all ({now} except all {was}))"
            ).fetchone()
            if row is None or row[0]:
                found.append(f"{spec.key}: {row}")
        self.con.execute("rollback")
        return found

    @staticmethod
    def specs(layer: str) -> list[TableSpec]:
        """Return the models of a layer in building order."""
        return [spec for spec in models.discover() if spec.schema == layer]
