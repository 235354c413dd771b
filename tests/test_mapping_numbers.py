"""Amounts as people write them: proposed with their form, read exactly, held where unclear."""

import csv
from pathlib import Path

import pytest
import yaml
from pull_stores import open_warehouse, proposed, settings_for

from assets.pull import balance_errors, pull
from assets.sources.files.numbers import NumberForm, form_of, read
from assets.warehouse import connect
from config.errors import ConfigError

WRITTEN = ["1,234.50", "\uffe51,234.50", "1234元", "¥ 7", "-1,000", "人民币12.05元", "\uff11\uff12",
           "1,2,3", "1.2万", "约500"]  # fmt: skip
READ = ["1234.50", "1234.50", "1234.00", "7.00", "-1000.00", "12.05", "12.00"]


def export(path: Path, written: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["工单号", "故障现象", "报修时间", "完成时间", "维修费用"])
        for n, amount in enumerate(written):
            writer.writerow([f"W{n:02}", "卡纸", f"2026-03-{n + 1:02} 08:00",
                             f"2026-03-{n + 1:02} 09:00", amount])  # fmt: skip
    return path


def test_amounts_with_currency_and_thousands_are_read_exactly_and_unclear_ones_held(tmp_path):
    found, settings = proposed(tmp_path, export(tmp_path / "报修.csv", WRITTEN))
    amount = found.proposal.mapping["tables"]["ticket_costs"]["columns"]["amount_cny"]
    assert amount == {
        "from": "维修费用",
        "number": {"grouped_by": ",", "leave_out": ["¥", "\uffe5", "元", "人民币"]},
    }
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    read_back = con.execute("select amount_cny::text from raw.ticket_costs order by cost_id")
    assert [row[0] for row in read_back.fetchall()] == READ
    held = con.execute(
        "select row_json ->> '$.amount_cny', reasons[1] from raw.quarantine "
        "where table_name = 'ticket_costs' order by row_key"
    ).fetchall()
    assert [value for value, _ in held] == ["1,2,3", "1.2万", "约500"]
    assert all("amount_cny" in reason for _, reason in held)
    said = [one.zh for one in found.proposal.questions if "维修费用" in one.zh]
    assert any("去掉 ¥ \uffe5 元 人民币 , 后读" in one for one in said)
    assert any("30.0 % 的取值读不成数字" in one for one in said)


def test_plain_amounts_need_no_form(tmp_path):
    found, _ = proposed(tmp_path, export(tmp_path / "报修.csv", ["12", "13.50", "0", "-4"]))
    columns = found.proposal.mapping["tables"]["ticket_costs"]["columns"]
    assert columns["amount_cny"] == "维修费用"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1,234,567.89", "1234567.89"),
        ("12,34", None),
        ("1,234.5.6", None),
        ("元", None),
        ("", None),
        ("-\uffe5 5", "-5"),
        ("\uffe5-5", "-5"),
        ("5 元/次", None),
        ("1234,567", None),
    ],
)
def test_a_number_is_read_to_its_last_character_or_not_at_all(text, plain):
    con = connect(":memory:", settings_for(Path("unused"), "sqlite:///unused"))
    form = form_of(["\uffe5", "元"])
    assert con.execute(f"select {read('$1::varchar', form)}", [text]).fetchone() == (plain,)
    # Without a mark that parts groups there are no groups.
    bare = con.execute(f"select {read('$1::varchar', NumberForm())}", ["1,234"]).fetchone()
    assert bare == (None,)


def test_a_number_form_for_a_text_is_refused_with_its_line(tmp_path):
    mapping = tmp_path / "mapping.yml"
    columns = {"ticket_id": "工单号", "title": {"from": "故障现象", "number": {}}}
    mapping.write_text(yaml.dump({"tables": {"tickets": {"columns": columns}}}), encoding="utf-8")
    export(tmp_path / "a.csv", ["1"])
    settings = settings_for(
        tmp_path / "home", str(tmp_path / "a.csv"), system="files", mapping=mapping
    )
    with pytest.raises(ConfigError, match=r"mapping.yml:\d+ 的「title」不是数字"):
        pull(open_warehouse(settings), settings)
