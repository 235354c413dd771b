"""Pulling a million tickets from MariaDB against its own client, which reads the same to nowhere.

Holds the data set, the peer (`mariadb --quick` to /dev/null) and the child process in which our
transfer into staging runs. Run through `python -m benchmarks mariadb`.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pymysql

from benchmarks.pull_postgres import child
from benchmarks.report import Result, median

ROWS = 1_000_000
BAR = 1.6
SERVER = os.environ.get("OPSPULSE_TEST_MARIADB", "mysql://root@127.0.0.1:3306").rstrip("/")
DATABASE = "opspulse_bench"
# Ten columns, as a ticket system has them: keys, words, codes, a flag, two times.
_COLUMNS = {
    "site_id": ("varchar(20)", "'H1'"),
    "ticket_id": ("varchar(20)", "concat('T', seq)"),
    "ticket_no": ("varchar(20)", "lpad(seq, 20, '0')"),
    "title": ("varchar(100)", "concat('打印机卡纸 ', seq % 1000)"),
    "description": ("text", "concat('门诊收费处打印机反复卡纸,已重启仍未恢复,编号 ', seq % 5000)"),
    "priority": ("varchar(4)", "concat('P', 1 + seq % 5)"),
    "department_id": ("varchar(20)", "concat('D', seq % 60)"),
    "is_onsite_required": ("tinyint(1)", "seq % 2"),
    "reported_at": ("datetime", "cast('2024-01-01' as datetime) + interval seq * 20 second"),
    "updated_at": ("datetime", "cast('2024-01-01' as datetime) + interval seq * 20 second"),
}


@contextmanager
def filled_database() -> Iterator[str]:
    """Create the database with the tickets, yield its URL, drop it."""
    parts = urlsplit(SERVER)
    con = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username or "root",
        password=parts.password or "",
        autocommit=True,
    )
    spec = ", ".join(f"{name} {kind}" for name, (kind, _) in _COLUMNS.items())
    values = ", ".join(value for _, value in _COLUMNS.values())
    with con, con.cursor() as cursor:
        cursor.execute(f"drop database if exists {DATABASE}")
        cursor.execute(f"create database {DATABASE} character set utf8mb4")
        con.select_db(DATABASE)
        try:
            cursor.execute(f"create table {DATABASE}.tickets ({spec}, index (updated_at))")
            cursor.execute(f"insert into {DATABASE}.tickets select {values} from seq_1_to_{ROWS}")
            yield f"{SERVER}/{DATABASE}"
        finally:
            cursor.execute(f"drop database {DATABASE}")


def client_seconds() -> float:
    """The peer: MariaDB's own client reads the same columns, unbuffered, to /dev/null."""
    parts = urlsplit(SERVER)
    names = ", ".join(_COLUMNS)
    command = [
        "mariadb", "--quick", "--skip-column-names", "--default-character-set=utf8mb4",
        f"--host={parts.hostname}", f"--port={parts.port or 3306}",
        f"--user={parts.username or 'root'}", DATABASE, "-e", f"select {names} from tickets",
    ]  # fmt: skip
    environment = os.environ | ({"MYSQL_PWD": parts.password} if parts.password else {})
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - started


def measure(repeats: int) -> list[Result]:
    """Interleave peer and ours; return the ratio of the transfers."""
    ratios = []
    with filled_database() as url:
        client_seconds()
        for number in range(repeats):
            peer, ours = client_seconds(), child(url, "transfer")
            print(f"run {number + 1}: client {peer:.2f} s, transfer {ours}", flush=True)
            ratios.append(ours["seconds"] / peer)
    what = f"{ROWS / 1_000_000:g} M MariaDB tickets × {len(_COLUMNS)} columns: transfer ÷ client"
    return [median(what, BAR, "×", ratios)]
