"""States of numbers on pages: a shape and a word, so that a print in grey tells them apart."""

import pytest

from assets.metric_format import STOPPED
from assets.metrics import Judgement
from dashboards.pages import states


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("ok", ""),
        ("small_sample", "▲ 样本不足"),
        ("immature", "▲ 未成熟"),
        ("unreliable", "■ 不可信"),
        (f"{STOPPED}2026-03-20 08:00", "■ 数据停在 2026-03-20 08:00"),
        ("not_connected", "◆ 未接入"),
        ("no_data", "◆ 无数据"),
        ("chance", "差异与随机一致"),
    ],
)
def test_a_state_is_a_shape_and_a_word(state: str, told: str) -> None:
    assert states.told({"state": state}, "zh") == told


def test_a_verdict_speaks_where_the_state_is_silent() -> None:
    told = [states.told({"state": "ok"}, "en", Judgement(one)) for one in ("met", "amber", "red")]
    assert told == ["● met", "▲ missed, not proven", "■ missed"]
    assert states.told({"state": "no_data"}, "zh", Judgement("grey")) == "◆ 无数据"
    assert states.told({"state": "ok"}, "zh", Judgement("none")) == ""
