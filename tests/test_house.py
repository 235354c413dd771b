"""The house keeps its own rules: layout, locks, packaging, import directions, the two commands.

Holds what is true of the repository as a whole. What a room does is tested in the room's own file.
"""

import http.server
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, PageWatch
from playwright.sync_api import Browser

from assets.pull import pull
from assets.warehouse import connect
from config.settings import ensure_home, load_settings

GIVEN_NAMES = {"pipelines", "assets", "dashboards", "exports", "data_checks", "tests"}
OUR_NAMES = {*GIVEN_NAMES, "config", "demo", "benchmarks"}
ROOT_NAMES = {
    *OUR_NAMES,
    "docs",
    "pyproject.toml",
    "workspace.yaml",
    "Makefile",
    "README.md",
    "README.zh-CN.md",
    "CHANGELOG.md",
    "LICENSE",
    "requirements.in",
    "requirements.lock",
    "requirements-dev.in",
    "requirements-dev.lock",
    ".ci",
    ".env.example",
    ".gitignore",
    ".pre-commit-config.yaml",
}
LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True
    )
    return [Path(name) for name in listed.stdout.split("\0") if name]


def test_nothing_stands_at_the_top_level_beyond_the_plan(tracked: list[Path]) -> None:
    assert {path.parts[0] for path in tracked} - ROOT_NAMES == set()


def test_tests_is_no_package() -> None:
    assert not (ROOT / "tests" / "__init__.py").exists()


def test_no_other_distribution_owns_one_of_our_top_level_names() -> None:
    owners = packages_distributions()
    foreign = {
        name: sorted(set(owners[name]) - {"opspulse"})
        for name in sorted(OUR_NAMES & owners.keys())
        if set(owners[name]) - {"opspulse"}
    }
    assert foreign == {}


def test_workspace_and_dg_name_the_same_module(project: dict[str, Any]) -> None:
    workspace = yaml.safe_load((ROOT / "workspace.yaml").read_text(encoding="utf-8"))
    named = [entry["python_module"]["module_name"] for entry in workspace["load_from"]]
    assert named == [project["tool"]["dg"]["project"]["code_location_target_module"]]


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_version_and_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.replace("\\\n", " ").strip())
    bare = [line for line in entries if "==" not in line or "--hash=sha256:" not in line]
    assert len(entries) > 20
    assert bare == []
    assert re.findall(r"https?://|index-url|find-links| @ ", text) == []


def _asked_for(name: str) -> set[str]:
    """Return the packages that a requirements file names."""
    return {
        re.split(r"[\[=<>~ ]", line)[0].lower().replace("_", "-")
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "-"))
    }


def test_what_we_ask_for_is_what_is_locked() -> None:
    for wanted, locked in (
        ("requirements.in", "requirements.lock"),
        ("requirements-dev.in", "requirements-dev.lock"),
    ):
        asked = _asked_for(wanted)
        text = (ROOT / locked).read_text(encoding="utf-8")
        assert asked - set(re.findall(r"^([a-z0-9.-]+)(?:\[|==)", text, re.M)) == set()


def test_the_two_locks_agree_on_shared_packages() -> None:
    run, dev = (
        dict(re.findall(r"^([a-z0-9.-]+)(?:\[.*?\])?==([^ ;]+)$", _pins(name), re.M))
        for name in LOCKS
    )
    assert {
        name: (run[name], dev[name]) for name in run.keys() & dev.keys() if run[name] != dev[name]
    } == {}


