"""Everything at once: daemon, Dagster's pages, wall and demo under one parent.

Holds which processes an installation needs, their starting, watching and ending. A child that dies
is started again, later each time it dies; Ctrl-C or SIGTERM ends all of them. What a child does is
its own business; its output goes to a log file of its own.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import FrameType

from config.errors import ConfigError
from config.settings import TASKS_PORT, WALL_PORT, Settings, ensure_home, port_remedy
from pipelines import cli_output
from pipelines.instance import write_home

DAGSTER_HOST = "127.0.0.1"
POLL_SECONDS = 0.5
GRACE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 60.0
# A child that has run this long is healthy again; its next death is its first.
HEALTHY_SECONDS = 120.0
LOG_BYTES = 10_000_000
# How much of a dead child's last words is told: a problem and its remedy.
TOLD_LINES = 2
TOLD_BYTES = 4_000


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
    # Where its words begin in the log file, which keeps those of its former lives.
    log_from: int = 0

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
            f"任务页面 http://{DAGSTER_HOST}:{settings.tasks.port}/",
            [
                *(python, "-m", "dagster_webserver", "-h", DAGSTER_HOST),
                *("-p", str(settings.tasks.port), "--dagster-log-level", "warning", *code),
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


def refuse_taken_ports(settings: Settings) -> None:
    """Refuse to start where another program holds a port that a child needs.

    Raises:
        ConfigError: names the port and what to do.
    """
    wanted = (
        (settings.wall.host, settings.wall.port, "大屏", WALL_PORT, "wall.port"),
        (DAGSTER_HOST, settings.tasks.port, "任务页面", TASKS_PORT, "tasks.port"),
    )
    for host, port, zh, variable, entry in wanted:
        if _is_taken(host, port):
            raise ConfigError(
                f"端口 {port} 已被占用或无权使用,{zh}无法启动。",
                port_remedy(settings, variable, entry),
            )


def _is_taken(host: str, port: int) -> bool:
    """Tell whether the port cannot be held; another fault of the address is the child's to tell."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            # As the servers do: a port whose last connections are still dying is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno in (errno.EADDRINUSE, errno.EACCES)
    return False


def supervise(settings: Settings, wanted: Sequence[Child] | None = None) -> None:
    """Start every child and keep it alive until SIGINT or SIGTERM, then end all of them.

    Args:
        settings: the installation.
        wanted: the children; those of the installation unless told otherwise.

    Raises:
        ConfigError: a port is taken, or the home cannot be written.
    """
    ensure_home(settings)
    if wanted is None:
        refuse_taken_ports(settings)
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
    child.log_from = file.stat().st_size if file.exists() else 0
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
        file = logs / f"{child.name}.log"
        reason = _last_words(file, child.log_from)
        cli_output.err().print(
            f"{child.name} 已退出(代码 {code}){':' if reason else ''}{reason}"
            f"{' ' if reason else ','}{pause:.0f} 秒后重新启动;日志见 {file}。",
            markup=False,
        )
    if now >= child.start_again_at:
        _start(child, logs, environment)


def _last_words(file: Path, start: int) -> str:
    """Return what a child said last in this life: its problem and remedy, or a crash's last line.

    Args:
        file: the child's log.
        start: where this life's words begin, in bytes.
    """
    try:
        with file.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(start, size - TOLD_BYTES))
            text = log.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    is_crash = any(line.startswith("Traceback ") for line in lines)
    return " ".join(lines[-1:] if is_crash else lines[-TOLD_LINES:])


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
