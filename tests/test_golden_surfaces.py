"""One figure, five surfaces: its page, 总览, the workbook's cell, the wall and `opspulse kpi show`.

Every KPI is the same on each of them, and as many rows stand behind it as it counts. Each surface
is asked through its own way in (`surfaces`, `wall_figures`), on two hospitals: the demo's whole
month, and one written by hand whose day is under way, for what the wall says of today.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import pytest
import tiny_pages
import wall_hospital
from signed_in import Person
from surfaces import Command, Page, cells, page, written
from tiny_pages import People
from wall_figures import Shown, panel_figures, queue_figures, scene_figures, strip_figures

from assets import metrics
from assets.metrics import registry
from config.settings import Settings
from dashboards.pages.chapters import ALL
from exports.month import write_month

# Read from a page only: they compare groups, and no single cell could hold them.
ON_PAGES_ONLY = {"failure_ratio", "shrunk_failure_rate"}
# Of the moment or of the run, not of a month: they have no cell in a month's workbook.
NOT_IN_WORKBOOKS = ON_PAGES_ONLY | {
    "data_quality_score", "engineers_engaged", "engineers_on_roster",
}  # fmt: skip
# Numbers of devices, parts, people or steps that are not a list of rows of one fact.
WITHOUT_ROWS = {
    "ab_coverage", "asset_tco", "backlog_weeks", "book_value", "calibration_valid",
    "cost_of_service_ratio", "days_out_of_stock", "dead_stock", "device_states",
    "engineers_engaged", "failure_ratio", "funnel_times", "loaner_turnover", "page_cost",
    "parts_abc_xyz", "parts_below_min", "replacement_candidates", "shrunk_failure_rate",
    "stock_on_hand", "stock_turnover", "training_effect", "training_need", "warranty_cover",
    "wip_spread",
}  # fmt: skip
# What is counted is not the row: device-days against the spells they were down, tickets of a
# handover against the handover, people against days of the roster, matched strata against jobs.
COUNTED_OTHERWISE = {
    "availability", "service_availability", "handover_observation", "utilisation",
    "mode_comparison",
}  # fmt: skip
# The rows that wait to be judged stand in the list, their number in a statistic of its own.
WAITING = {
    "recurrence": "immature", "recurrence_short": "immature", "recurrence_long": "immature",
    "shadow_reopens": "immature", "first_time_fix": "immature", "sla_claimed": "unjudged",
}  # fmt: skip
LISTED_AT_MOST = 500


@dataclass(frozen=True, repr=False)
class Hospital:
    """A home with a signed-in head, the month to compare, and the day on the wall."""

    settings: Settings
    head: Person
    command: Command
    month: date
    day: date
    data_from: date
    pages: dict[str, Page]

    @property
    def search(self) -> str:
        """The query of an address that names the month."""
        return f"?month={self.month:%Y-%m}"


def _hospital(settings: Settings, month: date) -> Hospital:
    with tiny_pages.opened(settings) as con:
        known = metrics.context(con)
        head = People(settings, con)["head"]
    search = f"?month={month:%Y-%m}"
    pages = {one: page(head, f"/kpi/{one}", search) for one in registry()}
    command = Command(settings)
    return Hospital(settings, head, command, month, known.as_of_on, known.data_from, pages)


@pytest.fixture(scope="module")
def demo(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    home = tmp_path_factory.mktemp("demo_surfaces")
    return _hospital(tiny_pages.home_of(tiny_hospital, home), date(2026, 10, 1))


@pytest.fixture(scope="module")
def by_hand(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Hospital:
    home = tmp_path_factory.mktemp("hand_surfaces")
    return _hospital(wall_hospital.copied(wall_store, home), date(2026, 3, 1))


@pytest.fixture(params=["demo", "by_hand"])
def hospital(request: pytest.FixtureRequest) -> Hospital:
    one: Hospital = request.getfixturevalue(request.param)
    return one


def test_every_figure_of_a_kpis_page_and_of_the_overview_is_the_commands(
    hospital: Hospital,
) -> None:
    overview: dict[str, str] = {}
    for chapter in ALL:
        shown = page(hospital.head, "/", f"{hospital.search}&chapter={chapter}").figures
        overview |= shown
    for metric_id in registry():
        told = {
            f"{metric_id}.{row['statistic']}": written(row)
            for row in hospital.command.month(metric_id, hospital.month)
        }
        assert hospital.pages[metric_id].figures == told, metric_id
        assert {name: overview.get(name) for name in told} == told, metric_id


def test_every_cell_of_the_workbook_is_the_commands_figure(hospital: Hospital) -> None:
    found = cells(write_month(hospital.settings, f"{hospital.month:%Y-%m}"))
    assert set(registry()) - {metric_id for metric_id, _ in found} == NOT_IN_WORKBOOKS
    for (metric_id, words), (value, n) in found.items():
        metric = registry()[metric_id]
        [row] = [
            one for one in hospital.command.month(metric_id, hospital.month)
            if metric.statistics[one["statistic"]].zh == words
        ]  # fmt: skip
        expected = row["value"]
        if expected is None:
            expected = written(row)
        elif metric.statistics[row["statistic"]].format == "duration":
            expected = pytest.approx(expected / 86_400, rel=1e-12)
        else:
            expected = pytest.approx(expected, rel=1e-12, abs=1e-12)
        assert value == expected, (metric_id, words)
        assert metric.kind == "stock" or n == row["n"], (metric_id, words)


def test_as_many_rows_stand_behind_a_kpi_as_it_counts(hospital: Hospital) -> None:
    assert {one for one, shown in hospital.pages.items() if shown.total is None} == WITHOUT_ROWS
    for metric_id in set(registry()) - WITHOUT_ROWS:
        shown, rows = hospital.pages[metric_id], hospital.command.month(metric_id, hospital.month)
        assert shown.listed == min(shown.total or 0, LISTED_AT_MOST), metric_id
        if not rows or rows[0]["state"] == "not_connected" or metric_id in COUNTED_OTHERWISE:
            continue
        counted = rows[0]["n"]
        if metric_id in WAITING:
            waiting = [one for one in rows if one["statistic"] == WAITING[metric_id]]
            counted += sum(int(one["value"] or 0) for one in waiting)
        assert shown.total == counted, metric_id


def _wrong(hospital: Hospital, figures: Iterable[Shown]) -> Iterator[tuple[Shown, list[str]]]:
    """Yield the figures that the command does not tell alike, with what it tells."""
    for one in figures:
        more = ("--grain", one.grain, *(("--by", one.by) if one.by else ()))
        rows = hospital.command.rows(one.metric_id, one.start, one.end, *more)
        name = one.group.rstrip("…")
        said = [
            row for row in rows
            if row["statistic"] == one.statistic
            and (not one.by or str(row[one.by]).startswith(name))
        ]  # fmt: skip
        told = [(written(row), f"{row['n']:,}") for row in said]
        if not any(text == one.text and one.n in ("", n) for text, n in told):
            yield one, told


def _wall(hospital: Hospital) -> list[Shown]:
    document = wall_hospital.screen(hospital.settings).get("/wall/api/wall.json").get_json()
    day = hospital.day
    figures = [*scene_figures(document, day.replace(day=1)),
               *panel_figures(document, day, hospital.data_from)]  # fmt: skip
    if document["tiles"]["calls"]["value"] != "今日尚无数据":
        figures += [*strip_figures(document, day), *queue_figures(document, day)]
    return figures


def test_every_figure_of_the_wall_is_the_commands(demo: Hospital, by_hand: Hospital) -> None:
    seen = set()
    for hospital, at_least in ((demo, 100), (by_hand, 130)):
        figures = _wall(hospital)
        assert list(_wrong(hospital, figures)) == []
        assert len(figures) >= at_least
        seen |= {one.metric_id for one in figures}
    claimed = {one.id for one in registry().values() if "wall" in one.surfaces}
    assert seen | {"data_quality_score"} == claimed


def test_the_score_of_the_data_in_the_walls_footer_is_the_commands(demo: Hospital) -> None:
    document = wall_hospital.screen(demo.settings).get("/wall/api/wall.json").get_json()
    [row] = demo.command.rows("data_quality_score", date(2026, 10, 31), date(2026, 11, 1),
                              "--grain", "day")  # fmt: skip
    assert f"数据质量 {written(row)}" in document["footer"]["quality"]
