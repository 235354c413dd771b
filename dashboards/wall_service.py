"""Who gets which document: the current pair of files, the clock, the cache, the ETag.

Holds the state that one serving process keeps. Documents are computed when the pointer files or the
day change, once for all browsers; between that every request is a look at two small files.
"""

import hashlib
import json
import logging
import os
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from assets import snapshots
from assets.snapshots import Snapshot
from config.errors import ConfigError, OpsPulseError, StateError
from config.rules import load_rules
from config.settings import Settings
from dashboards.layout import repainted
from dashboards.readings import Json, shortened
from dashboards.run_state import last_failure
from dashboards.wall_data import document, history_of
from dashboards.wall_history import History
from dashboards.wall_scenes import scenes_of
from dashboards.words import all_words, word

LANGUAGES = ("zh", "en")
# How old data may be when all is well: the light path promises 60 s (2 × 30), a snapshot comes
# every 5 minutes. Beyond these times the factors of the rules the age turns amber, then grey.
LIVE_SECONDS, SNAPSHOT_SECONDS = 30, 300
# The demo's clock stands where its store was made to live to; closer than this it is the present.
_DEMO_SKEW = timedelta(minutes=10)
_BANNER_EMS = 45.0
_ROOM = Path(__file__).parent
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pair:
    """The files that the wall shows: ``live`` is the snapshot itself unless a newer file exists."""

    snapshot: Snapshot
    live: Snapshot

    @property
    def skew(self) -> timedelta:
        """How far the demo's own clock is behind the server's; zero for a real store."""
        newest = max(self.snapshot, self.live, key=lambda one: one.published_at)
        lag = newest.published_at - newest.as_of
        return lag if newest.is_demo and lag > _DEMO_SKEW else timedelta(0)


@dataclass(frozen=True)
class Answer:
    """One response: the JSON text, its ETag, and the hospital's clock at that moment."""

    body: str
    etag: str
    now: datetime


