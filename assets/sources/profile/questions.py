"""What the assistant is unsure of, in words: what it assumed, and what else it could be.

Holds the sentences in both languages. When each is asked is decided where the doubt arises.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assets.sources.profile.columns import Column

_SHOWN = 6
_MOST_UNREAD = 0.999


@dataclass(frozen=True)
class Question:
    """One doubt: Chinese and English."""

    zh: str
    en: str


def _some(values: Sequence[str]) -> str:
    shown = "、".join(values[:_SHOWN])
    return f"{shown} …({len(values)})" if len(values) > _SHOWN else shown


def guessed(header: str, role: str, others: Sequence[str]) -> Question:
    """A column taken for a role by a header that only resembles, or with rivals."""
    zh = f"列「{header}」被当作 {role}。"
    en = f"Column “{header}” is taken for {role}."
    if others:
        zh += f"也可能是:{_some(others)}。"
        en += f" It might also be: {_some(others)}."
    return Question(zh, en)


def no_key() -> Question:
    """No column holds the ticket's number."""
    return Question(
        "没有找到工单号,改用「文件 + 行内容 + 相同行中的序号」作主键;"
        "行的内容一改,就成了另一张工单。",
        "No ticket number was found; file, content and ordinal serve as the key instead.",
    )


def repeated_key(header: str, count: int) -> Question:
    """The key repeats in a table that should have one row per ticket."""
    return Question(
        f"列「{header}」有 {count} 行重复:完全相同的只算一次,内容不同的会进入隔离区。"
        "若每次变更一行,请改写成 status_log;若一单多行费用,请加 one_row_per。",
        f"“{header}” repeats in {count} rows: equal rows count once, different ones are held.",
    )


def no_report_time() -> Question:
    """No time at all could be read as the report's."""
    return Question(
        "没有找到报修时间:请在 tickets.columns 里写 reported_at。",
        "No time of reporting was found: please write reported_at.",
    )


def stands_in(header: str) -> Question:
    """Another time stands in for the report's."""
    return Question(
        f"没有找到报修时间,用「{header}」代替;从报修算起的指标会因此偏短。",
        f"No time of reporting was found; “{header}” stands in, and spans come out short.",
    )


def outcome_of(header: str) -> Question:
    """A column of results that people chose from a list tells the outcome too."""
    return Question(
        f"列「{header}」同时作处理结果(outcome_code):误报、使用不当、取消的不计入故障。"
        "不对请删去 outcome_code。",
        f"“{header}” tells the outcome too: what was no fault, misuse or cancelled is no failure.",
    )


def all_repairs() -> Question:
    """There is no column for the kind of work."""
    return Question(
        "没有找到工单类型,全部按维修(repair)计;其中若有咨询、耗材、需求,请改 work_class。",
        "No kind of work was found; every ticket counts as a repair.",
    )


def not_understood(header: str, role: str, values: Sequence[str]) -> Question:
    """A column with a value list whose values are mostly unknown words: left out."""
    return Question(
        f"列「{header}」像是 {role},但多数取值看不懂({_some(values)}),没有采用。"
        "需要时请在 values 里写出对应。",
        f"“{header}” looks like {role}, but most values are unknown ({_some(values)}); left out.",
    )


def untranslated(header: str, role: str, values: Sequence[str]) -> Question:
    """Some values of a list are unknown words."""
    what = "other" if role == "channel" else "未知"
    return Question(
        f"列「{header}」的这些取值没有对应,按「{what}」处理:{_some(values)}。",
        f"Values of “{header}” without a translation count as unknown: {_some(values)}.",
    )


def unknown_states(header: str, values: Sequence[str]) -> Question:
    """States that no word explains; their rows are held."""
    return Question(
        f"列「{header}」的这些状态不认识,相应的行会进入隔离区:{_some(values)}。"
        "认识的话请加进 new、working、paused、restored、closed 或 entered。",
        f"States of “{header}” that are unknown, their rows will be held: {_some(values)}.",
    )


