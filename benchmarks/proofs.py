"""The record of the long proofs: `docs/verification.json` and its readable twin.

Holds the shape of a proof, the hash of the rooms that it covers, and the rendering. What is proved
is in `verify`.
"""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "docs" / "verification.json"
READABLE = ROOT / "docs" / "verification.md"


@dataclass(frozen=True)
class Proof:
    """One line: the bar, the seeds, how many cases, what came out, and whether it holds."""

    name: str
    bar: str
    seed: str
    n: int
    result: str
    holds: bool
    rooms: tuple[str, ...]


def room_hash(rooms: Sequence[str]) -> str:
    """Return a hash of the sources of these rooms, the same on every machine."""
    digest = hashlib.sha256()
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in (".py", ".sql", ".yml"):
                digest.update(path.relative_to(ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def read() -> dict[str, dict[str, Any]]:
    """Return the recorded proofs by name."""
    if not RECORD.exists():
        return {}
    records: dict[str, dict[str, Any]] = json.loads(RECORD.read_text(encoding="utf-8"))
    return records


def write(proofs: Sequence[Proof]) -> None:
    """Add or replace these proofs in both files."""
    records = read()
    for proof in proofs:
        records[proof.name] = asdict(proof) | {
            "commit": _commit(),
            "rooms_hash": room_hash(proof.rooms),
        }
    RECORD.write_text(
        json.dumps(records, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    lines = [
        "# Verification",
        "",
        "Written by `make verify`; each line is one long proof with its seeds.",
        "",
        "| proof | bar | seed | n | result | holds | commit |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, record in sorted(records.items()):
        lines.append(
            f"| {name} | {record['bar']} | {record['seed']} | {record['n']} | {record['result']} "
            f"| {'yes' if record['holds'] else '**no**'} | {record['commit']} |"
        )
    READABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def stale() -> list[str]:
    """Return the names of proofs whose rooms have changed since."""
    return [
        name
        for name, record in sorted(read().items())
        if record["rooms_hash"] != room_hash(record["rooms"])
    ]
