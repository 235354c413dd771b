"""Grids and their files: every row behind a number, and no text that acts.

Holds a hospital in which each free text is both a formula and markup. That rows equal their number
is proved in `test_pages`; the monthly workbooks have tests of their own.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import tiny_pages
from flask.testing import FlaskClient
from openpyxl import load_workbook
from playwright.sync_api import Page
from signed_in import OWN_WORDS
from test_wall_browser import Wall
from tiny_pages import People

from assets import snapshots
from assets.identity import audit
from config.settings import Settings
from dashboards.app import create_app
from dashboards.pages import metric
from exports.requested import WRITERS

MONTH = "month=2026-10"
HOSTILE = (
    "=1+cmd|' /C calc'!A0<img src=x onerror=\"window.acted=1\"><script>window.acted=1</script>"
)
# Free text of the source; codes and ids are keys and stay.
TEXTS = ("name", "asset_name", "asset_tag", "brand", "model", "ticket_no", "title", "vendor_name",
         "symptom_text", "cause_text", "engineer_name", "department_name")  # fmt: skip
PAGES = ("/", "/trend", "/reliability", "/sla", "/department", "/repeats", "/circle", "/scores",
         "/manager", "/stock", "/cost", "/handover", "/quality", "/kpi/reports")  # fmt: skip
_WAIT = 60_000


@pytest.fixture(scope="module")
def settings(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tiny_pages.home_of(tiny_hospital, tmp_path_factory.mktemp("row_files"))
    snapshot = snapshots.current(home)
    assert snapshot is not None
    quoted = HOSTILE.replace("'", "''")
    with duckdb.connect(str(snapshot.path)) as con:
        found = con.execute(
            "select table_schema || '.' || table_name, column_name from information_schema.columns "
            "where table_schema = 'kpi' and data_type = 'VARCHAR' and column_name in "
            f"{TEXTS} and table_name in (select table_name from duckdb_tables())"
        ).fetchall()
        assert len(found) > 5
        for table, column in found:
            con.execute(f"update {table} set {column} = '{quoted}' || {column}")
    return home


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny_pages.opened(settings) as con:
        yield con


@pytest.fixture(scope="module")
def people(settings: Settings, con: duckdb.DuckDBPyConnection) -> People:
    return People(settings, con)


def client_of(settings: Settings, people: People, role: str) -> FlaskClient:
    """A browser of a person at a server that can write files."""
    login = tiny_pages.person_of(people._con, role).login
    assert people[role]
    client = create_app(settings, WRITERS).server.test_client()
    answer = client.post("/login", data={"login": login, "password": OWN_WORDS})
    assert answer.status_code == 302
    return client


def sheet_of(data: bytes) -> list[list[object]]:
    """Return a workbook's one table; a formula in it fails."""
    [sheet] = load_workbook(io.BytesIO(data)).worksheets
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_the_file_has_every_row_that_the_page_counts(
    settings: Settings,
    people: People,
    con: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = client_of(settings, people, "head")
    [(rows,)] = con.execute(
        "select count(*) from kpi.fact_tickets where "
        "reported_on >= date '2025-11-01' and reported_on < date '2026-11-01'"
    ).fetchall()
    monkeypatch.setattr(metric, "_MOST_ROWS", 20)
    page = people["head"].page("/kpi/reports", f"?{MONTH}&span=12")
    assert f"共 {rows} 行,列出 20 行" in page
    got = client.get(f"/rows/reports.xlsx?{MONTH}&span=12")
    head, *body = sheet_of(got.data)
    assert (len(body), head[0]) == (rows, "工单号")
    assert HOSTILE in {str(row[head.index("设备")])[: len(HOSTILE)] for row in body}
    # a device keeps its code beside its name; codes are told in words
    assert {str(row[head.index("设备编号")])[:3] for row in body} & {"PC-", "PR-"}
    assert {"修复", "更换"} <= {row[head.index("处理结果")] for row in body}
    listed = list(csv.reader(io.StringIO(client.get(
        f"/rows/reports.csv?{MONTH}&span=12&lang=en").data.decode("utf-8-sig"))))  # fmt: skip
    assert (len(listed), listed[0][0]) == (rows + 1, "Ticket")
    assert not [cell for row in listed for cell in row if cell.startswith(("=", "@", "+", "\t"))]
    noted = {(one.login, one.action, one.subject) for one in audit.read(settings.users_path)}
    assert ("head0", "downloaded", "rows reports 2026-10") in noted


def test_a_ward_gets_its_own_rows_whatever_the_address_says(
    settings: Settings, people: People, con: duckdb.DuckDBPyConnection
) -> None:
    client = client_of(settings, people, "department")
    ward = tiny_pages.person_of(con, "department").department_id
    [(own, other)] = con.execute(
        "select count(*) filter (where department_id = ?), max(department_id) "
        "from kpi.fact_tickets where "
        "reported_on >= date '2026-10-01' and reported_on < date '2026-11-01'", [ward]
    ).fetchall()  # fmt: skip
    for forged in ("", f"&department={other}", "&engineer=E01&viewer=head"):
        got = client.get(f"/rows/reports.xlsx?{MONTH}{forged}")
        assert got.status_code == 404 or len(sheet_of(got.data)) == own + 1, forged
    assert len(sheet_of(client.get(f"/rows/reports.xlsx?{MONTH}").data)) == own + 1
    # amounts are not theirs, a number there is not, a kind there is not
    for name in ("service_cost.xlsx", "nothing.csv", "reports.exe", "reports.csv.exe"):
        assert client.get(f"/rows/{name}?{MONTH}").status_code == 404, name


def test_no_text_of_a_ticket_acts_on_a_page_or_on_the_wall(
    settings: Settings, people: People, con: duckdb.DuckDBPyConnection, chromium_page: Page
) -> None:
    wall = Wall(settings)
    root = wall.url().partition("/wall/")[0]
    cookies = [{"name": one.key, "value": one.value, "url": root}
               for one in people["head"].client._cookies.values()]  # fmt: skip
    chromium_page.context.add_cookies(cookies)  # type: ignore[arg-type]
    shown = 0
    things = con.execute(
        "select '/ticket/' || min(ticket_id), '/asset/' || min(asset_id) from kpi.fact_tickets"
    ).fetchall()[0]
    try:
        for path in (*PAGES, *things, "/wall/"):
            chromium_page.goto(f"{root}{path}?{MONTH}")
            if path == "/wall/":
                chromium_page.wait_for_selector("#stage[data-ready]", timeout=_WAIT)
            else:
                chromium_page.wait_for_function(
                    "() => document.querySelector('#page')?.innerText.length > 80", timeout=_WAIT
                )
            shown += HOSTILE[:12] in chromium_page.inner_text("body")
            assert chromium_page.evaluate("() => window.acted ?? null") is None, path
            assert chromium_page.locator("img[src=x]").count() == 0, path
    finally:
        wall.stop()
    assert shown >= 5  # the texts are there to be read


def test_a_grid_is_saved_as_it_stands_and_no_text_in_it_is_a_formula(
    settings: Settings, people: People, chromium_page: Page, tmp_path: Path
) -> None:
    wall = Wall(settings)
    root = wall.url().partition("/wall/")[0]
    cookies = [{"name": one.key, "value": one.value, "url": root}
               for one in people["head"].client._cookies.values()]  # fmt: skip
    chromium_page.context.add_cookies(cookies)  # type: ignore[arg-type]
    try:
        chromium_page.goto(f"{root}/kpi/reports?{MONTH}")
        chromium_page.wait_for_selector(".ag-row", timeout=_WAIT)
        with chromium_page.expect_download(timeout=_WAIT) as told:
            chromium_page.click("#rows-export")
        saved = tmp_path / told.value.suggested_filename
        told.value.save_as(saved)
    finally:
        wall.stop()
    assert saved.name == "reports 2026-10.csv"
    raw = saved.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    assert head[0] == "工单号"
    page = people["head"].page("/kpi/reports", f"?{MONTH}")
    assert f"列出 {len(rows)} 行" in page
    assert [row for row in rows if f"'{HOSTILE}" in "".join(row)]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+", "\t"))]


def test_nobody_without_an_account_gets_rows(settings: Settings) -> None:
    client = create_app(settings, WRITERS).server.test_client()
    assert client.get(f"/rows/reports.csv?{MONTH}").status_code == 401