def no_end(header: str) -> Question:
    """No state means restored or closed."""
    return Question(
        f"列「{header}」里没有认出「完成」或「关闭」的状态,暂时写了最少见的一个,请改正 closed。",
        f"No state of “{header}” means done; the rarest one stands there for now.",
    )


def first_row_reports(header: str) -> Question:
    """A log without the time of the report."""
    return Question(
        f"没有报修时间,取每张工单第一行的「{header}」。",
        f"There is no time of reporting; the first “{header}” of each ticket serves.",
    )


def never_ends() -> Question:
    """No time of completion."""
    return Question(
        "没有找到完成或关闭时间:修复时长算不出来,所有工单都算未完成。",
        "No time of completion was found: every ticket counts as open.",
    )


def several_people(header: str, values: Sequence[str]) -> Question:
    """Cells with more than one person."""
    return Question(
        f"列「{header}」有时写了几个人({_some(values)}):第一个算处理人,其余记为协同。"
        "若不是几个人,请删去 engineers_parted_by。",
        f"“{header}” sometimes names several people ({_some(values)}): the first one acts, the "
        "others joined; remove engineers_parted_by if these are no several people.",
    )


def one_person(header: str, names: str) -> Question:
    """Spellings that got one id."""
    return Question(
        f"列「{header}」的这些写法合并为同一个编号:{names}。",
        f"These spellings of “{header}” got one id: {names}.",
    )


def maybe_one(header: str, first: str, second: str, table: str) -> Question:
    """Names that may be one; they got two ids."""
    return Question(
        f"列「{header}」的「{first}」和「{second}」是不是同一个?目前分开;"
        f"是的话请在 names.{table} 里写成同一编号。",
        f"Are “{first}” and “{second}” of “{header}” one? They are two for now.",
    )


def device_name(header: str, device: str | None, *, is_title: bool) -> Question:
    """The name of the device: many devices share it, so it is neither a key nor a kind of fault."""
    zh = f"列「{header}」是设备名称:既不是故障类型,也认不出是哪一台。"
    en = f"“{header}” is the device's name: no kind of fault, and it does not tell which one. "
    if is_title:
        zh += "没有故障描述,暂用它作工单标题。"
        en += "It serves as the ticket's title, as there is no description. "
    if device is None:
        zh += "没有找到设备编号,按设备的指标因此没有数据;有编号列时请写 asset_id。"
        en += "No device number was found, so there are no figures by device."
    else:
        zh += f"设备按「{device}」认,名称请随台账(assets 表)接入。"
        en += f"Devices are known by “{device}”; names come with the register (table assets)."
    return Question(zh, en)


def rating(header: str, scale: int, when: str, untold: Sequence[str]) -> Question:
    """A column of marks: the scale it is read on, and what cannot be told from it."""
    zh = (
        f"列「{header}」作满意度(ratings),满分 {scale},时间取「{when}」。系统自动给的好评与人给的"
        "分不开:有「是否自动评价」列时请写 is_auto,否则满意度会偏高。"
    )
    en = (
        f"“{header}” is a rating out of {scale}, given at “{when}”. Automatic marks cannot be told "
        "from people's: write is_auto if a column says so, or the mean comes out high."
    )
    if untold:
        zh += f"这些取值没有对应,相应的行会进入隔离区:{_some(untold)}。"
        en += f" Values without a mark, their rows will be held: {_some(untold)}."
    return Question(zh, en)


def zero_is_no_mark(header: str) -> Question:
    """A mark of 0 counts as not given."""
    return Question(
        f"列「{header}」的 0 当作没有评价;若 0 是真实的分数,请删去 values。",
        f"0 of “{header}” counts as no rating; remove values if it is a mark.",
    )


def rated_when(header: str, when: str) -> Question:
    """No column says when the rating was given."""
    return Question(
        f"没有「{header}」的评价时间,用「{when}」代替;按月的满意度因此按这个时间归月。",
        f"Nothing says when “{header}” was given; “{when}” stands in and decides its month.",
    )