def app_version() -> str:
    """Return a version that changes with this room's code or with what browsers load."""
    digest = hashlib.sha256()
    for path in sorted((*_ROOM.glob("*.py"), *_ROOM.glob("static/wall/*"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


class WallService:
    """Documents for browsers; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Remember the installation; no number is read before the first request.

        Rule files that cannot be read stop the runs, not the wall: it shows the last good snapshot
        under the default times, and says which file is at fault.
        """
        self._settings = settings
        self._lock = threading.Lock()
        self._histories: dict[tuple[str, str], History] = {}
        self._scenes: dict[tuple[str, str], Json] = {}
        self._documents: dict[tuple[str, str, date, str, str], str] = {}
        self._version = app_version()
        self._rules_problem = ""
        try:
            rules = load_rules(settings.rules_dir)
        except ConfigError as error:
            rules = load_rules(None)
            self._rules_problem = error.problem.replace(f"{settings.home}{os.sep}", "")
            _LOG.warning("%s 大屏继续显示上一份快照,过期时限暂用默认值。", error.problem)
        self._staleness = rules.thresholds.wall_staleness

    def answer(self, lang: str, server_now: datetime) -> Answer:
        """Return the current document.

        Args:
            lang: ``zh`` or ``en``; anything else is the installation's language.
            server_now: the server's clock, naive UTC.

        Raises:
            StateError: the pointer or the file it names cannot be read.
        """
        chosen = lang if lang in LANGUAGES else self._settings.language
        pair = self.pair()
        if pair is None:
            body = json.dumps(self._frame(chosen) | self._nothing(chosen), ensure_ascii=False)
            return Answer(body, self._etag("none", chosen, server_now), server_now)
        try:
            return self._answer(pair, chosen, server_now)
        except StateError:
            # A file may be pruned between reading the pointer and opening it: look once more.
            newer = self.pair()
            if newer is None or newer == pair:
                raise
            return self._answer(newer, chosen, server_now)

    def _answer(self, pair: Pair, lang: str, server_now: datetime) -> Answer:
        now = server_now - pair.skew
        zone = ZoneInfo(self._settings.timezone)
        day = now.replace(tzinfo=UTC).astimezone(zone).date()
        failure = self._failure(pair, lang)
        with self._lock:
            body = self._document(pair, day, lang, failure)
        name = f"{pair.snapshot.id}.{pair.live.id}.{day}.{'failed' if failure else 'ok'}"
        return Answer(body, self._etag(name, lang, now), now)

    def pair(self) -> Pair | None:
        """Return the current files, None before the first publication."""
        snapshot = snapshots.current(self._settings)
        if snapshot is None:
            return None
        live = snapshots.current_live(self._settings)
        is_newer = live is not None and live.as_of >= snapshot.as_of
        return Pair(snapshot, live if live is not None and is_newer else snapshot)

    def _failure(self, pair: Pair, lang: str) -> str:
        """Return the banner: why the last run failed after the snapshot, or what is amiss now."""
        failure = last_failure(self._settings)
        if failure is not None and failure.failed_at > pair.snapshot.published_at:
            return word("run_failed", lang, problem=shortened(failure.problem, _BANNER_EMS))
        if self._rules_problem:
            return word("rules_broken", lang, problem=shortened(self._rules_problem, _BANNER_EMS))
        return ""

    def _document(self, pair: Pair, day: date, lang: str, failure: str) -> str:
        key = (pair.snapshot.id, pair.live.id, day, failure, lang)
        if key not in self._documents:
            try:
                made = self._made(pair, day, lang)
            except (duckdb.Error, OSError, OpsPulseError) as error:
                raise StateError(
                    f"快照 {pair.snapshot.id} 无法读取。", "请重新运行 opspulse run。"
                ) from error
            framed = self._frame(lang) | {"failure": failure} | made
            text = json.dumps(framed, ensure_ascii=False, allow_nan=False)
            others = {k: v for k, v in self._documents.items() if k[:-1] == key[:-1]}
            self._documents = {**others, key: text}
        return self._documents[key]

    def _made(self, pair: Pair, day: date, lang: str) -> Json:
        key = (pair.snapshot.id, lang)
        if key not in self._histories:
            history = history_of(pair.snapshot, self._settings, lang)
            others = {k: v for k, v in self._histories.items() if k[0] == key[0]}
            self._histories = {**others, key: history}
        made = document(self._settings, pair.snapshot, pair.live, self._histories[key], day, lang)
        return made | self._scenes_of(pair.snapshot, lang)

    def _scenes_of(self, snapshot: Snapshot, lang: str) -> Json:
        key = (snapshot.id, lang)
        if key not in self._scenes:
            scenes = scenes_of(snapshot, self._settings, lang)
            others = {k: v for k, v in self._scenes.items() if k[0] == key[0]}
            self._scenes = {**others, key: scenes}
        return self._scenes[key]

    def _frame(self, lang: str) -> Json:
        """Return what every document says: version, intervals, words."""
        return {
            "version": self._version,
            "refresh_seconds": self._settings.wall.refresh_seconds,
            "dwell_seconds": self._settings.wall.dwell_seconds,
            "theme": self._settings.wall.theme,
            "layout": self._settings.wall.layout,
            "repainted": repainted(),
            "intervals": {"live": LIVE_SECONDS, "snapshot": SNAPSHOT_SECONDS},
            "staleness": {
                "amber": float(self._staleness.amber_factor),
                "grey": float(self._staleness.grey_factor),
            },
            "lang": lang,
            "timezone": self._settings.timezone,
            "words": all_words(lang),
            "is_empty": False,
        }

    def _nothing(self, lang: str) -> Json:
        told = {
            "hospital": self._settings.hospital_name,
            "department": self._settings.department_name,
            "scene": word("scene_overview", lang),
        }
        return {"is_empty": True, "title": word("title", lang, **told)}

    def _etag(self, name: str, lang: str, now: datetime) -> str:
        return f"{name}.{lang}.{self._version}.{now:%H%M}"
