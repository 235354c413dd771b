"""Two hundred mutated exports: read to the last row or refused in a sentence, in bounded memory.

Holds what must hold for each file, and the proof. The reading runs in one child process per batch
with its peak memory measured, so that a file that asks for more memory fails loudly.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from assets import warehouse
from assets.pull import balance_errors, pull
from assets.sources.files.accounts import fresh
from benchmarks.memory import peak_mib
from benchmarks.mutations import Case, cases
from benchmarks.proofs import ROOT, Proof
from config.errors import OpsPulseError
from config.settings import Settings, SourceSettings, ensure_home

SEED = 2026
CASES = 200
# Memory of the reading process: DuckDB is given 600 MB of it.
MOST_MIB = 1200
_MAPPING = """
tables:
  tickets:
    columns: {ticket_id: 工单号, title: 故障描述, department_id: 报修科室, reported_at: 报修时间}
  ticket_costs:
    columns: {cost_id: 工单号, ticket_id: 工单号, amount_cny: 费用}
time_columns:
  ticket_id: 工单号
  engineer: 维修人
  events: {reported: 报修时间, accepted: 接单时间, restored: 完成时间}
"""


@dataclass(frozen=True)
class Outcome:
    """How one file ended; ``problem`` is empty if all that must hold does."""

    number: int
    kind: str
    is_read: bool
    said: str
    problem: str


def outcome(case: Case, home: Path) -> Outcome:
    """Pull one file into a fresh warehouse."""
    mapping = home / "mapping.yml"
    home.mkdir(parents=True, exist_ok=True)
    mapping.write_text(_MAPPING, encoding="utf-8")
    source = SourceSettings(system="files", url=SecretStr(str(case.path)), mapping=mapping)
    settings = Settings(home=home / "home", sources=(source,), memory_limit="600MB")
    ensure_home(settings)
    con = warehouse.connect(settings.warehouse_path, settings)
    try:
        report = pull(con, settings)
    except OpsPulseError as error:
        return Outcome(case.number, case.kind, False, str(error), "")
    except Exception as error:  # noqa: BLE001 - that is what must not happen
        return Outcome(case.number, case.kind, False, "", f"{type(error).__name__}: {error}"[:500])
    else:
        account = fresh(con, "main")[0]
        load = next(one for one in report.loads if one.table == "tickets")
        # Copies of a row within one load are counted as present, not as lost.
        found = account.found - account.blank
        problem = "; ".join(balance_errors(con, report.load_id))
        if case.rows is not None and found != case.rows:
            problem += f"; {case.rows} rows in the file, {found} found"
        if load.pulled != account.kept or account.kept != found - account.headers:
            problem += f"; {found} rows found, {load.pulled} pulled"
        return Outcome(case.number, case.kind, True, "", problem.strip("; "))
    finally:
        con.close()


def run_batch(seed: int, count: int) -> None:
    """In the child: examine the files and print one JSON line each, then the peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(Path(folder), seed, count):
            with tempfile.TemporaryDirectory() as home:
                print(json.dumps(vars(outcome(case, Path(home)))), flush=True)
            case.path.unlink()
    print(peak_mib())


def measure(seed: int, count: int) -> tuple[list[Outcome], float]:
    """Examine the files in a child; return the outcomes and its peak memory in MiB."""
    command = [sys.executable, "-m", "benchmarks.mutated_files", str(seed), str(count)]
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    *lines, peak = done.stdout.splitlines()
    return [Outcome(**json.loads(line)) for line in lines], float(peak)


def prove() -> list[Proof]:
    """The proof over all files."""
    outcomes, peak = measure(SEED, CASES)
    bad = [one for one in outcomes if one.problem]
    for one in bad:
        print(f"{one.number} {one.kind}: {one.problem}", flush=True)
    read = sum(one.is_read for one in outcomes)
    result = (
        f"{read} read with every row accounted for, {len(outcomes) - read} refused in a sentence, "
        f"{len(bad)} otherwise; peak {peak:.0f} MiB"
    )
    holds = not bad and len(outcomes) == CASES and peak <= MOST_MIB
    return [
        Proof(
            "mutated files: no traceback, no lost row, bounded memory",
            f"all, ≤ {MOST_MIB} MiB",
            str(SEED),
            CASES,
            result,
            holds,
            ("assets/sources/files",),
        )
    ]


if __name__ == "__main__":
    run_batch(int(sys.argv[1]), int(sys.argv[2]))
