"""Amounts in words as Chinese payment documents write them: 壹仟零伍元整.

Holds one function. Used for totals only.
"""

from decimal import ROUND_HALF_UP, Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
_GROUP = 10_000
_LIMIT = Decimal(10) ** 16
_CENT = Decimal("0.01")
_LEADING = 1000


def _group_words(number: int) -> str:
    """Return the words of 1…9999: inner zeros once, trailing ones never."""
    words, is_zero_due = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            is_zero_due = bool(words)
            continue
        words += (_DIGITS[0] if is_zero_due else "") + _DIGITS[digit] + _PLACES[place]
        is_zero_due = False
    return words


def _integer_words(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, _GROUP)
        groups.append(group)
    words, is_zero_due = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group == 0:
            is_zero_due = bool(words)
            continue
        if words and (is_zero_due or group < _LEADING):
            words += _DIGITS[0]
        words += _group_words(group) + _GROUPS[place]
        is_zero_due = False
    return words


def chinese_amount(amount: Decimal) -> str:
    """Return an amount in words by the rules for bills and payments.

    整 stands after 元 and after 角, never after 分. A zero is written where yuan are followed by
    分 without 角, and once for any run of zeros inside; amounts below one yuan begin with 角 or 分.

    Args:
        amount: yuan; rounded half up to the cent. Negative amounts begin with 负.

    Raises:
        ValueError: ten quadrillion yuan or more.

    Source: 《支付结算办法》附件一《正确填写票据和结算凭证的基本规定》.
    """
    exact = abs(amount).quantize(_CENT, rounding=ROUND_HALF_UP)
    if exact >= _LIMIT:
        raise ValueError(f"amount out of range: {amount}")
    yuan, cents = divmod(int(exact * 100), 100)
    jiao, fen = divmod(cents, 10)
    sign = "负" if amount < 0 and exact else ""
    words = f"{_integer_words(yuan)}元" if yuan else ""
    if not cents:
        return f"{sign}{words or '零元'}整"
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif words:
        words += _DIGITS[0]
    return f"{sign}{words}{_DIGITS[fen]}分" if fen else f"{sign}{words}整"
