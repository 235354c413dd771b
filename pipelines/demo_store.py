"""The embedded demo store: made when nothing is configured, moved to the present before each run.

Holds when that happens. What the simulated hospital is and how it lives on is the room ``demo``.
"""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from config.settings import Settings

Progress = Callable[[str, float], None]
_SQLITE = "sqlite:///"
# Prices that decisions need; a real hospital's are its own, so they come with the demo only.
_PRICES = Path(__file__).parent.parent / "demo" / "prices.yml"


def store_file(settings: Settings) -> Path:
    """Return the file of the embedded demo store."""
    return Path(settings.sources[0].url.get_secret_value().removeprefix(_SQLITE))


def keep_current(settings: Settings, progress: Progress | None = None) -> None:
    """Make the embedded demo store if it is missing, and let it catch up with the present.

    A no-op for any other source. With a new store come its prices, marked 演示价格. It lives
    on to this minute before it is written, so the wall shows a day in progress.

    Args:
        settings: the installation.
        progress: told the step and the share done (0 to 1) while a store is made.
    """
    if not settings.is_embedded_demo:
        return
    from demo import live, store
    from demo.spec import DemoSpec

    now = datetime.now(UTC)
    url = settings.sources[0].url.get_secret_value()
    if store_file(settings).exists():
        live.advance(url, now)
        return
    prices = settings.rules_dir / _PRICES.name
    if not prices.exists():
        prices.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_PRICES, prices)
    today = now.astimezone(ZoneInfo(settings.timezone)).date()
    store.create(url, DemoSpec(until=today), progress=progress, live_to=now)
