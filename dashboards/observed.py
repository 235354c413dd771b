"""What operators learn of the running server: Prometheus metrics and a line of JSON a request.

Holds counting and logging. Neither knows a person or a ticket: of a path only the page is kept.
"""

import json
import logging
import time
from collections.abc import Container
from datetime import UTC, datetime

import flask
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from config.errors import OpsPulseError
from config.settings import Settings
from dashboards import access, proxy
from dashboards.run_state import last_failure
from dashboards.wall_service import WallService

PATH = "/_metrics"
# How the page at the root is counted: it has no part of a path.
OVERVIEW = "overview"
_FORBIDDEN = 403
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.3, 1.0, 3.0, 10.0)
_LOG = logging.getLogger("opspulse.requests")


class Meters:
    """The server's figures, in a registry of their own so that two servers do not mix."""

    def __init__(self) -> None:
        """Name the figures."""
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "opspulse_requests", "Requests by page and status", ["page", "status"],
            registry=self.registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "opspulse_request_seconds", "Seconds to answer", ["page"], buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.age = Gauge(
            "opspulse_snapshot_age_seconds", "Age of the snapshot that is shown, since publication",
            registry=self.registry,
        )  # fmt: skip
        self.failed = Gauge(
            "opspulse_last_run_failed", "1 when the last run failed", registry=self.registry
        )


def register(
    server: flask.Flask, settings: Settings, service: WallService, pages: Container[str]
) -> None:
    """Count and log every request, and show the counts to those who may read them.

    Args:
        server: the one server of this process.
        settings: who may read the counts.
        service: which snapshot is shown.
        pages: first parts of paths that are counted by name; all others are one.
    """
    meters = Meters()

    @server.before_request
    def begin() -> None:
        flask.g.began = time.perf_counter()

    @server.after_request
    def end(response: flask.Response) -> flask.Response:
        seconds = time.perf_counter() - flask.g.get("began", time.perf_counter())
        first = flask.g.get("page") or name_of(flask.request.path)
        # no id and no stranger's text becomes a label
        page = first if first in pages else "other"
        meters.requests.labels(page, response.status_code).inc()
        meters.seconds.labels(page).observe(seconds)
        _LOG.info(_line(page, response, seconds))
        return response

    @server.get(PATH)
    def shown() -> flask.Response:
        is_near = proxy.is_from(access.address(), settings.server.metrics_from)
        if proxy.came_by_proxy() or not is_near:
            flask.abort(_FORBIDDEN)
        _measure(meters, settings, service)
        return flask.Response(generate_latest(meters.registry), mimetype="text/plain")


def _measure(meters: Meters, settings: Settings, service: WallService) -> None:
    meters.failed.set(last_failure(settings) is not None)
    try:
        pair = service.pair()
    except OpsPulseError:
        pair = None
    now = datetime.now(UTC).replace(tzinfo=None)
    meters.age.set((now - pair.snapshot.published_at).total_seconds() if pair else float("nan"))


def name_of(path: str) -> str:
    """Return the first part of a path: the name by which its page is counted."""
    return path.strip("/").partition("/")[0] or OVERVIEW


def _line(page: str, response: flask.Response, seconds: float) -> str:
    known = access.session()
    return json.dumps(
        {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": flask.request.method,
            "page": page,
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
            "bytes": response.calculate_content_length(),
            "role": known.user.role if known else "",
        }
    )
