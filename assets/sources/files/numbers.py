"""Numbers as people write them in a cell: ``1,234.50``, ``￥1,234.50``, ``1234 元``.

Holds the form that a mapping gives a column, and the SQL that reads it. What the form does not
explain to the last character stays as it is, and is held by the pull: ``1,23`` or ``1.2万`` may
mean several things.
"""

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from assets.conversions import quoted

GROUPED = ","
_PLAIN = "0123456789.,-+"
# Full-width digits and signs are the same ones.
_WIDE = "".join(chr(ord(one) + 0xFEE0) for one in _PLAIN)


class NumberForm(BaseModel):
    """How a column's numbers are written.

    ``grouped_by`` parts groups of three digits; ``leave_out`` may stand before or behind the
    number, such as a currency.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    grouped_by: str = Field(default="", max_length=1, pattern=r"^[^0-9.+-]?$")
    leave_out: tuple[str, ...] = ()


def read(text: str, form: NumberForm) -> str:
    """Return the SQL of a number in its plain form as text; NULL where the form does not fit.

    Args:
        text: the SQL of the cell's text.
        form: of the column.
    """
    bare = f"trim(translate({text}, {quoted(_WIDE)}, {quoted(_PLAIN)}))"
    if form.leave_out:
        # Longest first: 人民币元 is no 元 behind 人民币.
        marks = "|".join(re.escape(one) for one in sorted(form.leave_out, key=len, reverse=True))
        before = quoted(rf"^([+-]?)\s*(?:{marks})\s*")
        behind = quoted(rf"\s*(?:{marks})$")
        bare = f"regexp_replace(regexp_replace({bare}, {before}, '\\1'), {behind}, '')"
    plain = r"[+-]?[0-9]+(?:\.[0-9]+)?"
    found = f"case when regexp_full_match({bare}, {quoted(plain)}) then {bare} "
    if form.grouped_by:
        mark = re.escape(form.grouped_by)
        grouped = rf"[+-]?[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+(?:\.[0-9]+)?"
        found += (
            f"when regexp_full_match({bare}, {quoted(grouped)}) "
            f"then replace({bare}, {quoted(form.grouped_by)}, '') "
        )
    return f"{found}end"


def number(text: str, form: NumberForm) -> str:
    """Return the SQL of a number as canonical text; what the form does not explain stays as is."""
    return f"coalesce({read(text, form)}, {text})"


def form_of(marks: Sequence[str]) -> NumberForm:
    """Return the widest form with these marks: what can be told from it can be read."""
    return NumberForm(grouped_by=GROUPED, leave_out=tuple(marks))
