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
from assets.decision_costs import print_choice
from assets.identity import audit
from assets.identity.users import User
from config.settings import Settings
from dashboards.app import create_app
from exports.requested import WRITERS

MONTH = "?month=2026-10"
START, END = date(2026, 10, 1), date(2026, 11, 1)
OPEN_TO = {
    "/department": {"head", "department"},
    "/stock": {"head", "finance", "engineer"},
    "/cost": {"head", "finance"},
    "/manager": {"head"},
    "/handover": {"head", "engineer"},
}


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
        "group by all order by count(*) desc, 1, 2 limit 3"
    ).fetchall()


@pytest.fixture(scope="module")
def people(settings: Settings, busy: list[tuple[str, str, str]]) -> dict[str, Person]:
    own = busy[0]
    users = {
        "head": User("wang", "head", "王主任"),
        "finance": User("cai", "finance", "财务"),
        "qcc": User("quan", "qcc", "圈长"),
        "engineer": User("li", "engineer", "李工", engineer_id="E01"),
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
        "where department_id is not null group by all order by len(list(ticket_no)) desc, 1, 2 "
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
    client = create_app(settings, WRITERS).server.test_client()
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
        (f"answer/{site}/{code}", "0001-01"), (f"answer/{site}/{code}", "9999-12"),
    ):  # fmt: skip
        assert client.get(f"/packs/{path}?month={month}").status_code == 404
    assert sorted(path.name for path in settings.exports_dir.iterdir()) == before
    noted = {(one.login, one.action, one.subject) for one in audit.read(settings.users_path)}
    assert ("ward", "downloaded", f"pack answer {site}/{code}") in noted
    assert ("ward", "refused", f"pack answer {busy[1][0]}/{busy[1][1]}") in noted


@pytest.mark.parametrize("path", list(OPEN_TO))
def test_each_page_is_for_its_roles_in_both_languages(people: dict[str, Person], path: str) -> None:
    for role, person in people.items():
        refused = role not in OPEN_TO[path]
        assert ("当前身份无权查看" in person.page(path, MONTH)) == refused, role
        assert ("Not open to your role" in person.page(path, f"{MONTH}&lang=en")) == refused, role


@pytest.mark.parametrize("path", ["/stock", "/cost", "/manager", "/handover"])
def test_a_page_shows_the_readers_numbers(
    people: dict[str, Person], con: duckdb.DuckDBPyConnection, path: str
) -> None:
    found = {
        name: text for name, text in shown(people["head"], path).items() if name.count(".") == 1
    }
    assert found == read(con, found)
    assert len(found) > 5


@pytest.mark.parametrize(
    ("path", "metric_id", "statistic", "by"),
    [
        ("/stock", "stock_on_hand", "quantity", "part"),
        ("/cost", "service_cost", "cny", "cost_kind"),
        ("/cost", "missed_warranty_claims", "cny", "asset_class"),
        ("/manager", "hands_on_time", "hours", "work_class"),
        ("/manager", "work_units", "units", "engineer"),
    ],
)
def test_a_cut_shows_the_readers_groups(
    people: dict[str, Person],
    con: duckdb.DuckDBPyConnection,
    path: str,
    metric_id: str,
    statistic: str,
    by: str,
) -> None:
    rows = metrics.read_rows(
        con, metric_id, start=START, end=END, by=(by,), statistics=(statistic,)
    )  # fmt: skip
    metric = metrics.registry()[metric_id]
    expected = {
        f"{metric_id}.{statistic}.{row[f'{by}_code']}": metrics.format_value(
            metric, statistic, row["value"], state=row["state"], lo=row["lo"]
        )
        for row in rows
    }
    found = shown(people["head"], path)
    shared = {name: found[name] for name in expected if name in found}
    assert shared == {name: expected[name] for name in shared}
    assert len(shared) == min(len(expected), 40)


def test_money_is_shown_to_those_who_may_see_it(people: dict[str, Person]) -> None:
    closed = {"stock_turnover", "dead_stock"}
    for role in ("head", "finance", "engineer"):
        found = {name.split(".")[0] for name in shown(people[role], "/stock")}
        assert bool(found & closed) == (role != "engineer"), role


def test_printers_have_a_break_even_and_what_is_at_a_vendor_is_listed(
    people: dict[str, Person], con: duckdb.DuckDBPyConnection
) -> None:
    text = people["finance"].page("/cost", MONTH).split("\n")
    for row in print_choice(con, role="finance"):
        assert f"¥{row['own_cny']:,.2f}" in text
        for pages in row["break_even_pages"]:
            assert any(f"{pages:,.0f}" in line for line in text)
    [(out,)] = con.execute(
        "select count(*) from kpi.fact_vendor_stays where back_on is null"
    ).fetchall()
    assert any(f"现在在厂商处 {out} 台" in line for line in text)


def test_an_engineer_asking_for_a_colleagues_handover_gets_nothing(
    people: dict[str, Person], con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    own = "E01"
    others = [
        row for row in con.execute("select site_id, engineer_id, name from kpi.dim_engineers")
        .fetchall() if row[1] != own
    ]  # fmt: skip
    given = con.execute(
        "select from_engineer_id from kpi.fact_staff_handovers where engineer_id = ?", [own]
    ).fetchall()
    hidden = [row for row in others if (row[1],) not in given]
    assert hidden
    for site, engineer, name in hidden:
        for path in (f"/handover/{engineer}", f"/handover/{site}/{engineer}"):
            text = people["engineer"].page(path, MONTH)
            assert "只能看自己交出或接手的交接" in text
            assert name not in text
    assert "交接清单" in people["head"].page(f"/handover/{hidden[0][0]}/{hidden[0][1]}", MONTH)
    viewed = {(one.login, one.subject) for one in audit.read(settings.users_path)
              if one.action == "viewed_engineer"}  # fmt: skip
    assert ("wang", hidden[0][1]) in viewed
    assert not [one for one in viewed if one[0] == "li"]
