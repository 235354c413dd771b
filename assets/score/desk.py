"""Where decisions about scores are made: the installation's files, its rules, its working days.

Holds what appeals, exemptions and bonuses share: who may act, counting of working days, texts
without names. What is decided is in `appeals`, `exemptions` and `approval`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from assets.decision_kinds import LONGEST_REASON
from assets.identity.users import everyone
from assets.texts.scrub import Scrubber
from config.calendars import Calendar
from config.errors import ConfigError
from config.rules import Rules
from config.settings import Settings

_SATURDAY = 5


@dataclass(frozen=True)
class Desk:
    """One installation at one moment.

    Attributes:
        settings: names the files.
        rules: in force.
        names: of people, so that no text keeps one.
        now: the present (UTC, naive).
    """

    settings: Settings
    rules: Rules
    names: tuple[str, ...]
    now: datetime

    @staticmethod
    def of(settings: Settings, rules: Rules, names: Iterable[str]) -> "Desk":
        """Return the desk as it stands at present."""
        return Desk(settings, rules, tuple(names), datetime.now(UTC).replace(tzinfo=None))

    def local_day(self, moment: datetime) -> date:
        """Return the hospital's day of an instant (UTC, naive)."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.settings.timezone)).date()

    @property
    def today(self) -> date:
        """The hospital's present day."""
        return self.local_day(self.now)

    def is_same(self, one: str, other: str) -> bool:
        """Tell whether two names of actors are one person: logins, or numbers of engineers."""
        known = everyone(self.settings.users_path)

        def names(actor: str) -> set[str]:
            own = {user.engineer_id for user in known if user.login == actor and user.engineer_id}
            return {actor, *own}

        return bool(names(one) & names(other))

    def clean(self, text: str, what: str) -> str:
        """Return a text without names and personal numbers.

        Raises:
            ConfigError: there is none, or it is too long to be kept; ``what`` names it.
        """
        scrubbed = Scrubber(self.names).scrub(text.strip())
        if not scrubbed or len(scrubbed) > LONGEST_REASON:
            raise ConfigError(f"{what}为空或超过 {LONGEST_REASON} 字。", "请写明并精简后重试。")
        return scrubbed


def workday_after(calendar: Calendar, day: date, count: int) -> date:
    """Return the ``count``-th working day behind a day.

    In a year whose holidays are not known yet Monday to Friday are working days.
    """
    found = day
    while count:
        found += timedelta(days=1)
        if calendar.missing_years(found, found):
            count -= found.weekday() < _SATURDAY
        else:
            count -= bool(calendar.hours(found))
    return found
