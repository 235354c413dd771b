"""Twenty walls and fifty readers at once: how long answers take, how much the server holds.

Serves a snapshot as an installation does, with people of every role signed in, and lets locust ask
from one core. Run through `python -m benchmarks load`; `OPSPULSE_LOAD_HOME` names the home whose
snapshot is served (by default a demo is made), `OPSPULSE_LOAD_SECONDS` for how long.
"""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assets import snapshots
from assets.identity import screens
from assets.identity.users import User
from benchmarks.accounts import session_of
from benchmarks.report import Result
from benchmarks.wall_latency import free_port
from config.settings import Settings, SourceSettings, ensure_home
from dashboards.pages.app import PAGES

WALLS, PEOPLE, POLL_SECONDS, THINK_SECONDS = 20, 50, 10, 5
SECONDS = 120
WALL_MS, PAGE_MS, MEMORY_MIB, REFRESH_KB = 100, 300, 1024, 50
_ROLES = ("head", "head", "finance", "engineer", "engineer", "qcc", "department", "department")
_CODES = {"engineer": "engineer_id", "department": "department_id"}
_WARM_SECONDS = 15
_STARTED_IN_SECONDS = 120
_PEOPLE_FILE = Path(__file__).with_name("load_people.py")


def measure(repeats: int) -> list[Result]:
    """Return the four figures of one run, whatever the repeats."""
    del repeats
    with tempfile.TemporaryDirectory(prefix="opspulse-load-") as name:
        folder = Path(name)
        settings = _home(folder)
        plan = _plan(settings, folder)
        with _served(settings, folder) as (address, process):
            _ask(address, folder, plan)
            memory = _peak_mib(process.pid)
        noted = json.loads((folder / "noted.json").read_text(encoding="utf-8"))
    return _judged(noted, memory)


def _home(folder: Path) -> Settings:
    """Return settings of a home of its own with the snapshots of the one asked for."""
    given = os.environ.get("OPSPULSE_LOAD_HOME")
    source = SourceSettings(url=f"sqlite:///{folder / 'store.sqlite'}")  # type: ignore[arg-type]
    settings = Settings(home=folder / "home", sources=(source,))
    ensure_home(settings)
    if given:
        for place in (settings.snapshots_dir, settings.live_dir):
            theirs = Path(given).resolve() / place.name
            if theirs.exists():
                place.rmdir()
                place.symlink_to(theirs)
        return settings
    opspulse = [sys.executable, "-m", "pipelines.cli"]
    url = source.url.get_secret_value()
    for command in (["demo", "create", "--to", url], ["run"]):
        subprocess.run([*opspulse, *command], check=True, capture_output=True,
                       env=_environment(settings, folder))  # fmt: skip
    return settings


def _environment(settings: Settings, folder: Path, **more: str) -> dict[str, str]:
    store = f"sqlite:///{folder / 'store.sqlite'}"
    known = {"OPSPULSE_HOME": str(settings.home), "OPSPULSE_SOURCE_URL": store}
    return os.environ | known | more


def _plan(settings: Settings, folder: Path) -> Path:
    """Write down who asks for what: sessions of fifty people, each with the pages of their role."""
    snapshot = snapshots.current(settings)
    if snapshot is None:
        raise SystemExit("这个目录没有快照。 There is no snapshot in this home.")
    with snapshots.opened(snapshot, settings) as con:
        codes = {
            role: [row[0] for row in con.execute(
                f"select {column} from kpi.fact_tickets where {column} is not null "
                f"group by 1 order by count(*) desc, 1 limit {PEOPLE}").fetchall()]
            for role, column in _CODES.items()
        }  # fmt: skip
        [devices] = [[row[0] for row in con.execute(
            "select asset_id from kpi.fact_failures where asset_id is not null "
            "group by 1 order by count(*) desc, 1 limit 20").fetchall()]]  # fmt: skip
        month = f"?month={snapshot.as_of.replace(day=1):%Y-%m}"
    people = [_signed_in(settings, number, codes, devices, month) for number in range(PEOPLE)]
    plan = {
        "walls": WALLS, "people": PEOPLE, "poll_seconds": POLL_SECONDS,
        "think_seconds": THINK_SECONDS, "sessions": people, "noted": str(folder / "noted.json"),
        "screen": screens.local_token(settings.users_path),
    }  # fmt: skip
    path = folder / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    return path


