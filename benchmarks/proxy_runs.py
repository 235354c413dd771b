"""Pulls through a proxy that spoils the connection: done or refused in words, never half.

Holds one run (a change at the source, a fault, a pull), the judgement on it, and the proof: every
run ended done or with a typed error, and raw is as some completed pull left it. `make verify-proxy`
does a hundred of them, the tests three to each server.
"""

import hashlib
import logging
import os
import random
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql
from pydantic import SecretStr

from assets import warehouse
from assets.pull import pull
from assets.sources.contract import tables
from benchmarks.fault_proxy import FaultProxy, between, random_fault
from benchmarks.proofs import Proof
from config.errors import OpsPulseError, SourceError, StateError
from config.settings import Settings, SourceSettings, ensure_home

RUNS = 100
SEED = 2026
SERVERS = {
    "PostgreSQL": os.environ.get("OPSPULSE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432"),
    "MariaDB": os.environ.get("OPSPULSE_TEST_MARIADB", "mysql://root@127.0.0.1:3306"),
}
TICKETS = 4000
TIMEOUT_SECONDS = 3
# Nobody waits longer than this for a run, whatever the network does.
LONGEST_SECONDS = 60.0
_COLUMNS = "site_id, ticket_id, title, reported_at, updated_at"


@dataclass(frozen=True)
class Outcome:
    """One run: the fault, how the pull ended, and what was wrong about it, if anything."""

    fault: str
    ended: str
    seconds: float
    wrong: str = ""


class Hospital:
    """A store of tickets that lives on between runs, and one warehouse that pulls it by a proxy."""

    def __init__(self, execute: Callable[[str], Any], kind: str) -> None:
        """Create the tables.

        Args:
            execute: runs one statement in the store, and commits it.
            kind: ``postgres`` or ``mysql``.
        """
        self._execute = execute
        self._count = 0
        text = "text" if kind == "postgres" else "varchar(190)"
        moment = "timestamptz" if kind == "postgres" else "datetime"
        execute(
            f"create table tickets (site_id {text}, ticket_id {text}, title {text}, "
            f"reported_at {moment}, updated_at {moment})"
        )
        execute(f"create table departments (site_id {text}, department_id {text}, name {text})")
        self.grow(TICKETS)

    def grow(self, count: int) -> None:
        """Add tickets and a department; change and delete some."""
        first = self._count + 1
        self._count += count
        rows = ", ".join(
            f"('main', 'T{n}', '打印机反复卡纸,请尽快到场处理,编号 {n}', "
            f"'2026-03-01 08:00:00', '2026-03-{1 + n % 28:02d} 08:00:00')"
            for n in range(first, self._count + 1)
        )
        self._execute(f"insert into tickets ({_COLUMNS}) values {rows}")
        self._execute(f"insert into departments values ('main', 'D{self._count}', '科室')")
        if first > 1:
            self._execute(f"delete from tickets where ticket_id = 'T{first - 1}'")
            self._execute(
                f"update tickets set title = '已换硒鼓 {first}', "
                f"updated_at = '2026-03-28 09:00:00' where ticket_id = 'T{first - 2}'"
            )


def contents(settings: Settings) -> str:
    """Return a hash of every raw table's rows, without the books of the loads."""
    con = warehouse.connect(settings.warehouse_path, settings)
    digest = hashlib.sha256()
    try:
        for name in ("tickets", "departments"):
            columns = ", ".join(tables()[name].column_names)
            sql = f"select {columns}, _is_deleted from raw.{name} order by all"
            digest.update(repr(con.execute(sql).fetchall()).encode())
    finally:
        con.close()
    return digest.hexdigest()


