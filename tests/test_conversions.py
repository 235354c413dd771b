"""Values that would lose something on their way into the contract's types are refused, not cut."""

from datetime import date
from decimal import Decimal

import duckdb
import pytest

from assets.conversions import converted, refused
from assets.sources.contract import MONEY, PRICE, QUANTITY


def read(value: str, source_type: str, target: str) -> tuple[object, bool]:
    """What a value becomes, and whether it is refused."""
    sql = converted("c", source_type, target, "Asia/Shanghai")
    condition = refused("c", source_type, target, "v") or "false"
    row = duckdb.sql(
        f"select v, coalesce({condition}, false) from (select c, {sql} as v "
        f"from (select cast('{value}' as {source_type}) as c))"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


@pytest.mark.parametrize("source_type", ["VARCHAR", "DOUBLE", "DECIMAL(14,4)"])
@pytest.mark.parametrize("value", ["0.005", "1234.565", "0.0049", "-3.141"])
def test_an_amount_finer_than_a_fen_is_refused(value: str, source_type: str) -> None:
    assert read(value, source_type, MONEY) == (None, True)


@pytest.mark.parametrize(
    ("value", "source_type", "amount"),
    [
        ("12.30", "DECIMAL(14,4)", "12.30"),
        ("0.30000000000000004", "DOUBLE", "0.30"),
        ("0.30000000000000004", "VARCHAR", "0.30"),
        ("1e3", "VARCHAR", "1000.00"),
        ("-0.01", "DOUBLE", "-0.01"),
    ],
)
def test_the_noise_of_binary_fractions_is_no_digit(
    value: str, source_type: str, amount: str
) -> None:
    assert read(value, source_type, MONEY) == (Decimal(amount), False)


def test_a_quantity_has_three_places_and_a_price_is_rounded_to_six() -> None:
    assert read("0.125", "DOUBLE", QUANTITY) == (Decimal("0.125"), False)
    assert read("0.1255", "DOUBLE", QUANTITY) == (None, True)
    assert read("0.3333333333", "DOUBLE", PRICE) == (Decimal("0.333333"), False)


@pytest.mark.parametrize("value", ["2025-12-31(已续至2027-12-31)", "2025-12-31至2027-12-31"])
def test_a_day_followed_by_more_is_refused(value: str) -> None:
    assert read(value, "VARCHAR", "DATE") == (None, True)


@pytest.mark.parametrize("value", ["2025-12-31", "2025/12/31", "2025-12-31 08:00", " 2025-12-31 "])
def test_a_day_with_or_without_a_time_is_that_day(value: str) -> None:
    assert read(value, "VARCHAR", "DATE") == (date(2025, 12, 31), False)