def _pins(name: str) -> str:
    """Return the lock's pins without hashes and markers that split one package in two."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line.removesuffix(" \\") for line in lines if "==" in line and ";" not in line)


def test_the_wheel_ships_every_file_of_the_rooms_and_nothing_else(
    tracked: list[Path], tmp_path: Path
) -> None:
    rooms = OUR_NAMES - {"tests", "benchmarks"}
    ours = {path.as_posix() for path in tracked if path.parts[0] in rooms and path.suffix != ".md"}
    for name in (*ours, "pyproject.toml", "requirements.in"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    building = [
        "-m",
        "pip",
        "wheel",
        "-q",
        ".",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        "out",
    ]
    subprocess.run([sys.executable, *building], cwd=tmp_path, capture_output=True, check=True)
    (wheel,) = (tmp_path / "out").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == ours


def test_import_directions_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def _make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.M)) | {
        f"verify-{shard}" for shard in re.findall(r"^SHARDS := (.*)$", text, re.M)[0].split()
    }


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "docs/user-guide.zh-CN.md"])
def test_every_make_command_in_the_documents_exists(name: str) -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)", (ROOT / name).read_text(encoding="utf-8")))
    assert {"run", "test"} & named
    assert named - _make_targets() == set()


def test_every_make_target_answers_in_both_languages() -> None:
    done = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("  make ")]
    assert len(lines) >= 8
    assert [line for line in lines if " · " not in line] == []


def test_ci_runs_make_test_and_can_be_executed() -> None:
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert script.stat().st_mode & 0o111
    assert "set -euo pipefail" in text
    assert "export CI=true" in text
    assert text.rstrip().endswith("make test")


def test_links_between_documents_lead_somewhere(tracked: list[Path]) -> None:
    broken = []
    for path in tracked:
        if path.suffix != ".md":
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in target and not (ROOT / path.parent / target).exists():
                broken.append(f"{path} → {target}")
    assert broken == []


def test_every_decision_tells_status_context_decision_and_consequences() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    numbers = [int(path.name[:4]) for path in decisions]
    assert numbers == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        missing = [
            word
            for word in ("Status", "Context", "Decision", "Consequences")
            if f"\n## {word}" not in text
        ]
        assert missing == [], path.name


def test_every_dependency_has_its_reason() -> None:
    told = (ROOT / "docs" / "decisions" / "0016-dependencies.md").read_text(encoding="utf-8")
    silent = {
        name
        for wanted in ("requirements.in", "requirements-dev.in")
        for name in _asked_for(wanted)
        if name not in told and not name.startswith(("duckdb-extension-", "types-"))
    }
    assert silent == set()


def test_only_the_warehouse_begins_transactions_of_the_engine(tracked: list[Path]) -> None:
    saying = [
        str(path)
        for path in tracked
        if path.suffix == ".py"
        and path.parts[0] in OUR_NAMES - {"tests", "benchmarks", "demo"}
        and re.search(r"""con\.execute\(\s*["']begin""", (ROOT / path).read_text("utf-8"), re.I)
    ]
    assert saying == ["assets/warehouse.py"]


EXPORTED_ROWS = """\
工单号,故障现象,报修科室,紧急程度,工程师,报修时间,派单时间,接单时间,到场时间,完成时间,验收时间
W1,打印机卡纸,急诊科,一般,张三,2026-10-05 09:00,,2026-10-05 09:05,,2026-10-05 09:50,
W2,电脑蓝屏,骨科,高,李四,2026-10-06 00:30,,2026-10-06 00:45,,,
"""


def test_the_guides_own_example_reads_an_exported_sheet(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "user-guide.zh-CN.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", guide, re.S)
    mapping, settings_text = (text for text in blocks if "报修" in text)
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "报修2026-10.csv").write_text(EXPORTED_ROWS, encoding="utf-8")
    (tmp_path / "mapping.yml").write_text(mapping, encoding="utf-8")
    named = tmp_path / "opspulse.yml"
    named.write_text(settings_text.replace("/data/报修导出", str(folder)), encoding="utf-8")
    settings = load_settings({"OPSPULSE_CONFIG": str(named)})
    ensure_home(settings)
    con = connect(settings.warehouse_path, settings)
    pull(con, settings, validate=None)
    tickets = con.execute("select ticket_id, urgency, reported_at from raw.tickets order by 1")
    assert tickets.fetchall() == [
        ("W1", "normal", datetime(2026, 10, 5, 1, 0)),  # noqa: DTZ001 - UTC, naive
        ("W2", "high", datetime(2026, 10, 5, 16, 30)),  # noqa: DTZ001 - UTC, naive
    ]
    events = con.execute("select ticket_id, count(*) from raw.ticket_events group by 1 order by 1")
    assert events.fetchall() == [("W1", 3), ("W2", 2)]
    con.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder served on a free port of this machine."""
    handler = partial(_QuietHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: pytest's output is for results."""


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("1", []),
        ("console.error('broken tile')", ["console error: broken tile"]),
        ("nosuchthing()", ["page error: "]),
        ("fetch('http://127.0.0.1:9/x').catch(() => 0)", ["foreign origin: 127.0.0.1:9"]),
    ],
)
def test_the_page_watch_tells_what_a_page_must_not_do(
    chromium: Browser, site: tuple[Path, str], script: str, told: list[str]
) -> None:
    folder, url = site
    (folder / "index.html").write_text(f"<link rel=icon href=data:,><script>{script}</script>")
    with chromium.new_context() as context:
        page = context.new_page()
        watch = PageWatch(page)
        page.goto(url, wait_until="networkidle")
        verdict = "\n".join(watch.verdict())
    assert bool(verdict) == bool(told)
    assert all(part in verdict for part in told)


def test_soffice_and_make_are_the_real_ones(soffice: Path) -> None:
    assert shutil.which("make")
    assert soffice.exists()
