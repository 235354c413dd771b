"""The tiny hospital served to signed-in people, for the tests of the pages that read the demo.

Holds the copy of its snapshot and the people; what they may see is asserted in the tests.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
from signed_in import Person, sign_in

from assets import snapshots
from assets.identity.users import User
from assets.viewers import Viewer
from config.settings import Settings, ensure_home


def home_of(hospital: Settings, home: Path) -> Settings:
    """Return settings of a home with the hospital's snapshot and no accounts yet."""
    settings = hospital.model_copy(update={"home": home})
    shutil.copytree(hospital.snapshots_dir, settings.snapshots_dir)
    ensure_home(settings)
    return settings


def person_of(con: duckdb.DuckDBPyConnection, role: str, number: int = 0) -> User:
    """Return an account: the engineer or department with most (or second most …) tickets."""
    column = {"engineer": "engineer_id", "department": "department_id"}.get(role)
    own: dict[str, Any] = {}
    if column:
        codes = con.execute(
            f"select {column} from kpi.fact_tickets where {column} is not null "
            f"group by 1 order by count(*) desc, 1 limit 1 offset {number}"
        ).fetchone()
        assert codes is not None
        own = {column: codes[0]}
    return User(f"{role}{number}", role, f"某{role}", **own)


def viewer_of(user: User) -> Viewer:
    """Return an account as the readers of data know it."""
    return Viewer(user.role, user.login, user.site_id, user.engineer_id, user.department_id)


class People:
    """One person of each role, signed in when first asked for: each costs three hashes."""

    def __init__(self, settings: Settings, con: duckdb.DuckDBPyConnection) -> None:
        self._settings, self._con = settings, con
        self._known: dict[str, Person] = {}

    def __getitem__(self, role: str) -> Person:
        if role not in self._known:
            self._known[role] = sign_in(self._settings, person_of(self._con, role))
        return self._known[role]


def opened(settings: Settings) -> Any:
    """Return the context manager that opens the snapshot."""
    snapshot = snapshots.current(settings)
    assert snapshot is not None
    return snapshots.opened(snapshot, settings)


def told(person: Person, path: str, search: str = "") -> str:
    """Return a page as the text that its answer bears, addresses included."""
    return json.dumps(person.ask(path, search).get_json(), ensure_ascii=False)
