"""Charts of plain tables as still pictures: bars, bars with cumulative shares, lines over weeks.

Holds SVG and nothing else: it prints sharply, needs no script, and a reader without pictures gets
the table beside it. What is drawn is decided by the report.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from config import theme

# As wide as A4 between its margins.
WIDTH, HEIGHT = 680, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 44, 26, 66
_ROOM, _TALL = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_TICKS, _MOST_LABELS, _LONGEST = 4, 14, 9
_SIZE = 12
Values = Sequence[float | None]


@dataclass(frozen=True)
class Line:
    """One line with a value per category; a share, 0 to 1, has the right-hand scale."""

    name: str
    values: Values
    colour: str
    is_dashed: bool = False
    is_share: bool = False


def picture(labels: Sequence[str], bars: Values, bar_name: str, lines: Sequence[Line]) -> str:
    """Return a chart as an address that an image can have.

    Args:
        labels: words of the categories.
        bars: a value per category; empty for a chart of lines alone.
        bar_name: what they are.
        lines: drawn over them.
    """
    amounts = [one for one in bars if one is not None]
    amounts += [v for line in lines if not line.is_share for v in line.values if v is not None]
    top = _round_up(max(amounts, default=0.0))
    parts = [_grid(top), *_bars(bars, top)]
    for line in lines:
        parts.append(_line(line, 1.0 if line.is_share else top))
    if any(line.is_share for line in lines):
        parts += [_text(WIDTH - _RIGHT + 6, _y(one, 1.0) + 4, f"{one:.0%}") for one in (0, 0.5, 1)]
        parts.append(_path([(_LEFT, _y(0.8, 1.0)), (WIDTH - _RIGHT, _y(0.8, 1.0))],
                           theme.PAPER_DIM, "2 4"))  # fmt: skip
    parts += _labels(labels)
    parts.append(_legend(bar_name if bars else "", lines))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="{escape(theme.FONT_STACK, quote=True)}" '
        f'font-size="{_SIZE}" fill="{theme.PAPER_INK}">{"".join(parts)}</svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 2.5, 5 times a power of ten; 1 of nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)


def _y(value: float, top: float) -> float:
    return round(_TOP + _TALL * (1 - value / top), 1)


def _x(place: int, count: int) -> float:
    """Return the middle of a category's room."""
    return round(_LEFT + _ROOM * (place + 0.5) / count, 1)


def _grid(top: float) -> str:
    found = ""
    for step in range(_TICKS + 1):
        value = top * step / _TICKS
        y = _y(value, top)
        found += _path([(_LEFT, y), (WIDTH - _RIGHT, y)], theme.PAPER_LINE)
        found += _text(_LEFT - 6, y + 4, f"{value:,.6g}", "end")
    return found


def _bars(values: Values, top: float) -> list[str]:
    room = _ROOM / max(len(values), 1)
    return [
        f'<rect x="{_x(place, len(values)) - 0.35 * room:.1f}" y="{_y(value, top)}" '
        f'width="{0.7 * room:.1f}" height="{_TOP + _TALL - _y(value, top):.1f}" '
        f'fill="{theme.PAPER_ACCENT}"/>'
        for place, value in enumerate(values)
        if value is not None
    ]


def _line(line: Line, top: float) -> str:
    """Return a line that is broken where a value is missing or beyond the scale."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(line.values):
        if value is None or value < 0:
            runs.append([])
        else:
            runs[-1].append((_x(place, len(line.values)), _y(value, top)))
    dashes = "5 4" if line.is_dashed else ""
    return "".join(_path(run, line.colour, dashes, 2) for run in runs if run)


def _path(
    points: Sequence[tuple[float, float]], colour: str, dashes: str = "", width: int = 1
) -> str:
    steps = " ".join(f"{'M' if not n else 'L'}{x} {y}" for n, (x, y) in enumerate(points))
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<path d="{steps}" fill="none" stroke="{colour}" stroke-width="{width}"{dashed}/>'


def _text(x: float, y: float, text: str, anchor: str = "start", colour: str = "") -> str:
    fill = f' fill="{colour}"' if colour else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{fill}>{escape(text)}</text>'


def _labels(labels: Sequence[str]) -> list[str]:
    """Return words below the axis, aslant, few enough to stand apart."""
    step = max(1, math.ceil(len(labels) / _MOST_LABELS))
    found = []
    for place in range(0, len(labels), step):
        text = labels[place]
        short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        x, y = _x(place, len(labels)), _TOP + _TALL + 14
        found.append(f'<g transform="rotate(-28 {x} {y})">{_text(x, y, short, "end")}</g>')
    return found


def _legend(bar_name: str, lines: Sequence[Line]) -> str:
    named = [(bar_name, theme.PAPER_ACCENT)] if bar_name else []
    named += [(line.name, line.colour) for line in lines]
    found, x = "", float(_LEFT)
    for name, colour in named:
        found += f'<rect x="{x}" y="6" width="14" height="4" fill="{colour}"/>'
        found += _text(x + 18, 13, name)
        x += 34 + _SIZE * sum(1.0 if ord(letter) > 0xFF else 0.6 for letter in name)  # noqa: PLR2004
    return found
