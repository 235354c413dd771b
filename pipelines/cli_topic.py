"""How the commands of cause analysis ask and answer: the open snapshot, the topic, tables, numbers.

Holds what ``cli_causes`` and ``cli_improvements`` share, the options of a topic among it. What is
asked is decided there.
"""

import math
from collections.abc import Callable, Sequence
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines import cli_output
from pipelines.cli_asked import conditions, span_of
from pipelines.cli_kpi import From, To, Where, opened_snapshot
from pipelines.cli_settings import installed

if TYPE_CHECKING:
    import duckdb

    from assets.causes.reading import Topic
    from config.settings import Settings

ROLE = "head"
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
# The options of every question about a topic.
_TOPIC = tuple(
    Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
    for name, kind, default in (
        ("where", Where, None), ("start", From, None), ("end", To, None), ("as_json", AsJson, False)
    )
)  # fmt: skip


class Asked:
    """One question: the open snapshot, the topic, and how the answer is printed."""

    def __init__(
        self,
        con: "duckdb.DuckDBPyConnection",
        settings: "Settings",
        about: "Topic",
        *,
        is_demo: bool,
        as_json: bool,
    ) -> None:
        """Keep what is asked about."""
        self.con, self.about, self.lang = con, about, settings.language
        self._is_demo, self._as_json = is_demo, as_json

    def tell(
        self,
        content: Any,
        columns: Sequence[tuple[str, str]],
        rows: Sequence[Sequence[object]],
        *notes: str,
    ) -> None:
        """Print the content as JSON, or rows under columns given in both languages."""
        cli_output.mark_demo(self._is_demo, self.lang, to_err=self._as_json)
        if self._as_json:
            cli_output.print_json(content)
            return
        zh = self.lang == "zh"
        cli_output.print_table([one[not zh] for one in columns], rows)
        for note in notes:
            cli_output.out().print(note, markup=False)


def ask(
    where: list[str] | None,
    start: str | None,
    end: str | None,
    answer: Callable[[Asked], None],
    *,
    as_json: bool,
) -> None:
    """Open the snapshot, make the topic of the options and hand both to ``answer``."""
    from assets.causes.reading import topic

    settings = installed()
    first, last = span_of(start, end)
    with opened_snapshot(settings) as (snapshot, con):
        about = topic(con, start=first, end=last, where=conditions(where), role=ROLE)
        answer(Asked(con, settings, about, is_demo=snapshot.is_demo, as_json=as_json))


def question(
    app: typer.Typer, zh: str, en: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the decorator of a command about a topic; its help is Chinese first, English below.

    What it decorates takes what was ``Asked`` and its own options; those of the topic come along.
    """

    def register(answer: Callable[..., None]) -> Callable[..., None]:
        _, *own = signature(answer).parameters.values()

        def run(**given: Any) -> None:
            where, start, end, as_json = (given.pop(one.name) for one in _TOPIC)
            ask(where, start, end, lambda asked: answer(asked, **given), as_json=as_json)

        options = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in own] + list(_TOPIC)
        run.__name__, run.__doc__ = answer.__name__, answer.__doc__
        run.__annotations__ = {one.name: one.annotation for one in options}
        vars(run)["__signature__"] = Signature(options)
        cli_output.command(app, zh, en)(run)
        return answer

    return register


def note_of(lang: str) -> str:
    """Return the reminder that association is no cause."""
    from assets.causes.reading import NOTE

    return NOTE["en" if lang == "en" else "zh"]


def finite(value: float | None) -> float | None:
    """Return a number as JSON knows it: none for NaN and infinity."""
    return None if value is None or not math.isfinite(value) else value


def number_of(value: float | None, places: int) -> str | None:
    """Return a number with decimals; None for none and NaN."""
    return None if value is None or math.isnan(value) else f"{value:,.{places}f}"


def percent_of(value: float | None) -> str | None:
    """Return a share as a percentage."""
    return None if value is None else f"{value:.1%}"


def interval_of(low: float | None, high: float | None, places: int) -> str | None:
    """Return an interval."""
    parts = (number_of(low, places), number_of(high, places))
    return None if parts == (None, None) else f"{parts[0] or '—'}–{parts[1] or '—'}"


def p_of(value: float | None) -> str | None:
    """Return a p value as it is printed."""
    if value is None or math.isnan(value):
        return None
    return "< 0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004