def _signed_in(
    settings: Settings, number: int, codes: dict[str, list[str]], devices: list[str], month: str
) -> dict[str, Any]:
    role = _ROLES[number % len(_ROLES)]
    own: dict[str, Any] = {}
    if role in _CODES:
        own = {_CODES[role]: codes[role][number % len(codes[role])]}
    login = f"reader{number}"
    token, csrf = session_of(settings, User(login, role, login, **own))
    pages = [(page.PATH, month) for page in PAGES if role in page.ROLES]
    pages = [one for one in pages if one[0] not in ("/asset", "/ticket", "/kpi", "/department")]
    pages += [(f"/kpi/{name}", month) for name in ("reports", "restore_time", "report_rate")]
    if role == "department":
        pages = [(f"/department/{own['department_id']}", month), *pages[:1], *pages[-3:]]
    elif role != "finance":
        pages += [(f"/asset/{device}", "") for device in devices[number % 20 : number % 20 + 2]]
    return {"token": token, "csrf": csrf, "pages": pages}


@contextmanager
def _served(settings: Settings, folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Run `opspulse serve`; yield its address and process."""
    port = free_port()
    environment = _environment(settings, folder, OPSPULSE_WALL_PORT=str(port))
    command = [sys.executable, "-m", "pipelines.cli", "serve"]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            _await(port)
            yield address, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _await(port: int) -> None:
    """Wait until the server says that it is well."""
    until = time.monotonic() + _STARTED_IN_SECONDS
    while True:
        try:
            server = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            server.request("GET", "/_health")
            server.getresponse()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _ask(address: str, folder: Path, plan: Path) -> None:
    """Let everybody come within some seconds and ask for as long as is wanted."""
    seconds = int(os.environ.get("OPSPULSE_LOAD_SECONDS", SECONDS)) + _WARM_SECONDS
    command = [
        sys.executable, "-m", "locust", "-f", str(_PEOPLE_FILE), "--headless", "--host", address,
        "--users", str(WALLS + PEOPLE), "--spawn-rate", str(WALLS + PEOPLE),
        "--run-time", f"{seconds}s", "--only-summary", "--exit-code-on-error", "0",
    ]  # fmt: skip
    environment = os.environ | {"OPSPULSE_LOAD_PLAN": str(plan)}
    subprocess.run(command, check=True, env=environment, cwd=folder)


def _peak_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("no peak of memory in /proc")


def _judged(noted: list[list[Any]], memory: float) -> list[Result]:
    """Return the figures; answers of the first seconds, while caches fill, are not among them."""
    wrong = [one for one in noted if one[3]]
    if wrong:
        raise SystemExit(f"{len(wrong)} of {len(noted)} answers went wrong: {wrong[:3]}")
    begun = min(one[4] for one in noted) + _WARM_SECONDS
    late = [one for one in noted if one[4] >= begun]
    waits = {kind: sorted(one[1] for one in late if one[0] == kind) for kind in ("wall", "page")}
    sizes = [one[2] / 1000 for one in noted if one[0] == "wall"]
    who = f"{WALLS} walls and {PEOPLE} readers"
    results = [
        Result(f"wall poll, p95, {who}", _p95(waits["wall"]), WALL_MS, "ms", waits["wall"]),
        Result(f"page, p95, {who}", _p95(waits["page"]), PAGE_MS, "ms", waits["page"]),
        Result(f"memory of the server, {who}", memory, MEMORY_MIB, "MiB", [memory]),
        Result("transfer of a refresh of the wall, largest", max(sizes), REFRESH_KB, "kB", sizes),
    ]
    for result in results:
        print(result.line(), flush=True)
    return results


def _p95(waits: list[float]) -> float:
    return waits[-(-95 * len(waits) // 100) - 1]
