"""The server among others: behind a proxy, under a prefix, watched by operators, two engines."""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest
import requests
import wall_hospital
from flask.testing import FlaskClient
from playwright.sync_api import Page
from signed_in import OWN_WORDS, PAGE, sign_in
from test_wall_browser import READY, Wall

from assets.identity import audit
from assets.identity.users import User
from config.serving import ServerSettings
from config.settings import Settings
from dashboards.app import create_app

HEAD = User("wang", "head", "王主任")
FORWARDED = {"X-Forwarded-For": "10.1.2.3", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def home(wall_store: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return wall_hospital.copied(wall_store, tmp_path_factory.mktemp("serving"))


@pytest.fixture
def settings(home: Settings) -> Iterator[Settings]:
    yield home
    for path in home.home.glob("users.db*"):
        path.unlink()


def placed(settings: Settings, **server: Any) -> Settings:
    return settings.model_copy(update={"server": ServerSettings(**server)})


def client_of(settings: Settings) -> FlaskClient:
    return create_app(settings).server.test_client()


def failed_from(settings: Settings, client: FlaskClient) -> str:
    """Fail to sign in through a proxy and return the address that the audit log tells."""
    client.post("/login", data={"login": "x", "password": "y"}, headers=FORWARDED)
    return audit.read(settings.users_path)[0].address


def test_a_browsers_address_is_believed_from_a_trusted_proxy_only(settings: Settings) -> None:
    assert failed_from(settings, client_of(settings)) == "127.0.0.1"
    trusting = placed(settings, trusted_proxies=(ip_network("127.0.0.1/32"),))
    assert failed_from(settings, client_of(trusting)) == "10.1.2.3"
    other = placed(settings, trusted_proxies=(ip_network("10.9.0.0/16"),))
    assert failed_from(settings, client_of(other)) == "127.0.0.1"


def test_behind_tls_at_the_proxy_cookies_are_for_tls_only(settings: Settings) -> None:
    trusting = placed(settings, trusted_proxies=(ip_network("127.0.0.1/32"),))
    person = sign_in(trusting, HEAD)
    signed = {"login": "wang", "password": OWN_WORDS}
    answer = person.client.post("/login", data=signed, headers=FORWARDED)
    assert all("Secure" in one for one in answer.headers.getlist("Set-Cookie"))
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/ops", "/ops/", "/"])
def test_under_a_prefix_every_way_in_leads_to_the_same_page(settings: Settings, path: str) -> None:
    client = client_of(placed(settings, public_url="https://h.cn/ops"))
    sent = client.get(path, headers=PAGE)
    assert (sent.status_code, sent.headers["Location"]) == (302, "/ops/login?next=%2F")
    assert client.get("/opsx/", headers=PAGE).headers["Location"].endswith("next=%2Fopsx%2F")


def assert_under(page: Page, selector: str) -> None:
    targets = page.eval_on_selector_all(selector, "all => all.map(one => one.getAttribute('href'))")
    assert len(targets) > 5
    assert [one for one in targets if not one.startswith("/ops/")] == []


def test_pages_and_wall_work_under_a_prefix_in_a_browser(
    settings: Settings, chromium_page: Page
) -> None:
    under = placed(settings, public_url="http://127.0.0.1/ops")
    sign_in(under, HEAD)
    served = Wall(under)
    root = served.url().partition("/wall/")[0] + "/ops/"
    try:
        chromium_page.goto(served.url().replace("/wall/", "/ops/wall/"))
        chromium_page.wait_for_selector(READY, timeout=60_000)
        assert chromium_page.url.startswith(f"{root}wall/")
        chromium_page.goto(root)
        chromium_page.fill("input[name=login]", "wang")
        chromium_page.fill("input[name=password]", OWN_WORDS)
        chromium_page.click("button")
        chromium_page.click("nav a[href='/ops/definitions']")
        chromium_page.wait_for_selector("#page dl", timeout=30_000)
        assert chromium_page.url == f"{root}definitions"
        assert_under(chromium_page, "a[href^='/']")
        # the links of a grid are made in the browser
        chromium_page.goto(f"{root}kpi/reports?month=2026-03")
        chromium_page.wait_for_selector(".ag-cell a", timeout=30_000)
        assert_under(chromium_page, ".ag-cell a")
        chromium_page.goto("about:blank")
    finally:
        served.stop()


def test_metrics_are_for_the_machine_itself_and_name_nobody(settings: Settings) -> None:
    client = sign_in(settings, HEAD).client
    client.get("/kpi/<script>E1", headers=PAGE)
    client.get("/zhang-san", headers=PAGE)
    told = client.get("/_metrics").text
    assert 'opspulse_requests_total{page="kpi",status="200"} 1.0' in told
    assert "opspulse_snapshot_age_seconds " in told
    assert "opspulse_last_run_failed 0.0" in told
    assert "zhang" not in told
    assert "E1" not in told
    assert client.get("/_metrics", headers=FORWARDED).status_code == 403
    far = {"REMOTE_ADDR": "10.1.2.3"}
    assert client.get("/_metrics", environ_base=far).status_code == 403
    wide = placed(settings, metrics_from=(ip_network("10.0.0.0/8"),))
    assert client_of(wide).get("/_metrics", environ_base=far).status_code == 200


def test_a_request_is_one_line_of_json_without_ids_queries_or_names(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    person = sign_in(settings, HEAD)
    with caplog.at_level(logging.INFO, "opspulse.requests"):
        person.ask("/kpi/use_failure_rate", "?department=D7")
    line = json.loads(caplog.records[-1].message)
    assert {name: line[name] for name in ("method", "page", "status", "role")} == {
        "method": "POST", "page": "kpi", "status": 200, "role": "head",
    }  # fmt: skip
    assert line["ms"] > 0
    assert "D7" not in caplog.text
    assert "wang" not in caplog.text


def test_ready_means_there_is_something_to_show(settings: Settings, tmp_path: Any) -> None:
    assert client_of(settings).get("/_ready").status_code == 200
    empty = settings.model_copy(update={"home": tmp_path})
    answer = client_of(empty).get("/_ready")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "no_snapshot"})
    assert client_of(empty).get("/_health").status_code == 200


@pytest.mark.parametrize("engine", ["waitress", "gunicorn"])
def test_a_server_that_is_told_to_end_ends_without_a_traceback(
    settings: Settings, engine: str
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = settings.home / "opspulse.yml"
    config.write_text(
        f"home: {settings.home}\nsources: [{{url: 'sqlite:///x'}}]\n"
        f"wall: {{port: {port}}}\nserver: {{engine: {engine}, workers: 2}}\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pipelines.cli", "serve"]
    environment = {**os.environ, "OPSPULSE_CONFIG": str(config)}
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as server:
        assert server.stdout is not None
        assert f"http://127.0.0.1:{port}/wall/?screen=" in server.stdout.readline()
        answer = requests.get(f"http://127.0.0.1:{port}/_ready", timeout=60)
        assert answer.status_code == 200
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        _, told = server.communicate()
        assert time.monotonic() - began < 40
    assert server.returncode == 0
    assert "Traceback" not in told
    assert '"page": "_ready"' in told
