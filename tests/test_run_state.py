"""A failed main job is told to the wall, and forgotten after the next success."""

from datetime import date
from pathlib import Path

import pytest

from config.errors import SourceError
from config.settings import Settings, SourceSettings, ensure_home
from dashboards.run_state import last_failure
from demo import store
from demo.spec import DemoSpec
from pipelines.run import execute


def test_a_failed_refresh_is_told_until_the_next_one_succeeds(tmp_path: Path) -> None:
    file = tmp_path / "store.sqlite"
    store.create(f"sqlite:///{file}", DemoSpec(size="tiny", days=10, until=date(2026, 11, 1)))
    source = SourceSettings(url=f"sqlite:///{file}")
    settings = Settings(home=tmp_path / "home", sources=(source,))
    ensure_home(settings)
    hidden = file.rename(tmp_path / "hidden.sqlite")
    with pytest.raises(SourceError) as raised:
        execute(settings, "refresh", ephemeral=True)
    told = last_failure(settings)
    assert told is not None
    assert told.problem == raised.value.problem
    hidden.rename(file)
    execute(settings, "refresh", ephemeral=True)
    assert last_failure(settings) is None
