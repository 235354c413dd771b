"""The review queue on the command line: what is confirmed is what is appended."""

from decimal import Decimal

import pytest
from conftest import build_settings

from assets import decisions
from assets.decision_kinds import FaultCode, FaultCodeRejected, FaultPhrase
from config.errors import ConfigError
from pipelines import cli_faults


def _row(number, **values):
    row = {"site_id": "H1", "ticket_id": f"T{number}", "ticket_no": f"WX{number}"}
    read = {"normal_text": "西鼓到寿命", "code_suggested": "toner", "confidence": Decimal("0.98")}
    return {**row, **read, **values}


@pytest.fixture
def home(tmp_path, monkeypatch):
    settings = build_settings(tmp_path, "sqlite:///nowhere.sqlite")
    rows = [_row(1), _row(2, code_suggested=None), _row(3), _row(3, site_id="H2")]
    monkeypatch.setattr(cli_faults, "installed", lambda: settings)
    monkeypatch.setattr(cli_faults, "_queue", lambda _: rows)
    monkeypatch.setattr(cli_faults, "drawn", lambda _: [_row(7, code_suggested=None)])
    return settings


def test_confirming_keeps_proposal_confidence_and_words_beside_the_code(home):
    cli_faults.confirm(["WX1"], who="U07")
    cli_faults.confirm(["T2"], code="noise", who="U07")
    cli_faults.confirm(["WX7"], code="noise", who="U07")  # drawn for a second coding
    first, second, third = decisions.read(home.decisions_path)
    assert first.payload == FaultCode(
        code="toner", code_suggested="toner", confidence=Decimal("0.98"), text="西鼓到寿命"
    )
    assert (first.actor, first.site_id, first.subject) == ("U07", "H1", "T1")
    assert second.payload.code == "noise"
    assert (third.subject, third.payload.code_suggested) == ("T7", None)


def test_rejecting_and_phrases_are_decisions_too(home):
    cli_faults.reject(["T1"], who="U07")
    cli_faults.phrase("红叉", "network_down", who="U07")
    cli_faults.phrase("红叉", off=True, who="U07")
    found = [one.payload for one in decisions.read(home.decisions_path)]
    assert found == [
        FaultCodeRejected(code_suggested="toner", text="西鼓到寿命"),
        FaultPhrase(code="network_down"),
        FaultPhrase(code=None),
    ]


def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(home):
    for told, act in (
        ("没有故障代码「tonner」", lambda: cli_faults.confirm(["T1"], code="tonner")),
        ("不在待复核队列中", lambda: cli_faults.confirm(["T1", "T9"])),
        ("没有建议代码", lambda: cli_faults.confirm(["T2"])),
        ("多个院区", lambda: cli_faults.reject(["T3"])),
        ("用 --off 取消", lambda: cli_faults.phrase("红叉")),
    ):
        with pytest.raises(ConfigError, match=told):
            act()
    assert decisions.read(home.decisions_path) == []
