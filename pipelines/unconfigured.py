"""Why the demo serves: said wherever a newcomer could take its numbers for the hospital's.

Holds the words, and the look for an `opspulse.yml` near by that is not read. The demo store itself
is made in `demo_store`.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import cli_output

if TYPE_CHECKING:
    from config.settings import Settings

_FILE = "opspulse.yml"


def overlooked(env: Mapping[str, str] = os.environ) -> Path | None:
    """Return an `opspulse.yml` in the home, beside it, or above the working folder; None without.

    Whoever starts the command elsewhere than usual should not meet invented numbers unawares.
    """
    named = [Path(env["OPSPULSE_HOME"]).expanduser()] if env.get("OPSPULSE_HOME") else []
    here = Path.cwd()
    near = [here / "var", *named, *(one.parent for one in named), *here.parents]
    return next((one / _FILE for one in near if (one / _FILE).is_file()), None)


def words(settings: "Settings") -> tuple[str, str] | None:
    """Return why the demo serves, Chinese and English; None when a source is configured."""
    if not settings.is_embedded_demo:
        return None
    zh = f"没有配置数据源,使用演示数据:当前目录没有 {_FILE},也没有设置 OPSPULSE_SOURCE_URL。"
    en = (
        f"No source is configured, demo data serve: no {_FILE} here, and "
        "OPSPULSE_SOURCE_URL is not set."
    )
    other = overlooked()
    if other is not None:
        zh += f"注意:{other} 没有被读取;要用它,请进入该目录,或设置 OPSPULSE_CONFIG={other}。"
        en += f" {other} is not read: go there, or set OPSPULSE_CONFIG={other}."
    return zh, en


def tell(settings: "Settings") -> None:
    """Say it on the error stream, where it disturbs no data format."""
    told = words(settings)
    if told is not None:
        text = told[0 if settings.language == "zh" else 1]
        cli_output.err().print(text, markup=False, style="bold")
