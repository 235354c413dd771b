"""Everything at once: daemon, Dagster's pages, wall and demo under one parent.

Holds which processes an installation needs, their starting, watching and ending. A child that dies
is started again, later each time it dies; Ctrl-C or SIGTERM ends all of them. What a child does is
its own business; its output goes to a log file of its own.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import FrameType

from config.settings import Settings, ensure_home
from pipelines import cli_output
from pipelines.instance import write_home

DAGSTER_HOST = "127.0.0.1"
DAGSTER_PORT = 3000
POLL_SECONDS = 0.5
GRACE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 60.0
# A child that has run this long is healthy again; its next death is its first.
HEALTHY_SECONDS = 120.0
LOG_BYTES = 10_000_000


@dataclass
class Child:
    """One process to keep alive."""

    name: str
    zh: str
    argv: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: int = 0
    started_at: float = 0.0
    start_again_at: float = field(default=0.0)

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self.process is not None and self.process.poll() is None


def children(settings: Settings) -> list[Child]:
    """Return the processes that one installation needs."""
    python = sys.executable
    code = ["-m", "pipelines.definitions"]
    found = [
        Child(
            "dagster-daemon",
            "定时任务",
            [python, "-m", "dagster._daemon", "run", "--log-level", "warning", *code],
        ),
        Child(
            "dagster-webserver",
            f"任务页面 http://{DAGSTER_HOST}:{DAGSTER_PORT}/",
            [
                *(python, "-m", "dagster_webserver", "-h", DAGSTER_HOST),
                *("-p", str(DAGSTER_PORT), "--dagster-log-level", "warning", *code),
            ],
        ),
        Child(
            "wall",
            f"大屏 http://{settings.wall.host}:{settings.wall.port}/",
            [python, "-m", "pipelines.cli", "serve"],
        ),
    ]
    if settings.is_embedded_demo:
        live = [python, "-m", "pipelines.cli", "demo", "live"]
        found.append(Child("demo-live", "演示工单", live))
    return found


def supervise(settings: Settings, wanted: Sequence[Child] | None = None) -> None:
    """Start every child and keep it alive until SIGINT or SIGTERM, then end all of them.

    Args:
        settings: the installation.
        wanted: the children; those of the installation unless told otherwise.
    """
    ensure_home(settings)
    environment = {**os.environ, "DAGSTER_HOME": str(write_home(settings))}
    family = list(children(settings) if wanted is None else wanted)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for child in family:
            _start(child, settings.logs_dir, environment)
            cli_output.out().print(f"已启动 {child.name}:{child.zh}", markup=False)
        cli_output.out().print("按 Ctrl-C 全部停止。 Ctrl-C stops everything.", markup=False)
        while not stop.wait(POLL_SECONDS):
            for child in family:
                _revive(child, settings.logs_dir, environment)
    finally:
        _end_all(family)
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(child: Child, logs: Path, environment: dict[str, str]) -> None:
    file = logs / f"{child.name}.log"
    if file.exists() and file.stat().st_size > LOG_BYTES:
        file.replace(file.with_suffix(".old.log"))
    with file.open("ab") as log:
        child.process = subprocess.Popen(  # noqa: S603 - our own fixed commands
            list(child.argv),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    child.started_at = monotonic()
    child.start_again_at = 0.0


def _revive(child: Child, logs: Path, environment: dict[str, str]) -> None:
    """Start a dead child again: at once the first time, then after 1, 2, 4 … seconds."""
    if child.is_alive:
        return
    now = monotonic()
    if not child.start_again_at:
        child.deaths = 1 if now - child.started_at > HEALTHY_SECONDS else child.deaths + 1
        pause = min(2.0 ** (child.deaths - 2), LONGEST_PAUSE_SECONDS) if child.deaths > 1 else 0.0
        child.start_again_at = now + pause
        code = child.process.returncode if child.process else None
        cli_output.err().print(
            f"{child.name} 已退出(代码 {code}),{pause:.0f} 秒后重新启动;日志见 "
            f"{logs / child.name}.log。",
            markup=False,
        )
    if now >= child.start_again_at:
        _start(child, logs, environment)


def _end_all(family: Sequence[Child]) -> None:
    cli_output.out().print("正在停止…… Stopping…", markup=False)
    living = [child.process for child in family if child.process and child.is_alive]
    for process in living:
        _signal_group(process, signal.SIGTERM)
    deadline = monotonic() + GRACE_SECONDS
    for process in living:
        try:
            process.wait(max(0.1, deadline - monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # what the child itself started, such as a run of the daemon, ends with it
        _signal_group(process, signal.SIGKILL)
    cli_output.out().print("已全部停止。 All stopped.", markup=False)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a child and all that it started; each child leads a session of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
