"""An xlsx export of 100,000 tickets, from the file to raw: seconds and peak memory.

Holds the making of the workbook and the child process in which the pull runs, so that peak memory
is that of one pull. Run through `python -m benchmarks files`.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
from pydantic import SecretStr

from assets import warehouse
from assets.pull import pull
from benchmarks.report import Result, median
from config.settings import Settings, SourceSettings, ensure_home

ROWS = 100_000
_HEADER = ["工单号", "故障描述", "级别", "报修科室", "报修时间", "派单时间", "接单时间", "到场时间",
           "完成时间", "验收时间", "维修人", "费用"]  # fmt: skip
_START = datetime(2026, 1, 1)  # noqa: DTZ001 - a wall clock in a file
_MAPPING = """
tables:
  tickets:
    skip_rows: 1
    columns:
      ticket_id: 工单号
      title: 故障描述
      priority: {from: 级别, values: {一般: P3}}
      department_id: 报修科室
      reported_at: 报修时间
time_columns:
  skip_rows: 1
  ticket_id: 工单号
  engineer: 维修人
  events:
    {reported: 报修时间, dispatched: 派单时间, accepted: 接单时间, arrived: 到场时间,
     restored: 完成时间, verified: 验收时间}
"""


def make(path: Path) -> None:
    """Write the workbook: a title, a header of twelve columns, native dates."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("工单")
    sheet.append(["某医院报修明细"])
    sheet.append(_HEADER)
    for number in range(ROWS):
        at = _START + timedelta(minutes=number)
        times = [at + timedelta(minutes=m) for m in (0, 2, 5, 15, 95, 195)]
        sheet.append(
            [f"{number:06}", f"打印机卡纸 {number % 977}", "一般", f"科室{number % 60}", *times,
             f"工程师{number % 30}", number % 500 + 0.5]
        )  # fmt: skip
    book.save(path)


def run_child(path: str) -> None:
    """In the child: pull the workbook into a fresh warehouse and print the figures."""
    with tempfile.TemporaryDirectory() as name:
        mapping = Path(name) / "mapping.yml"
        mapping.write_text(_MAPPING, encoding="utf-8")
        source = SourceSettings(system="files", url=SecretStr(path), mapping=mapping)
        settings = Settings(home=Path(name) / "home", sources=(source,))
        ensure_home(settings)
        con = warehouse.connect(settings.warehouse_path, settings)
        started = time.perf_counter()
        report = pull(con, settings)
        seconds = time.perf_counter() - started
        con.close()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    accepted = {one.table: one.accepted for one in report.loads}
    figures = {"seconds": seconds, "gib": usage.ru_maxrss / 1024 / 1024,
               "cpu": usage.ru_utime + usage.ru_stime, "tickets": accepted["tickets"]}  # fmt: skip
    print(json.dumps(figures))


def measure(repeats: int) -> list[Result]:
    """Pull the same workbook several times, each in a process of its own."""
    seconds, memory = [], []
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "export.xlsx"
        make(path)
        for number in range(repeats):
            command = [sys.executable, "-m", "benchmarks.files", str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            figures = json.loads(done.stdout)
            print(f"run {number + 1}: {figures}", flush=True)
            seconds.append(figures["seconds"])
            memory.append(figures["gib"])
    return [
        median("xlsx of 100 000 tickets with 6 times each: file to raw", 10.0, "s", seconds),
        median("xlsx of 100 000 tickets: peak memory of the pull", 1.0, "GiB", memory),
    ]


if __name__ == "__main__":
    run_child(sys.argv[1])
