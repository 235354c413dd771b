"""The record of the long proofs: every proof held, and a changed room is told."""

import warnings

import pytest

from benchmarks import proofs


def test_every_recorded_proof_held() -> None:
    assert [name for name, record in proofs.read().items() if not record["holds"]] == []
    if proofs.stale():
        warnings.warn(f"changed since proved, run `make verify`: {proofs.stale()}", stacklevel=1)


def test_a_room_that_changed_since_its_proof_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    records = {
        "fresh": {"rooms": ["config"], "rooms_hash": proofs.room_hash(["config"])},
        "old": {"rooms": ["config"], "rooms_hash": "another"},
    }
    monkeypatch.setattr(proofs, "read", lambda: records)
    assert proofs.stale() == ["old"]
