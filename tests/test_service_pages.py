"""Wards, stock, cost, the service manager and hand-overs as pages: the readers' own numbers."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook
from signed_in import OWN_WORDS, Person, sign_in, texts

from assets import metrics, snapshots
from assets.identity import audit
from assets.identity.users import User
from config.settings import Settings
from dashboards.app import create_app
from exports.answer_pack import write_answer

MONTH = "?month=2026-10"
START, END = date(2026, 10, 1), date(2026, 11, 1)
PAGES = ("/department",)


@pytest.fixture(scope="module")
def settings(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with accounts and exports of its own over the tiny hospital's snapshot."""
    home = tmp_path_factory.mktemp("service") / "home"
    home.mkdir()
    (home / "snapshots").symlink_to(tiny_hospital.snapshots_dir)
    return tiny_hospital.model_copy(update={"home": home})


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    snapshot = snapshots.current(settings)
    assert snapshot is not None
    with snapshots.opened(snapshot, settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def busy(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """The departments with most reports: site, code, name."""
    return con.execute(
        "select t.site_id, t.department_id, any_value(d.name) from kpi.fact_tickets as t "
        "inner join kpi.dim_departments as d using (site_id, department_id) "
        "group by all order by count(*) desc, all limit 3"
    ).fetchall()


@pytest.fixture(scope="module")
def people(settings: Settings, busy: list[tuple[str, str, str]]) -> dict[str, Person]:
    own = busy[0]
    users = {
        "head": User("wang", "head", "王主任"),
        "finance": User("cai", "finance", "财务"),
        "qcc": User("quan", "qcc", "圈长"),
        "engineer": User("li", "engineer", "李工", engineer_id="E1"),
        "department": User("ward", "department", "一科", site_id=own[0], department_id=own[1]),
        "admin": User("root1", "admin", "管理员"),
    }
    return {role: sign_in(settings, user) for role, user in users.items()}


def figures(node: object) -> dict[str, str]:
    """Return the numbers of a page by metric, statistic and group."""
    if isinstance(node, list):
        return {name: text for child in node for name, text in figures(child).items()}
    if not isinstance(node, dict):
        return {}
    props = node.get("props", {})
    if "data-figure" in props:
        return {props["data-figure"]: props["children"]["props"]["children"]}
    return figures(props.get("children"))


def shown(person: Person, path: str, search: str = MONTH) -> dict[str, str]:
    answer = person.ask(path, search)
    return figures(answer.get_json()["response"]["page"]["children"])


def read(
    con: duckdb.DuckDBPyConnection, found: dict[str, str], where: Any = None
) -> dict[str, str]:
    """Return what `metrics.read` says of the numbers on a page, as text."""
    expected = {}
    for metric_id in {name.split(".")[0] for name in found}:
        metric = metrics.registry()[metric_id]
        for row in metrics.read_rows(con, metric_id, start=START, end=END, where=where):
            text = metrics.format_value(
                metric, row["statistic"], row["value"], state=row["state"], lo=row["lo"]
            )
            expected[f"{metric_id}.{row['statistic']}"] = text
    return {name: expected[name] for name in found if name in expected}


def test_a_dossier_shows_the_readers_numbers_of_its_ward(
    people: dict[str, Person],
    con: duckdb.DuckDBPyConnection,
    busy: list[tuple[str, str, str]],
) -> None:
    site, code, name = busy[1]
    found = shown(people["head"], f"/department/{site}/{code}")
    assert found == read(con, found, {"site": [site], "department": [code]})
    assert len(found) > 40
    assert name in people["head"].page(f"/department/{code}", MONTH)


def test_a_ward_sees_its_own_page_and_no_names_but_its_own(
    people: dict[str, Person],
    con: duckdb.DuckDBPyConnection,
    busy: list[tuple[str, str, str]],
) -> None:
    own, other = busy[0], busy[1]
    engineers = {name for (name,) in con.execute("select name from kpi.dim_engineers").fetchall()}
    wards = {name for (name,) in con.execute("select name from kpi.dim_departments").fetchall()}
    for path in ("/department", f"/department/{own[1]}", f"/department/{own[0]}/{own[1]}/answer"):
        lines = set(people["department"].page(path, MONTH).split("\n"))
        assert not lines & engineers, path
        assert not lines & (wards - {own[2]}), path
    for path in (f"/department/{other[1]}", f"/department/{other[0]}/{other[1]}/answer",
                 "/department/nothing", "/department/%2e%2e/answer"):  # fmt: skip
        text = people["department"].page(path, MONTH)
        assert "只能看本科室" in text
        assert other[2] not in text
    asked = f"{MONTH}&department={other[1]}&site={other[0]}"
    assert shown(people["department"], "/department", asked) == shown(
        people["department"], "/department"
    )
    money = {"service_cost", "book_value"}
    assert not [name for name in shown(people["department"], "/department")
                if name.split(".")[0] in money]  # fmt: skip


def test_open_tickets_of_the_ward_stand_with_place_and_estimate(
    people: dict[str, Person], con: duckdb.DuckDBPyConnection
) -> None:
    site, code, tickets = con.execute(
        "select site_id, department_id, list(ticket_no) from kpi.detail_queue "
        "where department_id is not null group by all order by len(list(ticket_no)) desc, all "
        "limit 1"
    ).fetchall()[0]
    text = people["head"].page(f"/department/{site}/{code}", MONTH)
    assert all(number in text for number in tickets)
    assert "n=" in text
    assert "这条规则" in text


def test_the_answer_pack_says_on_paper_what_its_page_says(
    settings: Settings,
    people: dict[str, Person],
    busy: list[tuple[str, str, str]],
    con: duckdb.DuckDBPyConnection,
) -> None:
    site, code, name = busy[0]
    client = create_app(settings, {"answer": write_answer}).server.test_client()
    assert client.post("/login", data={"login": "ward", "password": OWN_WORDS}).status_code == 302
    got = client.get(f"/packs/answer/{site}/{code}?month=2026-10")
    assert got.status_code == 200
    book = load_workbook(io.BytesIO(got.data), data_only=True)
    cells = [[str(cell.value) for row in sheet.iter_rows() for cell in row]
             for sheet in book.worksheets]  # fmt: skip
    assert [sheet.title for sheet in book.worksheets][1:] == [
        "01修得慢吗", "02这个型号总坏吗", "03坏得最多的设备与反复的故障", "04逐单明细", "05口径",
    ]  # fmt: skip
    assert {"质疑应答:" + name, "信息科", "科室"} <= set(cells[0])
    children = people["department"].ask(f"/department/{site}/{code}/answer", MONTH)
    steps = [one for one in children.get_json()["response"]["page"]["children"]
             if one["type"] == "Section"]  # fmt: skip
    rows = metrics.read_rows(
        con, "restore_time", grain="total", start=date(2026, 9, 2), end=END,
        where={"site": [site], "department": [code]}, statistics=("median",),
    )  # fmt: skip
    text = metrics.format_value(metrics.registry()["restore_time"], "median", rows[0]["value"])
    assert text in texts(steps[0])
    assert text in cells[1]
    # nobody else's, by address; and no file of theirs is left behind
    before = sorted(path.name for path in settings.exports_dir.iterdir())
    for path, month in (
        (f"answer/{busy[1][0]}/{busy[1][1]}", "2026-10"), ("answer/nothing", "2026-10"),
        (f"nothing/{code}", "2026-10"), (f"answer/{site}/{code}", "2026-13"),
    ):  # fmt: skip
        assert client.get(f"/packs/{path}?month={month}").status_code == 404
    assert sorted(path.name for path in settings.exports_dir.iterdir()) == before
    noted = {(one.login, one.action, one.subject) for one in audit.read(settings.users_path)}
    assert ("ward", "downloaded", f"pack answer {site}/{code}") in noted
    assert ("ward", "refused", f"pack answer {busy[1][0]}/{busy[1][1]}") in noted


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_for_its_roles(people: dict[str, Person], path: str) -> None:
    open_to = {"/department": {"head", "department"}}[path]
    for role, person in people.items():
        assert ("当前身份无权查看" in person.page(path, MONTH)) == (role not in open_to), role
