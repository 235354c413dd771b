"""The simulated hospital keeps its own promises: rates, truth, balances, stories, dirt."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from assets.sources.contract import PAUSE_REASONS, TRANSFER_REASONS, tables
from demo.clock import DAY, PROFILE, midnight
from demo.hospital import Simulation, simulate
from demo.spec import DemoSpec
from demo.store import create

UNTIL = date(2026, 3, 1)
LONG = DemoSpec(until=UNTIL, size="tiny", days=720)
NOT_FAILURES = ("no_fault_found", "cancelled", "merged", "duplicate")
ROOT = Path(__file__).parent.parent

Truth = dict[str, Any]


@pytest.fixture(scope="module")
def long_store(tmp_path_factory: pytest.TempPathFactory) -> tuple[sqlite3.Connection, Truth]:
    """Two years of the tiny hospital with its truth."""
    path = tmp_path_factory.mktemp("long") / "store.sqlite"
    create(f"sqlite:///{path}", LONG)
    return indexed(path)


@pytest.fixture(scope="module")
def dirty_store(tmp_path_factory: pytest.TempPathFactory) -> tuple[sqlite3.Connection, Truth]:
    """The tiny hospital with bad rows."""
    path = tmp_path_factory.mktemp("dirty") / "store.sqlite"
    create(f"sqlite:///{path}", DemoSpec(until=UNTIL, size="tiny", has_dirt=True))
    return indexed(path)


def indexed(path: Path) -> tuple[sqlite3.Connection, Truth]:
    """Open a store with an index on its events by ticket, and read its truth."""
    truth = json.loads(path.with_name(f"{path.name}.truth.json").read_text(encoding="utf-8"))
    store = sqlite3.connect(path)
    store.execute("create index ix_by_ticket on ticket_events (ticket_id, type, seq)")
    return store, truth


@pytest.fixture(scope="module")
def tiny() -> Simulation:
    return simulate(DemoSpec(until=UNTIL, size="tiny"))


# -- determinism --------------------------------------------------------------------------------


def test_the_same_spec_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys; from datetime import date; from demo.store import create;"
        "from demo.spec import DemoSpec;"
        "create('sqlite:///' + sys.argv[1], DemoSpec(until=date(2026, 3, 1), size='tiny'))"
    )
    found = []
    for hash_seed in ("1", "2"):
        path = tmp_path / f"{hash_seed}.sqlite"
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-c", program, str(path)], check=True, env=environment)
        truth = path.with_name(f"{path.name}.truth.json")
        found.append((path.read_bytes(), truth.read_bytes()))
    assert found[0] == found[1]


def test_another_seed_gives_another_hospital(tiny: Simulation) -> None:
    other = simulate(DemoSpec(until=UNTIL, size="tiny", seed=7))
    assert list(tiny.rows("tickets")) != list(other.rows("tickets"))


def test_a_second_site_leaves_the_first_as_it_was(tiny: Simulation) -> None:
    both = simulate(DemoSpec(until=UNTIL, size="tiny", hospitals=2))
    first = [row for row in both.rows("ticket_events") if row[0] == "H01"]
    assert first == list(tiny.rows("ticket_events"))
    assert {row[0] for row in both.rows("tickets")} == {"H01", "H02"}


# -- the contract ---------------------------------------------------------------------------------


def test_every_table_of_the_contract_has_rows(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, _ = long_store
    empty = [
        name
        for name in tables()
        if not store.execute(f'select count(*) from "{name}"').fetchone()[0]
    ]
    assert empty == []


def test_clean_rows_keep_lists_required_columns_and_keys(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, _ = long_store
    faults = []
    for table in tables().values():
        for column in table.columns:
            quoted = f'"{column.name}"'
            values = {
                row[0] for row in store.execute(f'select distinct {quoted} from "{table.name}"')
            }
            if column.is_required and None in values:
                faults.append(f"{table.name}.{column.name} is null")
            if column.values and not values - {None} <= set(column.values):
                faults.append(f"{table.name}.{column.name}: {values - set(column.values)}")
        keys = ", ".join(f'"{name}"' for name in table.key)
        sql = f'select 1 from "{table.name}" group by {keys} having count(*) > 1'
        if store.execute(sql).fetchone():
            faults.append(f"{table.name}: key twice")
    assert faults == []


def test_reasons_come_from_the_lists_of_their_event_type(tiny: Simulation) -> None:
    reasons = defaultdict(set)
    for event in tiny.records("ticket_events"):
        reasons[event["type"]].add(event["reason_code"])
    assert reasons["paused"] <= set(PAUSE_REASONS)
    assert reasons["transferred"] <= set(TRANSFER_REASONS)
    assert reasons["accepted"] == {None}


def test_reported_at_is_the_first_reported_event(tiny: Simulation) -> None:
    first: dict[object, object] = {}
    for event in tiny.records("ticket_events"):
        if event["type"] == "reported":
            first.setdefault(event["ticket_id"], event["at"])
    assert {t["ticket_id"]: t["reported_at"] for t in tiny.records("tickets")} == first


def test_events_of_a_ticket_follow_in_time(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, _ = long_store
    sql = """
        select count(*) from ticket_events a join ticket_events b
        on a.ticket_id = b.ticket_id and b.seq = a.seq + 1
        where b.at < a.at
    """
    assert store.execute(sql).fetchone()[0] == 0


def test_the_seed_size_has_the_hospitals_own_figures() -> None:
    run = simulate(DemoSpec(until=UNTIL, days=1)).sites[0]
    devices = [d for d in run.site.fleet.devices if d.is_in_service]
    wards = [d for d in devices if not d.kind.is_backbone]
    assert (len(wards), len(devices) - len(wards)) == (2010, 70)
    assert len(run.site.rows["engineers"]) == 8
    assert len(run.site.rows["systems"]) == 53
    assert len({(d.model.brand, d.model.name) for d in devices}) >= 40
    assert run.demand.per_day == pytest.approx(30.15)


def test_a_week_of_the_demand_profile_lasts_a_week() -> None:
    monday = midnight(date(2026, 3, 2))
    assert PROFILE.between(monday, monday + 7 * DAY) == pytest.approx(7 * DAY)
    later = PROFILE.after(monday + 12_345, 98_765)
    assert PROFILE.between(monday + 12_345, later) == pytest.approx(98_765)


# -- failures and their truth ---------------------------------------------------------------------


def test_reports_come_at_one_and_a_half_per_cent_a_device_day(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = long_store
    told = truth["sites"]["H01"]
    planted = sum(len(outage["ticket_ids"]) + 1 for outage in told["outages"])
    total = store.execute("select count(*) from tickets").fetchone()[0]
    assert total - planted == pytest.approx(0.015 * 200 * 720, rel=0.12)


def test_failures_counted_in_the_store_equal_the_truth(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = long_store
    sql = f"""
        select a.model,
               count(*) filter (where coalesce(t.outcome_code, '') <> 'user_error'),
               count(*)
        from tickets t join assets a on a.asset_id = t.asset_id
        where t.work_class = 'repair' and coalesce(t.outcome_code, '') not in {NOT_FAILURES}
        group by a.model
    """
    measured = {model: (inherent, use) for model, inherent, use in store.execute(sql)}
    undecided = store.execute(
        "select count(*) from tickets where work_class = 'repair' and outcome_code is null"
    ).fetchone()[0]
    gap = 0
    for model in truth["sites"]["H01"]["models"]:
        outage = model["outage_count"]
        inherent, use = measured.get(model["model"], (0, 0))
        gap += abs(inherent - model["inherent"]["count"] - outage)
        gap += abs(use - model["use"]["count"] - outage)
    assert gap <= 2 * undecided


def test_failure_counts_fit_the_planted_hazard(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    _, truth = long_store
    models = truth["sites"]["H01"]["models"]
    for kind in ("inherent", "use"):
        pairs = [(m[kind]["count"], m[kind]["hazard_excluding_repair"]) for m in models]
        expected = sum(hazard for _, hazard in pairs)
        assert abs(sum(count for count, _ in pairs) - expected) < 4 * expected**0.5
        assert all(abs(count - hazard) < 4.5 * max(hazard, 1) ** 0.5 for count, hazard in pairs)


def test_in_service_days_of_the_truth_are_those_of_the_states(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = long_store
    sql = """
        select a.model, sum(julianday(min(coalesce(valid_to, :hi), :hi))
                          - julianday(max(valid_from, :lo)))
        from asset_states s join assets a on a.asset_id = s.asset_id
        where state = 'in_service' and valid_from < :hi and coalesce(valid_to, :hi) > :lo
        group by a.model
    """
    window = {"lo": "2024-03-11 00:00:00", "hi": "2026-03-01 00:00:00"}
    measured = dict(store.execute(sql, window).fetchall())
    for model in truth["sites"]["H01"]["models"]:
        assert measured[model["model"]] == pytest.approx(model["in_service_days"], abs=0.01)


def test_a_device_under_repair_does_not_fail_again(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, _ = long_store
    sql = f"""
        select t.asset_id, t.reported_at, max(e.at)
        from tickets t
        left join ticket_events e on e.ticket_id = t.ticket_id and e.type = 'restored'
        where t.work_class = 'repair' and t.asset_id is not null
        and coalesce(t.outcome_code, '') not in {NOT_FAILURES}
        group by t.ticket_id order by t.asset_id, t.reported_at
    """
    busy_until: dict[str, str] = {}
    for asset_id, reported_at, restored_at in store.execute(sql):
        assert reported_at >= busy_until.get(asset_id, "")
        busy_until[asset_id] = restored_at or "9999"


def test_the_bad_model_fails_about_three_times_as_often(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    _, truth = long_store
    rates = {
        model["model"]: model["inherent"]["hazard_in_service"] / model["in_service_days"]
        for model in truth["sites"]["H01"]["models"]
        if model["asset_class"] == "黑白打印机"
    }
    assert 2.0 < rates["YJ-P1"] / rates["YJ-P3"] < 4.5


# -- stories --------------------------------------------------------------------------------------


def test_an_outage_is_an_alarm_and_then_its_zone_within_half_an_hour(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = long_store
    outages = truth["sites"]["H01"]["outages"]
    assert len(outages) == 3
    for outage in outages:
        sql = "select channel, asset_id, reported_at from tickets where ticket_id = ?"
        channel, asset_id, first = store.execute(sql, [outage["switch_ticket_id"]]).fetchone()
        assert (channel, asset_id) == ("alarm", outage["switch_id"])
        marks = ", ".join("?" * len(outage["ticket_ids"]))
        sql = f"""
            select distinct d.zone, t.fault_family_code,
                   t.reported_at between :a and datetime(:a, '+30 minutes')
            from tickets t join departments d using (site_id, department_id)
            where ticket_id in ({marks})
        """.replace(":a", f"'{first}'")
        rows = store.execute(sql, outage["ticket_ids"]).fetchall()
        assert rows == [(outage["zone"], "network_down", 1)]
        assert len(outage["ticket_ids"]) >= 8


def test_one_loan_never_comes_back(long_store: tuple[sqlite3.Connection, Truth]) -> None:
    store, truth = long_store
    (loan_id,) = truth["sites"]["H01"]["lost_loans"]
    sql = "select returned_at, due_at < '2026-03-01' from loans where loan_id = ?"
    assert store.execute(sql, [loan_id]).fetchone() == (None, 1)


def test_missed_warranties_are_own_money_spent_before_the_warranty_ended(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = long_store
    sql = """
        select c.cost_id, c.kind, round(cast(c.amount_cny as real), 2)
        from ticket_costs c join tickets t using (site_id, ticket_id)
        join assets a using (site_id, asset_id)
        left join parts p using (site_id, part_id)
        where c.kind in ('part', 'external', 'freight') and cast(c.amount_cny as real) > 0
        and c.occurred_on <= a.warranty_until
        and t.work_class <> 'consumable' and coalesce(p.is_consumable, 0) = 0
        and coalesce(t.outcome_code, '') not in ('user_error', 'no_fault_found')
    """
    told = truth["sites"]["H01"]["missed_warranties"]
    assert {item["kind"] for item in told} == {"part", "external", "freight"}
    lines = {(item["cost_id"], item["kind"], item["amount_cny"]) for item in told}
    assert set(store.execute(sql)) == lines


def test_the_skewed_clock_is_37_seconds_early_on_arrivals(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = long_store
    sql = """
        select cast(strftime('%s', recorded_at) - strftime('%s', at) as integer), count(*)
        from ticket_events where type = 'arrived' and engineer_id = 'E03' group by 1
    """
    found = dict(store.execute(sql).fetchall())
    skew = truth["sites"]["H01"]["clock_skew"]
    assert set(found) - {37} == {gap for gap in found if gap > DAY}
    assert sum(found.values()) <= skew["events"]
    assert found[37] > 0.97 * skew["events"]


def test_late_events_are_recorded_days_after_they_happened(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = long_store
    sql = "select event_id from ticket_events where julianday(recorded_at) - julianday(at) > 0.9"
    assert {row[0] for row in store.execute(sql)} == set(truth["sites"]["H01"]["late_events"])


def test_a_bill_is_pages_times_price_but_for_the_planted_ones(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = long_store
    prices = {
        (asset_id, meter): Decimal(price)
        for asset_id, mono, colour in store.execute(
            "select asset_id, mono_price_cny, colour_price_cny from print_contracts"
        )
        for meter, price in (("mono_pages", mono), ("colour_pages", colour))
        if price is not None
    }
    rolls = dict(store.execute("select asset_id, rollover_at from print_contracts").fetchall())
    totals: dict[str, Decimal] = defaultdict(Decimal)
    before: dict[tuple[str, str], Decimal] = {}
    sql = "select asset_id, meter, read_at, value, is_replaced from meter_readings order by read_at"
    for asset_id, meter, read_at, value, is_replaced in store.execute(sql):
        key, now = (asset_id, meter), Decimal(value)
        if key in prices and key in before and not is_replaced:
            pages = now - before[key]
            if pages < 0:
                pages += Decimal(rolls[asset_id])
            totals[read_at[:7]] += pages * prices[key]
        before[key] = now
    wrong = {item["bill_id"]: item for item in truth["sites"]["H01"]["misbilled"]}
    assert len(wrong) == 2
    for bill_id, month, amount in store.execute(
        "select bill_id, month, amount_cny from vendor_bills"
    ):
        expected = totals[month].quantize(Decimal("0.01"), ROUND_HALF_UP)
        if bill_id in wrong:
            assert Decimal(wrong[bill_id]["expected_cny"]) == expected
            assert Decimal(amount) > expected
        else:
            assert Decimal(amount) == expected


# -- stock ----------------------------------------------------------------------------------------


def test_stock_never_goes_below_zero_and_counts_agree(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, _ = long_store
    level: Counter[tuple[str, str]] = Counter()
    signs = {"out": -1, "transfer_out": -1, "count": 0}
    sql = "select store_id, part_id, kind, quantity from stock_moves order by move_id"
    counted = 0
    for store_id, part_id, kind, quantity in store.execute(sql):
        key = (store_id, part_id)
        level[key] += signs.get(kind, 1) * int(float(quantity))
        assert level[key] >= 0
        if kind == "count":
            counted += 1
            assert level[key] == float(quantity)
    assert counted > 100


def test_parts_charged_to_tickets_are_parts_issued_to_them(tiny: Simulation) -> None:
    issued = Counter(
        (m["ticket_id"], m["part_id"])
        for m in tiny.records("stock_moves")
        if m["kind"] == "out" and m["ticket_id"]
    )
    charged = Counter(
        (c["ticket_id"], c["part_id"]) for c in tiny.records("ticket_costs") if c["kind"] == "part"
    )
    assert issued == charged


# -- dirt -----------------------------------------------------------------------------------------

CHECKS = {
    "restored_before_accepted": """
        select count(*) from ticket_events r join ticket_events a using (ticket_id)
        where r.type = 'restored' and a.type = 'accepted'
        and julianday(a.at) - julianday(r.at) > 300
        and a.seq = (select min(seq) from ticket_events x where x.ticket_id = a.ticket_id
                     and x.type = 'accepted')""",
    "unknown_value:tickets.priority": "select count(*) from tickets where priority = 'P9'",
    "unknown_value:tickets.channel": "select count(*) from tickets where channel = '微信'",
    "unknown_value:tickets.work_class": "select count(*) from tickets where work_class = '修理'",
    "unknown_value:ticket_events.type": "select count(*) from ticket_events where type='started'",
    "unparsable_date:tickets.reported_at": "select count(*) from tickets "
    "where reported_at = '2026-02-30 08:00:00'",
    "unparsable_date:ticket_costs.occurred_on": "select count(*) from ticket_costs "
    "where occurred_on = '?'",
    "duplicate_key:tickets": "select count(*) - count(distinct ticket_id) from tickets "
    "where ticket_id is not null",
    "duplicate_key:ticket_events": "select count(*) - count(distinct event_id) from ticket_events",
    "event_without_ticket": "select count(*) from ticket_events where ticket_id like '%-GONE'",
    "negative_cost": "select count(*) from ticket_costs where cast(amount_cny as real) < 0",
    "empty_string:tickets.department_id": "select count(*) from tickets where department_id = ''",
    "over_long_text:tickets.description": "select count(*) from tickets "
    "where length(description) > 10000",
    "space_in_code:tickets.department_id": "select count(*) from tickets "
    "where department_id <> trim(department_id)",
    "missing_key:tickets": "select count(*) from tickets where ticket_id is null",
    "missing_required:tickets.reported_at": "select count(*) from tickets "
    "where reported_at is null",
    "missing_required:ticket_events.type": "select count(*) from ticket_events where type is null",
}


def test_every_kind_of_dirt_is_there_as_often_as_told(
    dirty_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = dirty_store
    told = {kind: entry["count"] for kind, entry in truth["dirt"].items()}
    assert {kind: store.execute(sql).fetchone()[0] for kind, sql in CHECKS.items()} == told
    assert min(told.values()) >= 2


def test_a_clean_store_has_no_dirt(long_store: tuple[sqlite3.Connection, Truth]) -> None:
    store, truth = long_store
    assert truth["dirt"] == {}
    assert {sql: store.execute(sql).fetchone()[0] for sql in CHECKS.values()} == dict.fromkeys(
        CHECKS.values(), 0
    )


def test_the_truth_names_its_window_in_utc(dirty_store: tuple[sqlite3.Connection, Truth]) -> None:
    _, truth = dirty_store
    start, end = (
        datetime.fromisoformat(truth["window"][name]) for name in ("start_utc", "end_utc")
    )
    assert (end - start).days == 60
    assert end.isoformat() == "2026-02-28T16:00:00"


def test_forgotten_tickets_have_no_event_after_their_creation(
    long_store: tuple[sqlite3.Connection, Truth],
) -> None:
    store, truth = long_store
    sql = """
        select ticket_id from ticket_events group by ticket_id
        having max(seq) = 2 and max(at) < '2026-02-26'
    """
    quiet = {row[0] for row in store.execute(sql)}
    assert quiet == set(truth["sites"]["H01"]["forgotten_tickets"])
