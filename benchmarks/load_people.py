"""Who asks during the load: walls that poll and people who read pages, as locust runs them.

Holds the askers and the noting of every answer; who starts them and what is judged is in `load`.
Run by locust in a process of its own, which patches sockets: nothing of ours is imported here.
"""

import itertools
import json
import os
import random
import time
from pathlib import Path
from typing import Any

from locust import HttpUser, constant_pacing, events, task

# Written by `load`: addresses, sessions, and where to put what was noted.
PLAN = json.loads(Path(os.environ["OPSPULSE_LOAD_PLAN"]).read_text(encoding="utf-8"))
_OUTPUTS = [{"id": "page", "property": "children"}, {"id": "side", "property": "children"}]
_SESSIONS = itertools.cycle(PLAN["sessions"])
_NOTED: list[tuple[str, float, int, bool, float]] = []

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@events.request.add_listener
def _note(name: str, response_time: float, response_length: int, exception: Any, **_: Any) -> None:
    """Note kind, milliseconds, bytes, whether it went wrong, and when."""
    _NOTED.append((name, response_time, response_length, exception is not None, time.time()))


@events.quitting.add_listener
def _write(**_: Any) -> None:
    Path(PLAN["noted"]).write_text(json.dumps(_NOTED), encoding="utf-8")


class Wall(HttpUser):  # type: ignore[misc]
    """A screen: one small document every ten seconds, with the mark of the last."""

    fixed_count = PLAN["walls"]
    wait_time = constant_pacing(PLAN["poll_seconds"])
    _mark = ""

    def on_start(self) -> None:
        """Come in as a screen does; not all at the same moment."""
        time.sleep(random.uniform(0, PLAN["poll_seconds"]))  # noqa: S311 - no secret
        self.client.get("/wall/", params={"screen": PLAN["screen"]}, name="first")

    @task
    def poll(self) -> None:
        """Ask for the document."""
        answer = self.client.get(
            "/wall/api/wall.json", headers={"If-None-Match": self._mark}, name="wall"
        )
        self._mark = answer.headers.get("ETag", "")


class Person(HttpUser):  # type: ignore[misc]
    """Somebody who is signed in and opens one page after another."""

    fixed_count = PLAN["people"]

    def wait_time(self) -> float:
        """Think: five seconds on average."""
        return random.uniform(0.6, 1.4) * float(PLAN["think_seconds"])  # noqa: S311

    def on_start(self) -> None:
        """Take a session of one's own."""
        self._session = next(_SESSIONS)
        self.client.cookies.set("opspulse_session", self._session["token"])
        self.client.cookies.set("_csrf_token", self._session["csrf"])

    @task
    def read(self) -> None:
        """Open a page by the callback of the browser."""
        path, search = random.choice(self._session["pages"])  # noqa: S311
        body = {
            "output": "..page.children...side.children..",
            "outputs": _OUTPUTS,
            "inputs": [
                {"id": "url", "property": "pathname", "value": path},
                {"id": "url", "property": "search", "value": search},
            ],
            "changedPropIds": ["url.pathname"],
        }
        self.client.post(
            "/_dash-update-component", json=body, name="page",
            headers={"X-CSRFToken": self._session["csrf"]},
        )  # fmt: skip
