"""A problem fixed for good counts for who answers for it: proven, closed, and it has held."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from circle_hospital import MEASURE_ON, hospital

from assets import models
from assets.causes.confirmed import Fix, confirmed
from assets.score import reading, tables
from assets.score.reading import Viewer
from assets.score.sentences import why
from assets.score.words import state_text
from benchmarks.gaming_proofs import READ
from config.rules import load_rules

NEEDED = (
    *READ, "kpi.fact_faults", "kpi.fact_exposure", "kpi.fact_downtime", "kpi.fact_recurrence",
    "kpi.cause_terms", "kpi.dim_sites", "kpi.dim_labels", "kpi.targets", "kpi.stopped_tables",
    "kpi.failed_gates", "kpi.calendar_midnights", "kpi.own_metrics", "kpi.metric_gaps",
)  # fmt: skip
HEAD, JUNE, CLOSED_ON = Viewer("head"), date(2026, 6, 1), date(2026, 6, 30)
FOLLOWING = [one for one in models.discover() if one.name in ("decisions", "improvements")]


@pytest.fixture(scope="module")
def built() -> Iterator[duckdb.DuckDBPyConnection]:
    """E1's measure of January stopped the dust; four services in June, three of them on time."""
    con = hospital(only=NEEDED)
    con.execute("insert into kpi.connected_tables values ('pm_records')")
    for number in range(4):
        con.execute(
            "insert into kpi.fact_score_cases values ('H1', 'prevention', $1, null, 'E1', "
            "date '2026-06-10', 1, $2, null, null, null)",
            [f"PM{number}@2026-06-09", int(number > 0)],
        )
    yield con
    con.close()


@pytest.fixture
def con(built) -> Iterator[duckdb.DuckDBPyConnection]:
    """The same, before anybody closed the measure."""
    built.execute("begin")
    yield built
    built.execute("rollback")


def close(con: duckdb.DuckDBPyConnection, on: date = CLOSED_ON) -> None:
    con.execute(
        "insert into raw.decisions (decision_id, decided_at, actor, role, kind, site_id, subject, "
        "payload, digest, _is_deleted) values (1, now()::timestamp, 'E1', 'head', "
        "'improvement_closed', 'H1', 'QC-1', $1, '', false)",
        [json.dumps({"ended_on": str(on)})],
    )
    models.build(con, FOLLOWING)


def prevention(con: duckdb.DuckDBPyConnection, rules_dir: Path | None = None) -> dict:
    """Return the component of E1's June with its rows, having scored everything anew."""
    tables.build(con, load_rules(rules_dir))
    asked = (con, HEAD, "month", JUNE, "E1")
    [part] = [one for one in reading.components(*asked) if one["component"] == "prevention"]
    rows = reading.ledger_rows(*asked, closed=Path("nothing-closed"))
    [total] = reading.totals(con, HEAD, "month", JUNE)
    assert abs(float(sum(row["points"] for row in rows)) - total["points"]) < 1e-9
    own = {row["rule_row"]: row for row in rows if row["component"] == "prevention"}
    return {**part, "rows": own}


def test_a_measure_counts_when_it_is_proven_and_closed(con) -> None:
    assert confirmed(con, date(2026, 1, 1)) == []
    close(con)
    [fix] = confirmed(con, date(2026, 1, 1))
    assert fix == Fix("H1", "QC-1", "E1", CLOSED_ON)
    assert fix.confirmed_on > MEASURE_ON
    assert confirmed(con, date(2026, 7, 1)) == []


@pytest.mark.parametrize(
    "change",
    ["owner_engineer_id = null", "metric_id = 'satisfaction'", "scope = 'department:D4'"],
)
def test_a_measure_of_nobody_one_without_a_test_and_one_unproven_count_for_nobody(
    con, change: str
) -> None:
    close(con)
    con.execute(f"update kpi.improvements set {change}")
    assert confirmed(con, date(2026, 1, 1)) == []


def test_a_measure_that_was_closed_before_its_test_could_tell_counts_from_that_day(con) -> None:
    # closed three weeks after it began; six weeks of exposure are the least a verdict takes
    close(con, date(2026, 1, 20))
    [fix] = confirmed(con, date(2026, 1, 1))
    assert fix.confirmed_on == date(2026, 2, 11)


def test_a_fix_is_four_tenths_of_the_prevention_in_a_row_of_its_own(con) -> None:
    # three of four on time, alone in the group: 0.75 whatever the pull; 0.6 · 0.75 = 0.45
    without = prevention(con)
    assert without["state"] == "ok"
    assert without["value"] == pytest.approx(0.45)
    assert (without["points"], without["fix_points"]) == (0, 0)
    assert "fixes" not in without["rows"]
    # 0.45 + 0.4 · 1 = 0.85: 62.5 of 100 between 0.6 and 1; the fix alone is 0.4 / 0.4 of 100
    close(con)
    with_fix = prevention(con)
    assert with_fix["value"] == pytest.approx(0.85)
    assert with_fix["points"] == pytest.approx(62.5)
    row = with_fix["rows"]["fixes"]
    assert float(row["points"]) == pytest.approx(100 * with_fix["share"])
    assert "经检验成立" in why(row)
    assert "proven" in why(row, "en")
    assert row["evidence"] == ["QC-1"]


def test_the_goal_of_fixes_is_the_hospitals_to_set(con, tmp_path: Path) -> None:
    (tmp_path / "score.yml").write_text("prevention: {fix_goal: 2}\n", encoding="utf-8")
    close(con)
    assert prevention(con, tmp_path)["value"] == pytest.approx(0.45 + 0.4 / 2)


def test_without_a_register_of_measures_services_alone_count_and_that_is_told(con) -> None:
    con.execute("delete from kpi.connected_tables where table_name = 'improvements'")
    con.execute("delete from kpi.improvements")
    part = prevention(con)
    assert part["value"] == pytest.approx(0.75)
    assert part["points"] == pytest.approx(37.5)
    assert state_text(part, zh=True) == "计；经验证的根治措施未接入"
    assert state_text(part, zh=False).endswith("not connected")
