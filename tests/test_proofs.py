"""The record of the long proofs: every proof held, and a changed room is told."""

import warnings

from benchmarks import proofs


def test_every_recorded_proof_held() -> None:
    assert [name for name, record in proofs.read().items() if not record["holds"]] == []


def test_a_room_that_changed_since_its_proof_is_told() -> None:
    stale = proofs.stale()
    if stale:
        warnings.warn(f"changed since proved, run `make verify`: {stale}", stacklevel=1)
    assert set(stale) <= set(proofs.read())
