"""Every figure of the wall's document with the question that the command must answer alike.

Holds where each KPI stands on the wall, read from the document that browsers get. That each number
of the document stands on the screen is proved in `test_wall_browser`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from assets import metrics
from dashboards.wall_rankings import RANK_DAYS
from dashboards.wall_scenes import SCENES, Card

Json = dict[str, Any]


@dataclass(frozen=True)
class Shown:
    """One figure: its text on the wall, and of which KPI, days and group it is.

    ``n`` is the number of cases beside it, empty where the wall tells none.
    """

    text: str
    metric_id: str
    statistic: str
    start: date
    end: date
    grain: str = "month"
    by: str = ""
    group: str = ""
    n: str = ""


def scene_figures(document: Json, month: date) -> Iterator[Shown]:
    """Yield the figures of the cards, those of spare scenes included."""
    for scene in (*document["scenes"], *document["spare_scenes"]):
        cards = SCENES.get(scene["id"], ())
        for card, told in zip(cards, scene.get("cards", ()), strict=True):
            first = month if told["caption"] == "本月" else metrics.add_months(month, -1)
            span = (first, metrics.add_months(first, 1))
            yield from _listed(card, told, *span) if card.by else _single(card, told, *span)


def _single(card: Card, told: Json, start: date, end: date) -> Iterator[Shown]:
    n = next(line.rpartition("n=")[2] for line in told["lines"] if "n=" in line)
    yield Shown(told["value"], card.metric_id, card.statistic, start, end, n=n)
    for line in told["lines"]:
        if line.startswith("上月 "):
            before = metrics.add_months(start, -1)
            text = line.removeprefix("上月 ")
            yield Shown(text, card.metric_id, card.statistic, before, start)


def _listed(card: Card, told: Json, start: date, end: date) -> Iterator[Shown]:
    for row in told["rows"]:
        name, text, cases = (cell["text"] for cell in row["cells"])
        yield Shown(
            text.lstrip("▲■ "), card.metric_id, card.statistic, start, end, by=card.by,
            group=name, n=cases.removeprefix("n="),
        )  # fmt: skip


def strip_figures(document: Json, day: date) -> Iterator[Shown]:
    """Yield the figures of the eight tiles on a day that has begun."""
    tiles, month, tomorrow = document["tiles"], day.replace(day=1), day + timedelta(days=1)
    for name, statistic in (("availability", "a_24x7"), ("stability", "per_100_device_months")):
        tile = tiles[name]
        text = tile["value"] + tile["unit"]
        yield Shown(text, name, statistic, month, tomorrow)
        before = metrics.add_months(month, -1)
        yield Shown(tile["lines"][1].split()[1], name, statistic, before, month)
    mean = tiles["mean_time"]
    texts = {
        ("calls", "count"): tiles["calls"]["value"],
        ("calls_answered", "share"): tiles["calls"]["lines"][1].split()[1],
        ("tickets_created", "count"): tiles["created"]["value"],
        ("tickets_completed", "count"): tiles["completed"]["value"],
        ("engineers_engaged", "engaged"): tiles["engaged"]["value"],
        ("engineers_on_roster", "count"): tiles["engaged"]["unit"].split()[1],
        ("restore_time", "mean"): f"{mean['value']} {mean['unit']}".strip(),
        ("restore_time", "median"): mean["lines"][0].split()[1],
        ("restore_time", "p90"): mean["lines"][1].split()[1],
    }
    for (metric_id, statistic), text in texts.items():
        yield Shown(text, metric_id, statistic, day, tomorrow, "day")
    top = tiles["top_department"]
    count = top["lines"][0].split()[0]
    yield Shown(count, "reports", "count", day, tomorrow, "day", "department", top["value"])


def panel_figures(document: Json, day: date, data_from: date) -> Iterator[Shown]:
    """Yield the figures of the panels that stand for a month, a quarter or a day."""
    panels, tomorrow = document["panels"], day + timedelta(days=1)
    for row in panels["sla"]["rows"]:
        clock, net, gross, _ = (cell["text"] for cell in row["cells"])
        for statistic, text in (("net", net), ("gross", gross.lstrip("/ "))):
            yield Shown(text, "sla_attainment", statistic, day.replace(day=1), tomorrow,
                        by="clock", group=clock)  # fmt: skip
    since = max(day - timedelta(days=RANK_DAYS), data_from)
    rate = "per_100_device_years"
    for row in panels["departments"]["rows"]:
        name, text, _, cases = (cell["text"] for cell in row["cells"])
        yield Shown(text, "report_rate", rate, since, tomorrow, "total", "department",
                    name.lstrip("▲■ "), cases.removeprefix("n="))  # fmt: skip
    for row in panels["models"]["rows"]:
        yield Shown(row["text"], "use_failure_rate", rate, since, tomorrow, "total", "model",
                    row["name"])  # fmt: skip
    trend = panels["trend"]
    for metric_id, key in (("reports", "reports"), ("tickets_completed", "completed")):
        for name, value in zip(trend["days"], trend[key], strict=True):
            one = date.fromisoformat(name)
            yield Shown(f"{value:,.0f}", metric_id, "count", one, one + timedelta(days=1), "day")


def queue_figures(document: Json, day: date) -> Iterator[Shown]:
    """Yield the figures of the queue's panel on a day that has begun."""
    panel, tomorrow = document["panels"]["queue"], day + timedelta(days=1)
    *_, loans, parts = ([cell["text"] for cell in row["cells"]] for row in panel["rows"])
    out, overdue = loans[1].split(" / ")
    for metric_id, statistic, text in (
        ("backlog", "count", panel["note"].split()[1]),
        ("loans_overdue", "out", out),
        ("loans_overdue", "overdue", overdue),
        ("parts_below_min", "count", parts[1]),
    ):
        yield Shown(text, metric_id, statistic, day, tomorrow, "day")
