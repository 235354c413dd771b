"""The SLA matrix: clock × urgency × fault group, in versions.

Holds the shape of `sla.yml` and the choice of a target. Working calendars are in `calendars`, what
stops a clock is in `rule_models` (pauses), how clocks run is in `assets/core`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import Field, field_validator

from config.rule_base import REST, Clock, Part, Priority, RuleFile, Urgency, UrgencyOrRest
from config.rule_versions import FOR_EVER, LocalMoment, local_moment

Cell = tuple[Clock, UrgencyOrRest, str]


class SlaTarget(Part):
    """How long a clock may run, and on which calendar."""

    target_minutes: int = Field(gt=0)
    calendar: str


class SlaVersion(Part):
    """Targets from a local moment on: clock → urgency → fault group → target."""

    effective_from: LocalMoment
    targets: dict[Clock, dict[UrgencyOrRest, dict[str, SlaTarget]]]
    urgency_of_priority: dict[Priority, Urgency] = Field(default={})

    def cells(self) -> Iterator[tuple[Cell, SlaTarget]]:
        """Yield the targets that this version itself states."""
        for clock, by_urgency in self.targets.items():
            for urgency, by_group in by_urgency.items():
                for group, target in by_group.items():
                    yield (clock, urgency, group), target


@dataclass(frozen=True)
class SlaRow:
    """One cell of the SLA matrix while one version is in force.

    ``urgency`` and ``group`` may be ``*``: every value without a row of its own.
    ``effective_until`` is exclusive, None for the newest version; both are local moments.
    """

    version_id: str
    effective_from: datetime
    effective_until: datetime | None
    clock: Clock
    urgency: UrgencyOrRest
    group: str
    target_minutes: int
    calendar_id: str


class SlaRules(RuleFile):
    """`sla.yml`: the matrix urgency × fault group × clock in versions."""

    urgency_of_priority: dict[Priority, Urgency]
    versions: dict[str, SlaVersion] = Field(min_length=1)

    @field_validator("versions")
    @classmethod
    def _dates_differ(cls, versions: dict[str, SlaVersion]) -> dict[str, SlaVersion]:
        if len({version.effective_from for version in versions.values()}) < len(versions):
            raise ValueError("中有两个版本的 effective_from 相同")
        return versions

    def spans(self) -> Iterator[tuple[str, SlaVersion, datetime, datetime | None]]:
        """Yield name, version, start and end (exclusive, None: open) of each, oldest first."""
        ordered = sorted(self.versions.items(), key=lambda item: item[1].effective_from)
        ends = [version.effective_from for _, version in ordered[1:]]
        for (version_id, version), end in zip(ordered, [*ends, None], strict=True):
            yield version_id, version, version.effective_from, end

    def rows(self) -> tuple[SlaRow, ...]:
        """Return the whole matrix of every version, oldest first, inherited cells included."""
        cells: dict[Cell, SlaTarget] = {}
        rows: list[SlaRow] = []
        for version_id, version, start, end in self.spans():
            cells.update(version.cells())
            rows += [
                SlaRow(
                    version_id,
                    start,
                    end,
                    *cell,
                    target_minutes=target.target_minutes,
                    calendar_id=target.calendar,
                )
                for cell, target in sorted(cells.items(), key=lambda item: item[0])
            ]
        return tuple(rows)

    def urgencies(self) -> Iterator[tuple[datetime, datetime, Priority, Urgency]]:
        """Yield start, end (exclusive), priority and the urgency that stands in for it."""
        known = dict(self.urgency_of_priority)
        for _, version, start, end in self.spans():
            known.update(version.urgency_of_priority)
            for priority, urgency in sorted(known.items()):
                yield start, end or FOR_EVER, priority, urgency

    def target(
        self, clock: Clock, urgency: str | None, group: str | None, on: date
    ) -> SlaRow | None:
        """Return the row for a ticket reported at a local moment (a date: its midnight).

        The most exact row wins: urgency and group, urgency, group, the default; None when no
        target is set.
        """
        moment = local_moment(on)
        in_force: dict[tuple[str | None, str | None], SlaRow] = {
            (row.urgency, row.group): row
            for row in self.rows()
            if row.clock == clock
            and row.effective_from <= moment
            and (row.effective_until is None or moment < row.effective_until)
        }
        wanted = ((urgency, group), (urgency, REST), (REST, group), (REST, REST))
        return next((in_force[key] for key in wanted if key in in_force), None)
