"""The embedded demo store: made when nothing is configured, moved to the present before each run.

Holds when that happens. What the simulated hospital is and how it lives on is the room ``demo``.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from config.settings import Settings

_SQLITE = "sqlite:///"


def store_file(settings: Settings) -> Path:
    """Return the file of the embedded demo store."""
    return Path(settings.sources[0].url.get_secret_value().removeprefix(_SQLITE))


def keep_current(settings: Settings, progress: Callable[[str], None] | None = None) -> None:
    """Make the embedded demo store if it is missing, and let it catch up with the present.

    A no-op for any other source. The store is made with its clock at the start of today and then
    lives on to this minute, so the wall shows a day in progress.

    Args:
        settings: the installation.
        progress: told what is going on, in one Chinese sentence.
    """
    if not settings.is_embedded_demo:
        return
    from demo import live, store
    from demo.spec import DemoSpec

    now = datetime.now(UTC)
    url = settings.sources[0].url.get_secret_value()
    if not store_file(settings).exists():
        if progress:
            progress("正在建立演示医院(约 10 秒)……")
        today = now.astimezone(ZoneInfo(settings.timezone)).date()
        store.create(url, DemoSpec(until=today))
    live.advance(url, now)
