"""The doctor's words where looking itself fails."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.doctor import examine


def test_a_home_that_refuses_is_a_finding_of_each_look_and_ends_none(
    settings_factory: Any, tmp_path: Path
) -> None:
    home = tmp_path / "file"
    home.write_text("no folder", encoding="utf-8")
    settings = settings_factory("sqlite:///nowhere.sqlite").model_copy(update={"home": home})
    found = {one.topic: one for one in examine(settings, datetime.now(UTC))}
    assert [found[topic].state for topic in ("home", "extensions", "source")] == ["bad"] * 3
    assert found["extensions"].zh.startswith(f"无法检查:{home}")
    assert "calendars" in found
