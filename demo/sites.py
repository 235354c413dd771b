"""The sites of a demo store, one after the other, several simulated at a time.

Holds the spreading of sites over processes. Each site has streams of chance of its own, so who
simulates it changes nothing. What a site is lives in ``hospital``, how its rows reach a store in
``store``. Memory is bounded: no more sites are under way than ``PER_WORKER`` for each process, and
a process that has done one is replaced by a fresh one.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from demo.clock import midnight
from demo.dirt import Stain, Stainer
from demo.hospital import SiteRun, collector_paused, site_ids
from demo.manoeuvres import Manoeuvres
from demo.site import Note
from demo.spec import DemoSpec
from demo.tables import Changes
from demo.truth import site_truth

# Finished sites that may wait for the store, for each process.
PER_WORKER = 2
# A hospital-year leaves some hundred megabytes of spent events that only a new process frees.
SITES_PER_PROCESS = 4


@dataclass(frozen=True)
class SiteRows:
    """One site's rows, what is true about it, and what was spoilt on purpose."""

    site_id: str
    changes: list[Changes]
    truth: Note
    stains: list[Stain]


def simulate_site(spec: DemoSpec, site_id: str, until: int, *, has_typed_columns: bool) -> SiteRows:
    """Simulate one site up to ``until`` (seconds since 1970 UTC).

    Args:
        spec: what to simulate; with ``has_dirt`` the rows are spoilt after the simulation.
        site_id: one of the spec's.
        until: end, exclusive.
        has_typed_columns: the store refuses values of another type, so dirt must fit the types.
    """
    with collector_paused():
        run = SiteRun(spec, site_id)
        run.run_to(until)
        played = _played(run) if spec.has_manoeuvres else []
        changes = run.site.rows.take_changes()
        stains: list[Stain] = []
        if spec.has_dirt:
            stainer = Stainer(spec, site_id, until, has_typed_columns=has_typed_columns)
            stainer.spoil(changes)
            stains = stainer.stains
        return SiteRows(site_id, changes, site_truth(run) | {"manoeuvres": played}, stains)


def _played(run: SiteRun) -> list[Note]:
    """Let the site's engineers play in the spec's quarter, each another manoeuvre."""
    site = run.site
    first, end = (midnight(day) for day in site.spec.quarter)
    minutes = {code: family.minutes for code, family in site.catalogue.families.items()}
    play = Manoeuvres(site.rows, site.draws("manoeuvres"), (first, end), minutes)
    return play.plant([engineer.id for engineer in site.team.engineers])


def simulated(spec: DemoSpec, until: int, *, has_typed_columns: bool) -> Iterator[SiteRows]:
    """Yield every site of the spec in order: one in this process, more by a process per core."""
    sites = site_ids(spec)
    workers = min(len(sites), os.cpu_count() or 1)
    if workers == 1:
        for site_id in sites:
            yield simulate_site(spec, site_id, until, has_typed_columns=has_typed_columns)
        return
    # spawned, not forked: the same on every system, and no open store is inherited
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), max_tasks_per_child=SITES_PER_PROCESS
    )
    try:
        waiting: deque[Future[SiteRows]] = deque()
        for site_id in sites:
            if len(waiting) == workers * PER_WORKER:
                yield waiting.popleft().result()
            waiting.append(
                pool.submit(simulate_site, spec, site_id, until,
                            has_typed_columns=has_typed_columns)
            )  # fmt: skip
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
