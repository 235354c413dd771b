"""What the pages show, and to whom: the same numbers as the reader's, never a row too many."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest
import wall_hospital
from handmade import local, warehouse_of
from signed_in import Person, sign_in

from assets import metrics, snapshots, viewers
from assets.identity import audit
from assets.identity.users import User
from assets.recurrence import chances, view
from assets.score import reading, tables, watch
from assets.score.sentences import why
from assets.score.words import COMPONENTS, state_text
from assets.viewers import Viewer
from config.errors import RefusedError
from config.rules import load_rules
from config.settings import Settings
from dashboards import page_words

HEAD = User("wang", "head", "王主任")
PEOPLE = {
    "head": HEAD,
    "finance": User("cai", "finance", "财务"),
    "qcc": User("quan", "qcc", "圈长"),
    "engineer": User("li", "engineer", "李工", engineer_id="E1"),
    "department": User("d1", "department", "一科", department_id="D1"),
    "admin": User("root1", "admin", "管理员"),
}
MONTH = "?month=2026-02"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("pages")
    rows = wall_hospital.rows()
    for number in range(1, 37):  # a second engineer, so that there is somebody not to be seen
        when = f"2026-03-{(number - 1) % 18 + 1:02} {9 + number // 18:02}:30"
        rows["tickets"].append(wall_hospital.ticket(f"S{number}", when, number))
        rows["ticket_events"] += wall_hospital.finished(f"S{number}", when, 60, "E2")
    con = warehouse_of(rows, local(wall_hospital.AS_OF), home=home, is_demo=True)
    chances.build(con)
    tables.build(con, load_rules(None))
    settings, _ = wall_hospital.published(con, home)
    con.close()
    return settings


@pytest.fixture(scope="module")
def people(settings: Settings) -> dict[str, Person]:
    return {role: sign_in(settings, user) for role, user in PEOPLE.items()}


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    snapshot = snapshots.current(settings)
    assert snapshot is not None
    with snapshots.opened(snapshot, settings) as opened:
        yield opened


def viewer(role: str) -> Viewer:
    user = PEOPLE[role]
    return Viewer(role, user.login, user.site_id, user.engineer_id, user.department_id)


def test_the_overview_shows_every_number_as_the_reader_gives_it(
    people: dict[str, Person], con: duckdb.DuckDBPyConnection
) -> None:
    shown: dict[str, str] = {}
    for chapter in ("reliability", "time", "quality", "people", "cost", "other"):
        answer = people["head"].ask("/", f"{MONTH}&chapter={chapter}")
        shown |= figures(answer.get_json()["response"]["page"]["children"])
    expected = {}
    for metric in metrics.registry().values():
        for row in metrics.read_rows(con, metric.id, start=day(2), end=day(3)):
            text = metrics.format_value(
                metric, row["statistic"], row["value"], state=row["state"], lo=row["lo"]
            )
            expected[f"{metric.id}.{row['statistic']}"] = text
    assert shown == expected
    assert len(shown) > 200


def day(month: int) -> date:
    return date(2026, month, 1)


def grid_of(person: Person, path: str, search: str) -> Any:
    """Return the grid of the rows behind a number."""
    children = person.ask(path, search).get_json()["response"]["page"]["children"]
    return next(one["props"] for one in children if one["type"] == "AgGrid")


def departments_of(person: Person, search: str) -> set[str]:
    rows = grid_of(person, "/kpi/reports", search)["rowData"]
    return {row["department_id"] for row in rows}


def figures(node: object) -> dict[str, str]:
    """Return the numbers of a page by metric and statistic."""
    if isinstance(node, list):
        return {name: text for child in node for name, text in figures(child).items()}
    if not isinstance(node, dict):
        return {}
    props = node.get("props", {})
    if "data-figure" in props:
        child = props["children"]
        text = child["props"]["children"] if isinstance(child, dict) else child
        return {props["data-figure"]: text}
    return figures(props.get("children"))


@pytest.mark.parametrize("metric_id", ["use_failure_rate", "reports", "restore_time", "reopens"])
def test_a_number_lists_as_many_rows_as_it_counts(
    people: dict[str, Person], con: duckdb.DuckDBPyConnection, metric_id: str
) -> None:
    answer = people["head"].ask(f"/kpi/{metric_id}", MONTH).get_json()
    told = json.dumps(answer, ensure_ascii=False)
    total = int(told.split('"data-total": "')[1].split('"')[0])
    rows = metrics.read_rows(con, metric_id, start=day(2), end=day(3))
    assert total == rows[0]["n"] > 0


def test_rows_speak_of_places_and_faults_by_name(people: dict[str, Person]) -> None:
    columns = grid_of(people["head"], "/kpi/reports", MONTH)["columnDefs"]
    assert [column["headerName"] for column in columns][:2] == ["工单号", "工单"]
    assert departments_of(people["head"], MONTH) == {"急诊科", "检验科", "门诊收费处"}


def test_a_filter_of_the_url_holds_for_numbers_and_rows(people: dict[str, Person]) -> None:
    narrowed = f"{MONTH}&department=D2"
    assert people["head"].page("/kpi/reports", narrowed) != people["head"].page(
        "/kpi/reports", MONTH
    )
    assert departments_of(people["head"], narrowed) == {"检验科"}


@pytest.mark.parametrize("asked", ["", "&department=D2", "&department=D1&asset_class=x' or '1'='1"])
def test_a_department_sees_itself_whatever_the_url_says(
    people: dict[str, Person], asked: str
) -> None:
    for path in ("/", "/kpi/reports", "/kpi/sla_attainment"):
        text = people["department"].page(path, f"{MONTH}{asked}&by=department")
        assert "检验科" not in text.split("\n")
        assert "门诊收费处" not in text.split("\n")
    narrowed = {"急诊科"} if asked != "&department=D2" else set()
    if "asset_class" not in asked:
        assert departments_of(people["department"], f"{MONTH}{asked}") == narrowed


def test_no_engineer_sees_a_colleague(people: dict[str, Person]) -> None:
    for metric in metrics.registry().values():
        if "engineer" not in metric.dimensions or not viewer("engineer").may_read(metric):
            continue
        text = people["engineer"].page(f"/kpi/{metric.id}", f"{MONTH}&by=engineer")
        assert "E2" not in text.split("\n"), metric.id


@pytest.mark.parametrize("role", ["finance", "qcc", "department", "admin"])
def test_who_may_see_no_people_cannot_cut_by_them(
    con: duckdb.DuckDBPyConnection, people: dict[str, Person], role: str
) -> None:
    assert "engineer" not in viewer(role).dimensions(metrics.registry()["reports"])
    assert "E1" not in people[role].page("/kpi/reports", f"{MONTH}&by=engineer").split("\n")


def test_a_metric_that_is_not_for_a_role_is_refused_where_data_are_read(
    con: duckdb.DuckDBPyConnection, people: dict[str, Person]
) -> None:
    closed = 0
    for role in PEOPLE:
        for metric in metrics.registry().values():
            if viewer(role).may_read(metric):
                continue
            closed += 1
            with pytest.raises(RefusedError):
                viewers.read(con, viewer(role), metric.id)
            with pytest.raises(RefusedError):
                viewers.rows_behind(con, viewer(role), metric.id, day(2))
    assert closed > 50
    hidden = [one for one in metrics.registry().values() if not viewer("department").may_read(one)]
    text = people["department"].page(f"/kpi/{hidden[0].id}", MONTH)
    assert "当前身份无权查看" in text


@pytest.mark.parametrize("role", list(PEOPLE))
@pytest.mark.parametrize(
    "path", ["/", "/repeats", "/scores", "/quality", "/definitions", "/downloads", "/kpi/reports"]
)
def test_every_page_answers_every_role_with_itself_or_a_refusal(
    people: dict[str, Person], role: str, path: str
) -> None:
    open_to = {
        "/quality": {"head", "finance", "qcc", "engineer", "admin"},
        "/downloads": {"head", "finance", "qcc"},
        "/repeats": {"head", "qcc", "engineer"},
        "/scores": {"head", "engineer"},
    }.get(path, set(PEOPLE))
    refused = "当前身份无权查看" in people[role].page(path, MONTH)
    assert refused == (role not in open_to)


def test_a_refusal_stands_in_the_audit_log(people: dict[str, Person], settings: Settings) -> None:
    people["department"].page("/quality")
    refused = [entry for entry in audit.read(settings.users_path) if entry.action == "refused"]
    assert ("d1", "department", "department /quality") in {
        (entry.login, entry.role, entry.subject) for entry in refused
    }


@pytest.mark.parametrize(
    "search",
    ["?month=2031-13", "?month=%00", "?chapter=nothing", "?department=%27%3B--",
     "?department=%00", "?by=engineer_id", "?lang=xx", "?" + "a=b&" * 2000],
)  # fmt: skip
def test_a_crooked_address_is_an_answer_and_not_a_crash(
    people: dict[str, Person], search: str
) -> None:
    for path in ("/", "/kpi/reports", "/kpi/nothing", "/nothing", "/kpi/"):
        assert people["head"].ask(path, search).status_code == 200


def test_repeats_are_told_against_chance_and_never_as_a_cause(
    people: dict[str, Person], con: duckdb.DuckDBPyConnection
) -> None:
    text = people["head"].page("/repeats")
    [sums] = view.totals(con)
    assert f"天内再发 {sums['repeat_count']} / {sums['index_count']}" in text
    assert "关联不等于因果" in text
    for row in view.problems(con)[:3]:
        one = people["qcc"].page(f"/repeats/{row['problem_id']}")
        assert f"{row['repeat_count']}/{row['index_count']}" in one
    assert "没有名为「nothing」的问题" in people["head"].page("/repeats/nothing")


def test_an_engineer_sees_their_own_score_and_ledger_and_nobody_elses(
    people: dict[str, Person], con: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    search = "?month=2026-03"
    everyone = reading.totals(con, reading.Viewer("head"), "month", day(3))
    others = {row["name"] for row in everyone if row["engineer_id"] != "E1"}
    assert others
    own = people["engineer"].page("/scores", search)
    assert "工程师1" in own
    assert not [name for name in others if name in own]
    assert "只能看自己的评分和台账" in people["engineer"].page("/scores/E2", search)
    head = people["head"].page("/scores", search)
    assert all(name in head for name in others)
    assert "工程师2" in people["head"].page("/scores/E2", search)
    shown = own.splitlines()
    made = reading.components(con, reading.Viewer("engineer", "E1"), "month", day(3), "E1")
    assert [row for row in made if row["share"]]
    for row in made:
        cells = shown[shown.index(COMPONENTS[row["component"]][0]) :][1:]
        assert cells[0] == state_text(row, zh=True)
        if row["share"]:
            assert f"{row['share']:.1%}" in cells[:10]
            assert f"{row['points'] * row['share']:.3f}" in cells[:10]
    ledger = reading.ledger_rows(con, reading.Viewer("head"), "month", day(3), "E1",
                                 closed=settings.scores_path)  # fmt: skip
    sentences = {why(row) for row in ledger}
    assert sentences <= set(shown)
    assert {row["ticket_id"] for row in ledger if row["ticket_id"]} <= set(shown)
    total = sum(row["points"] for row in ledger)
    assert f"共 {len(ledger)} 行,合计 {total:.9f} 分" in own
    seen = {(one.login, one.subject) for one in audit.read(settings.users_path)
            if one.action == "viewed_engineer"}  # fmt: skip
    assert {("li", "E1"), ("wang", "E2")} <= seen
    assert ("li", "E2") not in seen


def test_signs_stand_beside_the_scores_for_the_head_alone(
    people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    sign = watch.Sign("H1", "E2", "工程师2", watch.DETECTORS[0], 40, 20, 5.0, 12, is_shown=True)
    monkeypatch.setattr(watch, "signs", lambda *_: [sign])
    told = "提示(本季,不计分):一障拆多单"
    assert told in people["head"].page("/scores", "?month=2026-03")
    assert "提示" not in people["engineer"].page("/scores", "?month=2026-03")


def test_english_by_a_switch(people: dict[str, Person]) -> None:
    assert "Formula" in people["head"].page("/definitions", "?lang=en")
    assert "公式" in people["head"].page("/definitions")


def test_no_group_of_pages_takes_the_name_of_another_groups_words() -> None:
    rooms = page_words._ROOMS
    assert sum(len(room) for room in rooms) == len(page_words.WORDS)
    assert len(rooms) >= 4
