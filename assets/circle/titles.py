"""The names of the ten steps of a quality circle, as its published form has them."""

from assets.circle.model import Words


def step_titles(w: Words) -> tuple[str, ...]:
    """Return the names of the ten steps."""
    return (
        w("主题选定", "Choice of topic"), w("活动计划拟定", "Plan"),
        w("现况把握", "Present state"), w("目标设定", "Target"), w("解析", "Analysis"),
        w("对策拟定", "Measures"), w("对策实施与检讨", "Doing and checking"),
        w("效果确认", "Effect"), w("标准化", "Standard"), w("检讨与改进", "Review"),
    )  # fmt: skip
