"""Words as Chinese exports write them: full width, results from a list; a name for each source."""

import csv
from datetime import datetime, timedelta

import pytest
import yaml
from pull_stores import open_warehouse, proposed
from typer.testing import CliRunner

from assets.pull import balance_errors, pull
from assets.sources.profile.vocabulary import load_vocabulary
from pipelines.cli import app

START = datetime(2026, 3, 5, 8, 5)  # noqa: DTZ001 - a wall clock, as in the file
RESULTS = ("已修复", "更换", "误报", "送修")
LEFT, RIGHT, COLON = (
    "\N{FULLWIDTH LEFT PARENTHESIS}", "\N{FULLWIDTH RIGHT PARENTHESIS}", "\N{FULLWIDTH COLON}",
)  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [f"总费用{LEFT}元{RIGHT}", "总费用(元)", f"工单编号{COLON}", "asset \uff29\uff24"],
)
def test_brackets_and_colons_of_either_width_do_not_matter(header):
    assert load_vocabulary(None).knows(header)


def export(path, rows: int = 40):
    with path.open("w", encoding="gbk", newline="") as file:
        writer = csv.writer(file)
        cost = f"维修费{LEFT}元{RIGHT}"
        writer.writerow([f"单号{COLON}", "故障现象", "报修时间", "完成时间", "处理结果", cost])
        for n in range(rows):
            at = START + timedelta(hours=n)
            done = at + timedelta(minutes=45)
            # typed by hand, the colon is as wide as the signs beside it
            mark = COLON if n % 2 else ":"
            times = [
                f"{one.year}年{one.month}月{one.day}日 {one:%H}{mark}{one:%M}" for one in (at, done)
            ]
            fee = "" if n % 4 else f"{n}.50"
            writer.writerow([f"X{n:03}", "卡纸", *times, RESULTS[n % 4], fee])
    return path


def test_results_chosen_from_a_list_tell_the_outcome_too(tmp_path):
    found, settings = proposed(tmp_path, export(tmp_path / "a.csv"))
    con = open_warehouse(settings)
    pull(con, settings)
    counts = con.execute(
        "select resolution_text, outcome_code, count(*) from raw.tickets group by all order by all"
    )
    assert counts.fetchall() == [
        ("已修复", "repaired", 10), ("更换", "replaced", 10), ("误报", "no_fault_found", 10),
        ("送修", None, 10),
    ]  # fmt: skip
    assert any("同时作处理结果" in one.zh for one in found.proposal.questions)


def test_a_ticket_without_an_amount_is_no_cost_and_times_of_any_width_are_read(tmp_path):
    _, settings = proposed(tmp_path, export(tmp_path / "a.csv"))
    con = open_warehouse(settings)
    report = pull(con, settings)
    assert balance_errors(con, report.load_id) == []
    assert con.execute("select count(*) from raw.quarantine").fetchone() == (0,)
    costs = con.execute("select count(*), sum(amount_cny)::text from raw.ticket_costs").fetchone()
    assert costs == (10, "185.00")
    [(minutes,)] = con.execute(
        "select distinct date_diff('minute', t.reported_at, e.at) from raw.tickets as t "
        "join raw.ticket_events as e using (ticket_id) where e.type = 'restored'"
    ).fetchall()
    assert minutes == 45


def test_a_second_export_is_offered_under_a_name_of_its_own(tmp_path, monkeypatch):
    file, first = export(tmp_path / "a.csv"), tmp_path / "first.yml"
    monkeypatch.setenv("OPSPULSE_HOME", str(tmp_path / "home"))
    configured = tmp_path / "opspulse.yml"
    source = {"name": "main", "system": "files", "url": str(tmp_path), "mapping": str(first)}
    configured.write_text(yaml.safe_dump({"sources": [source]}), encoding="utf-8")
    monkeypatch.setenv("OPSPULSE_CONFIG", str(configured))
    for target, name in ((first, "main"), (tmp_path / "second.yml", "main2")):
        result = CliRunner().invoke(app, ["sources", "map", str(file), "--out", str(target)])
        assert result.exit_code == 0, result.output
        assert f"- name: {name}\n" in result.output
