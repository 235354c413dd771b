"""Pages that follow from a snapshot alone are drawn once; nothing of one reader reaches another.

Holds the keeping of readings and of drawn pages; what pages say is proved by the tests of pages.
"""

from collections.abc import Iterator

import duckdb
import pytest
import tiny_pages
from tiny_pages import People, told

from assets import snapshots, viewers
from assets.metrics import registry
from assets.viewers import Viewer
from config.settings import Settings
from dashboards.pages import app
from dashboards.pages.served import Reading


@pytest.fixture(scope="module")
def settings(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return tiny_pages.home_of(tiny_hospital, tmp_path_factory.mktemp("drawn_once"))


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny_pages.opened(settings) as con:
        yield con


def test_a_page_is_drawn_once_and_told_in_the_same_words(
    settings: Settings, con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, drawn = People(settings, con), []
    render = app.overview.render
    monkeypatch.setattr(app.overview, "render", lambda ask: drawn.append(ask.lang) or render(ask))
    first = told(people["head"], "/", "?month=2026-10")
    assert told(people["head"], "/", "?month=2026-10") == first
    assert drawn == ["zh"]
    assert told(people["head"], "/", "?month=2026-09") != first
    assert told(people["head"], "/", "?month=2026-10&lang=en") != first
    assert drawn == ["zh", "zh", "en"]


def test_what_people_decide_is_drawn_each_time() -> None:
    decided = {app.circle, app.scores, app.manager, app.handover, app.downloads}
    assert decided.isdisjoint(app.DRAWN_ONCE)
    assert decided | app.DRAWN_ONCE == set(app.PAGES)


def test_kept_drawings_are_plain_and_each_reader_gets_one_of_their_own(settings: Settings) -> None:
    snapshot = snapshots.current(settings)
    assert snapshot is not None
    reading = Reading(snapshot, settings)
    try:
        first = reading.drawn("a", lambda: [app.html.P("停机")])
        first[0]["props"]["children"] = "改"
        again = reading.drawn("a", lambda: pytest.fail("drawn twice"))
        assert again[0]["props"]["children"] == "停机"
    finally:
        reading.close()


def test_engineers_share_what_is_not_told_by_engineer_and_departments_share_nothing() -> None:
    metric = registry()["reports"]
    one, other = (Viewer("engineer", engineer_id=code) for code in ("E01", "E02"))
    assert viewers.narrowed(one, metric, (), {}) == viewers.narrowed(other, metric, (), {})
    ward, next_ward = (Viewer("department", department_id=code) for code in ("D1", "D2"))
    assert viewers.narrowed(ward, metric, (), {}) != viewers.narrowed(next_ward, metric, (), {})
    by_name = next(one for one in registry().values() if "engineer" in one.dimensions)
    asked = [viewers.narrowed(who, by_name, ("engineer",), {}) for who in (one, other)]
    assert asked[0] != asked[1]
    assert one.anyone_alike() == other.anyone_alike()
    assert ward.anyone_alike() != next_ward.anyone_alike()
