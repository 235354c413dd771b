"""The simulated hospital: sites put together from their parts and run to an instant.

Holds ``simulate`` and the assembly of a site. What the parts do lives in their own modules, how
rows reach a store in ``store``.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from demo.aftermath import Aftermath
from demo.calls import CallDesk
from demo.catalogue import load
from demo.chance import stream
from demo.clock import World
from demo.demand import Demand
from demo.fleet import Fleet
from demo.journal import Journal
from demo.lives import Lives
from demo.loans import LoanDesk
from demo.maintenance import Maintenance
from demo.office import Office
from demo.people import Team
from demo.planted import Planted
from demo.printing import Printing
from demo.problems import plant
from demo.registers import write_registers
from demo.site import Site
from demo.spec import DemoSpec
from demo.stock import Stock
from demo.tables import RowSet, Value
from demo.wording import Wording
from demo.work import Work


class SiteRun:
    """One site under way. ``run_to`` moves it on; its rows grow in ``site.rows``."""

    def __init__(self, spec: DemoSpec, site_id: str) -> None:
        """Build the site as it stands at the start of the period."""
        env = World(initial_time=spec.start)
        catalogue, rows = load(), RowSet(site_id)
        team = Team(spec, catalogue, rows, env)
        self.site = Site(
            spec=spec,
            catalogue=catalogue,
            env=env,
            rows=rows,
            fleet=Fleet(spec, catalogue, rows, stream(spec.seed, site_id, "fleet"), env),
            team=team,
            stock=Stock(spec, catalogue, rows, stream(spec.seed, site_id, "stock"), env),
            journal=Journal(
                rows,
                stream(spec.seed, site_id, "journal"),
                env,
                Wording(stream(spec.seed, site_id, "wording")),
            ),
        )
        write_registers(self.site)
        self._start()

    def _start(self) -> None:
        site, env = self.site, self.site.env
        site.stock.open_bags(site.team.engineers)
        calls = CallDesk(site)
        aftermath = Aftermath(site, calls)
        self.lives = Lives(site, Work(site, LoanDesk(site)), calls, aftermath)
        Maintenance(site)
        office = Office(site)
        planted = Planted(site, self.lives)
        if not site.spec.chance:
            planted.start()
        plant(site, self.lives)
        self.demand = Demand(site, self.lives, planted.user_factor)
        for process in (
            site.fleet.months(),
            self.demand.days(),
            self.demand.without_device(),
            site.team.days(),
            site.stock.rounds(site.team.engineers),
            calls.asking(),
            Printing(site).months(),
            office.months(),
            office.hand_over(),
        ):
            env.process(process)

    def run_to(self, instant: int) -> None:
        """Let everything before ``instant`` (seconds since 1970 UTC) happen."""
        if instant > self.site.env.now:
            self.site.env.run(until=instant)


@dataclass
class Simulation:
    """A simulated hospital at an instant (``now``: seconds since 1970 UTC)."""

    spec: DemoSpec
    sites: list[SiteRun]
    now: int

    def rows(self, table: str) -> Iterator[list[Value]]:
        """Yield the rows of a table, columns in the contract's order, instants in seconds."""
        for run in self.sites:
            yield from run.site.rows[table]

    def records(self, table: str) -> Iterator[dict[str, Value]]:
        """Yield the rows of a table as dictionaries."""
        for run in self.sites:
            yield from run.site.rows[table].records()


def site_ids(spec: DemoSpec) -> list[str]:
    """Return the ids of the spec's sites."""
    return [f"H{number + 1:02d}" for number in range(spec.hospitals)]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pause Python's cyclic collector: it would search millions of rows that all stay alive."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def simulate(spec: DemoSpec) -> Simulation:
    """Simulate the period of ``spec``. The same spec gives the same rows, everywhere."""
    runs = []
    with collector_paused():
        for site_id in site_ids(spec):
            run = SiteRun(spec, site_id)
            run.run_to(spec.end)
            runs.append(run)
    return Simulation(spec, runs, spec.end)
