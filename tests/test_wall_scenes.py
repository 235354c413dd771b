"""The wall's further scenes: what turns, in which order, and what stops the turning."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import wall_hospital
from handmade import local
from playwright.sync_api import Page, expect
from test_wall_browser import READY, SMALL_TEXT, Wall

from assets import metrics, snapshots
from config.errors import ConfigError
from config.settings import Settings, load_settings
from dashboards.wall_scenes import SCENES
from dashboards.wall_service import WallService

_SPILLS = """() => [...document.querySelectorAll('.card')]
  .filter(one => one.scrollHeight > one.clientHeight + 1 || one.scrollWidth > one.clientWidth + 1)
  .map(one => one.querySelector('.h').textContent)"""
_SCENE = "document.getElementById('stage').dataset.scene"


@pytest.fixture(scope="module")
def settings(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return wall_hospital.copied(wall_store, tmp_path_factory.mktemp("scenes"))


@pytest.fixture
def wall(settings: Settings) -> Iterator[Callable[..., Wall]]:
    started: list[Wall] = []

    def serve(**changes: Any) -> Wall:
        changed = settings.wall.model_copy(update={"refresh_seconds": 2, **changes})
        started.append(Wall(settings.model_copy(update={"wall": changed})))
        return started[-1]

    yield serve
    for one in started:
        one.stop()


def document(settings: Settings, lang: str = "zh") -> Any:
    snapshot = snapshots.current(settings)
    assert snapshot is not None
    return json.loads(WallService(settings).answer(lang, snapshot.published_at).body)


def test_every_number_of_a_scene_is_the_readers(settings: Settings) -> None:
    told = document(settings)
    scenes = {one["id"]: one for one in told["scenes"] + told["spare_scenes"]}
    assert list(scenes) == ["overview", *SCENES]
    assert [one["id"] for one in told["spare_scenes"]] == ["handover"]
    snapshot = snapshots.current(settings)
    assert snapshot is not None
    with snapshots.opened(snapshot, settings) as con:
        for name, cards in SCENES.items():
            for card, shown in zip(cards, scenes[name]["cards"], strict=True):
                if card.by or shown["state"] == "no_data":
                    continue
                texts = {
                    metrics.format_value(
                        metrics.registry()[card.metric_id], card.statistic, row["value"],
                        state=row["state"], lo=row["lo"],
                    )
                    for row in metrics.read_rows(con, card.metric_id, role="wall")
                    if row["statistic"] == card.statistic
                }  # fmt: skip
                assert shown["value"] in texts, (name, card)


def test_ageing_stands_in_its_own_order_and_classes_by_their_cases(settings: Settings) -> None:
    scenes = {one["id"]: one["cards"] for one in document(settings)["scenes"][1:]}
    classes = [row["cells"][2]["text"] for row in scenes["reliability"][2]["rows"]]
    counts = [int(text.removeprefix("n=")) for text in classes]
    assert counts == sorted(counts, reverse=True)
    assert len(counts) == 2


def test_no_scene_names_a_person_or_repeats_free_text(settings: Settings) -> None:
    told = json.dumps(document(settings)["scenes"], ensure_ascii=False)
    assert "工程师1" not in told
    assert "E1" not in told


def test_only_the_scenes_that_are_wanted_turn(settings: Settings) -> None:
    fewer = settings.wall.model_copy(update={"scenes": ("quality", "overview")})
    told = document(settings.model_copy(update={"wall": fewer}))
    assert [one["id"] for one in told["scenes"]] == ["quality", "overview"]
    assert "quality" not in [one["id"] for one in told["spare_scenes"]]


def test_an_unknown_scene_in_the_settings_is_named_with_its_line(tmp_path: Path) -> None:
    config = tmp_path / "opspulse.yml"
    config.write_text(
        "sources: [{url: 'sqlite:///x'}]\nwall:\n  scenes: [overview, party]\n", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match=r"opspulse\.yml:3"):
        load_settings({"OPSPULSE_CONFIG": str(config)})


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector(READY, timeout=60_000)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_scene_fits_the_stage_in_letters_that_can_be_read(
    wall: Callable[..., Wall], chromium_page: Page, lang: str
) -> None:
    served = wall(scenes=tuple(SCENES))
    for name in SCENES:
        opened(chromium_page, served.url(f"?scene={name}&lang={lang}"))
        assert chromium_page.evaluate(_SCENE) == name
        assert chromium_page.locator(".card").count() == len(SCENES[name])
        assert chromium_page.evaluate(SMALL_TEXT) == []
        assert chromium_page.evaluate(_SPILLS) == []


def test_scenes_turn_by_themselves_and_keys_turn_and_hold_them(
    wall: Callable[..., Wall], chromium_page: Page
) -> None:
    served = wall(dwell_seconds=5)
    opened(chromium_page, served.url())
    assert chromium_page.evaluate(_SCENE) == "overview"
    stage = chromium_page.locator("#stage")
    expect(stage).to_have_attribute("data-scene", "flow", timeout=9000)
    chromium_page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-scene", "reliability")
    chromium_page.keyboard.press("Space")
    chromium_page.wait_for_timeout(6500)
    expect(stage).to_have_attribute("data-scene", "reliability")
    expect(stage).to_have_attribute("data-paused", "1")
    chromium_page.keyboard.press("ArrowLeft")
    expect(stage).to_have_attribute("data-scene", "flow")


def test_a_report_of_the_first_priority_that_nobody_accepts_pre_empts_the_rotation(
    chromium_page: Page, tmp_path: Path
) -> None:
    rows = wall_hospital.rows()
    urgent = wall_hospital.ticket("TP1", "2026-03-20 14:20", 1, priority="P1")
    rows["tickets"].append(urgent)
    rows["ticket_events"].append(
        {"ticket_id": "TP1", "event_id": "TP1-1", "seq": 1, "type": "reported",
         "at": local("2026-03-20 14:20")}
    )  # fmt: skip
    settings, _ = wall_hospital.publish(tmp_path, rows)
    alarm = document(settings)["alarm"]
    assert alarm["text"] == "P1 无人接单 1 单 · 急诊科 打印机"
    served = Wall(
        settings.model_copy(
            update={"wall": settings.wall.model_copy(update={"refresh_seconds": 2})}
        )
    )
    try:
        opened(chromium_page, served.url())
        assert chromium_page.evaluate(_SCENE) == "flow"
        expect(chromium_page.locator("#alarm")).to_contain_text(
            "■ P1 无人接单 1 单 · 急诊科 打印机"
        )
        chromium_page.goto("about:blank")
    finally:
        served.stop()
