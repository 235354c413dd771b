"""设备可靠性 and 设备卡: the readers' numbers, the funnel's verdicts, each device for its own."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from urllib.parse import quote

import duckdb
import pytest
import tiny_pages
from tiny_pages import People, person_of, told, viewer_of

from assets import device_card, metrics, reliability, replacement, viewers
from assets.viewers import Viewer
from config.errors import ConfigError, RefusedError
from config.settings import Settings

MONTH, FIRST, END = "?month=2026-10", date(2026, 9, 2), date(2026, 11, 1)
HEAD = Viewer("head")


@pytest.fixture(scope="module")
def settings(tiny_hospital: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return tiny_pages.home_of(tiny_hospital, tmp_path_factory.mktemp("device_pages"))


@pytest.fixture(scope="module")
def con(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with tiny_pages.opened(settings) as con:
        yield con


@pytest.fixture(scope="module")
def people(settings: Settings, con: duckdb.DuckDBPyConnection) -> People:
    return People(settings, con)


def most_failing(con: duckdb.DuckDBPyConnection) -> tuple[str, str]:
    row = con.execute(
        "select site_id, asset_id from kpi.fact_failures where asset_id is not null "
        "group by all order by count(*) desc, 2 limit 1"
    ).fetchone()
    assert row is not None
    return row


def test_every_model_has_the_readers_number_and_opens_the_rows_that_it_counts(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    text = people["head"].page("/reliability", MONTH)
    by = ("brand", "model", "asset_class")
    asked = {"grain": "total", "by": by, "start": FIRST, "end": END}
    rows = [row for row in metrics.read_rows(con, "use_failure_rate", **asked)
            if row["statistic"] == "per_100_device_years" and row["model_code"]]  # fmt: skip
    read = reliability.models(con, HEAD, start=FIRST, end=END)
    assert len(read.models) == len(rows) > 30
    assert sum(one.failures for one in read.models) == sum(row["numerator"] for row in rows)
    for row in rows:
        number = metrics.format_value(metrics.registry()["use_failure_rate"], row["statistic"],
                                      row["value"], state=row["state"], lo=row["lo"])  # fmt: skip
        assert f"{row['brand']} {row['model']}\n" in text
        assert number in text.split("\n")
    most = read.models[0]
    search = f"{MONTH}&span=12&by=model&model={quote(str(most.codes['model']))}"
    assert f'"data-total": "{most.failures}"' in told(
        people["head"], "/kpi/use_failure_rate", search
    )


@pytest.mark.parametrize(
    ("observed", "verdict"),
    [(2, "small"), (11, "usual"), (18, "raised"), (20, "raised"), (21, "high"), (6, "usual")],
)
def test_the_funnel_calls_a_model_high_beyond_99_8_percent(observed: int, verdict: str) -> None:
    # with 10 expected P(X ≤ 20) = 99.84 %, P(X ≤ 21) = 99.93 %: the limit of 99.9 % lies at 20.7
    state = "small_sample" if observed < 5 else "ok"
    row = {"denominator": 10.0, "value": observed / 10, "state": state}
    assert reliability.verdict(row) == verdict


def test_the_finding_names_how_many_stand_out_and_what_chance_would_give(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    read = reliability.models(con, HEAD, start=FIRST, end=END)
    out = [one for one in read.models if one.verdict == "high"]
    text = people["qcc"].page("/reliability", MONTH)
    assert out == []
    assert f"{read.judged()} 个型号可比,没有一个超出同类的 99.8 % 控制限" in text


def test_candidates_for_a_replacement_stand_with_their_reasons_for_head_and_finance_only(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    rows = replacement.devices(con, role="head")
    assert rows
    for role in ("head", "finance"):
        text = people[role].page("/reliability", MONTH)
        assert f"{len(rows)} 台建议更换" in text
        assert all(reason in text for row in rows for reason in row["reasons"])
    for role in ("qcc", "engineer"):
        text = people[role].page("/reliability", MONTH)
        assert "建议更换" not in text
        assert "¥" not in text


def test_a_card_bears_what_the_metrics_say_of_the_device(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    site, asset = most_failing(con)
    card = device_card.card(con, HEAD, asset, site)
    assert card.money is not None
    assert card.money.judged is not None
    where = {"asset": [asset]}
    tco = {row["statistic"]: row["value"]
           for row in metrics.read_rows(con, "asset_tco", grain="total", where=where)}  # fmt: skip
    assert float(card.money.service_cny) == tco["service_cny"]
    assert float(card.money.judged["book_value_cny"]) == tco["book_value_cny"]
    missed = metrics.read_rows(con, "missed_warranty_claims", grain="total")
    everywhere = con.execute("select distinct asset_id from kpi.fact_service_costs "
                             "where is_missed_claim").fetchall()  # fmt: skip
    of_each = [device_card.card(con, HEAD, name, site).money for (name,) in everywhere]
    total = sum((one.missed_claims_cny for one in of_each if one), Decimal(0))
    assert float(total) == next(row["value"] for row in missed if row["statistic"] == "cny")
    [count] = con.execute("select count(*) from kpi.fact_failures where asset_id = ?",
                          [asset]).fetchone() or (0,)  # fmt: skip
    [rate] = [
        row
        for row in metrics.read_rows(con, "use_failure_rate", grain="total",
                                     where={"asset_class": [card.master["asset_class"]]})
        if row["statistic"] == "per_100_device_years"
    ]  # fmt: skip
    assert card.failures.observed == count
    assert card.failures.expected == pytest.approx(
        rate["numerator"] / rate["denominator"] * card.failures.device_years * 365
    )
    text = people["head"].page(f"/asset/{asset}", "")
    assert f"¥{card.money.service_cny + card.money.consumables_cny:,.2f}" in text
    assert f"¥{card.money.judged['book_value_cny']:,.2f}" in text
    assert all(row["ticket_no"] in text for row in card.tickets)


def test_a_device_is_found_by_a_piece_of_its_number_and_opens_from_rows(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    site, asset = most_failing(con)
    [tag] = con.execute("select asset_tag from kpi.dim_assets where asset_id = ?",
                        [asset]).fetchone() or ("",)  # fmt: skip
    found = told(people["head"], "/reliability", f"{MONTH}&find={tag[2:].lower()}")
    assert f"/asset/{asset}?site={site}" in found
    assert f"/asset/{asset}?site={site}" in told(people["head"], "/kpi/reports", MONTH)
    assert "没有编号或名称含「nothing」" in people["head"].page("/reliability", "?find=nothing")
    assert "/asset/" not in told(people["admin"], "/kpi/reports", MONTH)


def test_a_department_opens_its_own_devices_and_no_others(
    people: People, con: duckdb.DuckDBPyConnection
) -> None:
    own = person_of(con, "department").department_id
    sql = "select asset_id from kpi.dim_assets where department_id {} ? order by 1 limit 5"
    mine = [name for (name,) in con.execute(sql.format("="), [own]).fetchall()]
    theirs = [name for (name,) in con.execute(sql.format("!="), [own]).fetchall()]
    viewer = viewer_of(person_of(con, "department"))
    for asset in mine:
        text = people["department"].page(f"/asset/{asset}")
        assert "履历" in text
        assert "¥" not in text
        assert "费用与价值" not in text
        foreign = {row["ticket_id"] for row in device_card.card(con, viewer, asset, "H01").tickets}
        assert not foreign & {
            name for (name,) in con.execute(
                "select ticket_id from kpi.fact_tickets where department_id != ?", [own]).fetchall()
        }  # fmt: skip
    for asset in theirs:
        assert "没有设备" in people["department"].page(f"/asset/{asset}", "?site=H01")
        assert device_card.search(con, viewer, asset) == []
        with pytest.raises(ConfigError):
            device_card.card(con, viewer, asset, "H01")


def test_who_sees_no_costs_gets_none_from_the_reader(con: duckdb.DuckDBPyConnection) -> None:
    site, asset = most_failing(con)
    for role in ("qcc", "engineer"):
        card = device_card.card(con, viewer_of(person_of(con, role)), asset, site)
        assert card.money is None
        assert not [name for name in card.master if name.endswith("_cny")]
        assert not [row for row in card.tickets if role == "engineer" and row["may_open"]
                    and row["ticket_id"] not in own_tickets(con)]  # fmt: skip
    for role in ("admin", "screen"):
        with pytest.raises(RefusedError):
            device_card.search(con, Viewer(role), asset)


def own_tickets(con: duckdb.DuckDBPyConnection) -> set[str]:
    engineer = person_of(con, "engineer").engineer_id
    rows = con.execute("select ticket_id from kpi.fact_tickets where engineer_id = ?", [engineer])
    return {name for (name,) in rows.fetchall()}


def test_an_account_of_one_site_does_not_reach_the_same_number_at_another(
    settings: Settings, con: duckdb.DuckDBPyConnection
) -> None:
    site, asset = most_failing(con)
    [department] = con.execute("select department_id from kpi.dim_assets where asset_id = ?",
                               [asset]).fetchone() or ("",)  # fmt: skip
    with duckdb.connect() as two:
        two.execute("create schema kpi")
        two.execute("create table kpi.dim_assets as select ? as site_id, ? as asset_id, "
                    "? as department_id union all select 'H02', ?, ?",
                    [site, asset, department, asset, department])  # fmt: skip
        assert device_card.sites_of(two, HEAD, asset) == [site, "H02"]
        ward = Viewer("department", site_id="H02", department_id=department)
        assert device_card.sites_of(two, ward, asset) == ["H02"]


def test_every_metric_can_be_narrowed_by_what_its_links_bring(
    con: duckdb.DuckDBPyConnection,
) -> None:
    from dashboards.pages.ask import FILTERS, NARROWED  # noqa: PLC0415 - the pages' own list

    known = metrics.dimensions()
    assert not [name for name in (*FILTERS, *NARROWED) if known[name].roles]
    for metric in metrics.registry().values():
        if metric.fact == "fact_holder_spans":  # its rows are nobody's to see
            continue
        where = {name: ["nothing"] for name in (*FILTERS, *NARROWED) if name in metric.dimensions}
        found = viewers.rows_behind(con, HEAD, metric.id, date(2026, 10, 1), months=3, where=where)
        assert found is None or not where or found.total == 0, metric.id
