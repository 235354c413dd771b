"""From what the users asked for to what answers it: the check and the page.

Holds the reading of `config/traceability.yml`, the check that everything it names exists, and the
rendering. Run as `python -m pipelines.traceability` to write `docs/traceability.md`; a test
compares the two and lets no requirement stand without an answer.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer
import yaml

from assets.metric_registry import registry
from config.rules import load_rules
from exports.workbook.editions import SHEETS

_ROOT = Path(__file__).parent.parent
SOURCE = _ROOT / "config" / "traceability.yml"
TARGET = _ROOT / "docs" / "traceability.md"
_KINDS = {
    "metric": "指标",
    "wall": "大屏",
    "sheet": "工作表",
    "command": "命令",
    "rule": "规则",
    "page": "页面",
    "issue": "待建,任务",
}


def requirements() -> dict[str, dict[str, Any]]:
    """Return every requirement: its words and the things that answer it."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return found


def problems() -> list[str]:
    """Return a sentence for each requirement without an answer and each answer not there."""
    found = []
    for key, row in requirements().items():
        if not row.get("by"):
            found.append(f"{key} has no answer")
        for answer in row.get("by") or ():
            kind, _, name = answer.partition(" ")
            if kind not in _KINDS or not _exists(kind, name):
                found.append(f"{key}: there is no {answer}")
    return found


def _exists(kind: str, name: str) -> bool:
    found: dict[str, Callable[[], bool]] = {
        "metric": lambda: name in registry(),
        "command": lambda: tuple(name.split()) in _commands(),
        "rule": lambda: hasattr(load_rules(None), name),
        "sheet": lambda: any(name in sheet.zh for sheet in SHEETS.values()),
        "page": lambda: name in _pages(),
        "wall": lambda: _is_on_the_wall(name),
        "issue": name.isdigit,
    }
    return found[kind]()


def _is_on_the_wall(name: str) -> bool:
    from dashboards.layout import layout

    return f"'{name}'" in repr(layout(10))


def _pages() -> dict[str, str]:
    """Return the title (zh) of every page by its path."""
    from dashboards.page_words import word
    from dashboards.pages.app import PAGES

    return {page.PATH: word(page.TITLE, "zh") for page in PAGES}


def _commands() -> set[tuple[str, ...]]:
    from pipelines.cli import app

    root = typer.main.get_command(app)
    names: set[tuple[str, ...]] = set()
    for name, command in getattr(root, "commands", {}).items():
        names.add((name,))
        names |= {(name, inner) for inner in getattr(command, "commands", {})}
    return names


def _title(kind: str, name: str) -> str:
    """Return what people call an answer that has a title, empty for the others."""
    if kind == "metric":
        return registry()[name].names.zh
    return _pages()[name] if kind == "page" else ""


def render() -> str:
    """Return the page, requirements in the seeds' order."""
    lines = [
        "# 需求对照",
        "",
        "由 `python -m pipelines.traceability` 生成,请勿手改;每条必需的需求由什么回答。",
        "",
        "| 编号 | 需求 | 由什么回答 |",
        "|---|---|---|",
    ]
    for key, row in requirements().items():
        answers = []
        for answer in row["by"]:
            kind, _, name = answer.partition(" ")
            shown = _title(kind, name)
            answers.append(
                f"{_KINDS[kind]} {shown} `{name}`" if shown else f"{_KINDS[kind]} {name}"
            )
        lines.append(f"| {key} | {row['zh']} | {'、'.join(answers)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in problems())
    TARGET.write_text(render(), encoding="utf-8")