def maybe_rating(header: str, values: Sequence[str]) -> Question:
    """A column called like a rating that cannot be read as one."""
    return Question(
        f"列「{header}」像是满意度,没有采用(取值或时间看不懂:{_some(values)})。可写成 ratings 表:"
        "rating_id、ticket_id、overall(分数)、scale_max(满分)、rated_at(评价时间)。",
        f"“{header}” looks like a rating but was left out ({_some(values)}); it may become the "
        "table ratings: rating_id, ticket_id, overall, scale_max, rated_at.",
    )


def kind_of_cost(header: str) -> Question:
    """What an amount is for cannot be seen."""
    return Question(
        f"列「{header}」按外部维修费(external)计;若是配件费,请把 kind 改成 part。",
        f"“{header}” counts as an external cost; write kind: part for spare parts.",
    )


def no_device_number(header: str | None) -> Question:
    """A register without the devices' own numbers: by what a device is known instead."""
    instead = f"用「{header}」" if header else "用「文件 + 行内容」"
    return Question(
        f"没有找到设备编号(资产编号),{instead}作编号;与工单里写的编号不同,就对不上设备。",
        "No device number was found; something else stands in, and tickets may not find it.",
    )


def ids_of_departments(header: str) -> Question:
    """The departments of a register must have the ids that the tickets' mapping gives them."""
    return Question(
        f"列「{header}」的科室编号须与工单来源的一致:若工单的列对应文件里有 names.departments,"
        "请把那一段抄过来(先在 opspulse.yml 写上工单来源,再生成台账的对应文件,会自动沿用)。",
        f"Departments of “{header}” need the ids that the source of the tickets gives them: copy "
        "its names.departments.",
    )


def unread_days(column: Column) -> list[Question]:
    """How many values of a column of days are none."""
    if column.instants >= _MOST_UNREAD:
        return []
    share = f"{100 * (1 - column.instants):.1f} %"
    return [
        Question(
            f"列「{column.header}」约有 {share} 的取值读不成日期,相应的行会进入隔离区。",
            f"About {share} of “{column.header}” are no days; their rows will be held.",
        )
    ]


def numbers(column: Column) -> list[Question]:
    """How a column's numbers are written, if not plainly; and how many are none."""
    found = []
    name, form = column.header, column.number
    if form is not None:
        marks = [*form.leave_out, *([form.grouped_by] if form.grouped_by else [])]
        zh = f"去掉 {' '.join(marks)} 后" if marks else "全角数字"
        en = f"without {' '.join(marks)}" if marks else "of full width"
        found.append(
            Question(
                f"列「{name}」的数字{zh}读,一位不差;写法见 number,去不干净的行会进入隔离区。",
                f"Numbers of “{name}” are read {en}, exactly; what is left over is held.",
            )
        )
    if column.numbers < _MOST_UNREAD:
        share = f"{100 * (1 - column.numbers):.1f} %"
        found.append(
            Question(
                f"列「{name}」约有 {share} 的取值读不成数字,相应的行会进入隔离区。",
                f"About {share} of “{name}” are no numbers; their rows will be held.",
            )
        )
    return found


def times(column: Column) -> list[Question]:
    """The doubts about a column of times."""
    found = []
    name = column.header
    if column.is_day_first_unsure:
        used = "、".join(column.formats)
        found.append(
            Question(
                f"列「{name}」分不清日和月的先后,目前按 {used} 读;不对请改 datetime_formats。",
                f"Day and month of “{name}” cannot be told apart; read as {used}.",
            )
        )
    if not column.has_time_of_day:
        found.append(
            Question(
                f"列「{name}」只有日期没有时刻,按 0 点计;以分钟计的指标没有意义。",
                f"“{name}” has days but no time of day; figures in minutes mean nothing.",
            )
        )
    if column.instants < _MOST_UNREAD:
        share = f"{100 * (1 - column.instants):.1f} %"
        found.append(
            Question(
                f"列「{name}」约有 {share} 的取值读不成时间,相应的行会进入隔离区。",
                f"About {share} of “{name}” are no times; their rows will be held.",
            )
        )
    return found