def run(
    settings: Settings, proxy: FaultProxy, generator: random.Random, most_bytes: int
) -> Outcome:
    """Pull once through a random fault and judge what it left behind."""
    fault = random_fault(generator, most_bytes)
    words = f"{fault.kind} after {fault.after} bytes, {fault.times} times"
    before = contents(settings)
    proxy.set(fault)
    started = time.monotonic()
    ended, wrong = "done", ""
    con = warehouse.connect(settings.warehouse_path, settings)
    try:
        pull(con, settings, full=generator.random() < 0.5)  # noqa: PLR2004 - half of them whole
    except (SourceError, StateError) as error:
        ended = type(error).__name__
    except OpsPulseError as error:
        ended, wrong = type(error).__name__, f"refused for another reason: {error}"
    except Exception as error:  # noqa: BLE001 - the very thing that must not happen
        ended, wrong = type(error).__name__, f"no typed error: {str(error)[:300]}"
    finally:
        con.close()
    seconds = time.monotonic() - started
    proxy.set(type(fault)())
    after = contents(settings)
    if not wrong and seconds > LONGEST_SECONDS:
        wrong = f"took {seconds:.0f} s"
    if not wrong and ended != "done" and after != before:
        wrong = "refused, but raw has changed"
    if not wrong and ended == "done" and after != _undisturbed(settings):
        wrong = "done, but raw is not what the source has"
    return Outcome(words, ended, seconds, wrong)


def _undisturbed(settings: Settings) -> str:
    """Return the contents after one more pull through a sound connection: nothing may change."""
    con = warehouse.connect(settings.warehouse_path, settings)
    try:
        pull(con, settings, full=True)
    finally:
        con.close()
    return contents(settings)


def runs(url: str, folder: Path, count: int, seed: int) -> list[Outcome]:
    """Do so many runs against one fresh, empty database."""
    generator = random.Random(seed)  # noqa: S311 - faults to repeat, not secrets
    logging.getLogger("opspulse.sources").setLevel(logging.ERROR)
    kind = "postgres" if url.startswith("postgres") else "mysql"
    found = []
    with between(url) as (proxy, through):
        source = SourceSettings(url=SecretStr(through), timeout_seconds=TIMEOUT_SECONDS, retries=1)
        settings = Settings(home=folder, sources=(source,))
        ensure_home(settings)
        hospital = Hospital(_statements(url), kind)
        _undisturbed(settings)
        most = max(proxy.passed, 2)
        for number in range(count):
            hospital.grow(20)
            found.append(run(settings, proxy, generator, most))
            print(f"{kind} {number + 1}: {found[-1]}", flush=True)
    return found


def _statements(url: str) -> Callable[[str], Any]:
    """Return what runs one statement in the store, past the proxy."""
    if url.startswith("postgres"):
        return psycopg.connect(url, autocommit=True).execute
    parts = urlsplit(url)
    con = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username or "root",
        password=parts.password or "",
        database=parts.path.strip("/"),
        autocommit=True,
    )
    return con.cursor().execute


@contextmanager
def _fresh(server: str) -> Iterator[str]:
    """Create a database on a server, yield its URL, drop it."""
    name = f"opspulse_proxy_{uuid.uuid4().hex[:12]}"
    is_postgres = server.startswith("postgres")
    execute = _statements(f"{server}/{'postgres' if is_postgres else 'mysql'}")
    execute(f"create database {name}" + ("" if is_postgres else " character set utf8mb4"))
    try:
        yield f"{server}/{name}"
    finally:
        execute(f"drop database {name}" + (" with (force)" if is_postgres else ""))


def prove() -> list[Proof]:
    """Do the runs against both servers and return what they prove."""
    proofs = []
    for words, server in SERVERS.items():
        with tempfile.TemporaryDirectory() as home, _fresh(server.rstrip("/")) as url:
            found = runs(url, Path(home), RUNS // len(SERVERS), SEED)
        wrong = [one for one in found if one.wrong]
        ends = ", ".join(f"{n} {end}" for end, n in Counter(o.ended for o in found).most_common())
        proofs.append(
            Proof(
                f"pulls from {words} through a proxy that delays, cuts, resets, refuses, stalls",
                "done or a typed error, raw as a completed pull left it",
                str(SEED),
                len(found),
                f"{len(found) - len(wrong)} of {len(found)} ({ends})",
                not wrong,
                ("config", "assets"),
            )
        )
    return proofs
