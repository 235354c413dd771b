"""The mapping file of a `files` source: which sheet and column becomes which canonical column.

Holds the shape of `mapping.yml`, validated with file and line in every error. How the files are
read is in `loading`, how a mapping becomes SQL in `translate` and `status_log`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from assets.sources import contract
from assets.sources.files.numbers import NumberForm
from config.documents import Document, raise_invalid, read_document
from config.errors import ConfigError
from config.settings import SourceSettings

DATETIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M",
)
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d")
TIME_FORMATS = (
    "%H:%M:%S",
    "%H:%M",
    "%H:%M:%S.%f",
    "%H时%M分%S秒",
    "%H时%M分",
    "%H点%M分",
    "%p %I:%M:%S",
    "%p%I:%M:%S",
    "%p %I:%M",
    "%p%I:%M",
    "%I:%M:%S %p",
    "%I:%M %p",
)


EVENTS = "ticket_events"
# Columns that no file has and every mapping may read: the file's name, and a key made of file,
# content and the ordinal among identical rows, for exports without a number.
FILE = "$file"
ROW_KEY = "$row_key"
VIRTUAL = (FILE, ROW_KEY)
# Wherever a header may stand, so may two: the day of the first and the time of the second.
JOINT = " + "


def parts(header: str) -> tuple[str, ...]:
    """Return the file's columns that a header of the mapping names: ``日期 + 时间`` names two."""
    return tuple(one.strip() for one in header.split(JOINT))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Sheet(_Part):
    """Where a table's rows stand.

    ``file`` is a name or pattern (``报修*.csv``, ``**/*.xlsx``) in the source's folder; it may be
    left out when the source is one file. ``sheet`` names the sheet of a workbook, or several by a
    pattern (``*月``); left out: the first one. A pattern fits hidden sheets only ``with_hidden``;
    without, they are named as unread. ``skip_rows`` are rows above the header, which takes
    ``header_rows`` (two when headers are merged). A row whose first filled cell is one of
    ``leave_out`` is a total or a footer.
    """

    file: str | None = None
    sheet: str | None = None
    with_hidden: bool = False
    skip_rows: int = Field(default=0, ge=0, le=1000)
    header_rows: int = Field(default=1, ge=1, le=5)
    leave_out: tuple[str, ...] = ()

    @property
    def place(self) -> "Sheet":
        """What tells this sheet from another; tables with equal places are read once."""
        return Sheet(**{name: getattr(self, name) for name in Sheet.model_fields})


class FromColumn(_Part):
    """One canonical column: from a header, with translated values; or one value for every row.

    ``pick`` matters with ``one_row_per``: the value of the key's first or last row in that order,
    whichever row is kept. ``otherwise`` may be empty: values that are not listed become unknown.
    ``number`` says how numbers are written that are more than digits and a point.
    """

    header: str | None = Field(default=None, alias="from")
    value: str | None = None
    values: dict[str, str] = {}
    otherwise: str | None = None
    pick: Literal["first", "last"] | None = None
    number: NumberForm | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "FromColumn":
        if (self.header is None) == (self.value is None):
            raise ValueError("须写 from(列名)或 value(固定值)其中之一")
        return self


def _named(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


Origin = Annotated[FromColumn, BeforeValidator(_named)]


class OneRowPer(_Part):
    """Keep one row of those with equal ``key``: the last (or first) in ``order_by``."""

    key: list[str] = Field(min_length=1)
    order_by: list[str] = Field(min_length=1)
    keep: Literal["last", "first"] = "last"


class TableMapping(Sheet):
    """One canonical table.

    ``where_filled`` names a column: rows in which it is empty have nothing for this table, as a
    ticket without an amount is no cost.
    """

    columns: dict[str, Origin]
    one_row_per: OneRowPer | None = None
    where_filled: str | None = None


class StatusLog(Sheet):
    """A log with the ticket's state after each change, from which the events are derived.

    Without ``reported_at`` a ticket was reported by its first row, without ``order`` rows of the
    same instant stand in the order of their states here. ``entered`` names states that are events
    of their own (已到场: arrived).

    ``engineers_parted_by``: marks between the people of one cell (``、/``): the first one acts, the
    others joined when they first stand there.
    """

    ticket_id: str
    at: str
    order: str | None = None
    state: str
    reported_at: str | None = None
    group: str | None = None
    engineer: str | None = None
    engineers_parted_by: str = ""
    new: list[str] = []
    working: list[str] = []
    paused: dict[str, str] = {}
    restored: list[str] = []
    closed: list[str] = []
    entered: dict[str, str] = {}

    @model_validator(mode="after")
    def _ends(self) -> "StatusLog":
        if not self.restored and not self.closed:
            raise ValueError("restored(已修复的状态)和 closed(已关闭的状态)至少写一个")
        return self


class TimeColumns(Sheet):
    """One row per ticket with a column for each step, from which the events are derived.

    ``engineers_parted_by``: marks between the people of one cell (``、/``): the first one acts, the
    others joined when the ticket was accepted, else at the next step that is known.
    """

    ticket_id: str
    engineer: str | None = None
    engineers_parted_by: str = ""
    events: dict[str, str] = Field(min_length=1)


class Names(_Part):
    """Ids for what the file writes as free text: every spelling → id. Others keep their name."""

    engineers: dict[str, str] = {}
    departments: dict[str, str] = {}


class Mapping(_Part):
    """The whole file. Formats are those of ``strptime``; the usual ones are known already."""

    null_values: list[str] = []
    datetime_formats: list[str] = []
    date_formats: list[str] = []
    tables: dict[str, TableMapping]
    names: Names = Names()
    status_log: StatusLog | None = None
    time_columns: TimeColumns | None = None

    @property
    def all_datetime_formats(self) -> list[str]:
        """The mapping's own formats first, then the usual ones."""
        return [*self.datetime_formats, *DATETIME_FORMATS]

    @property
    def all_date_formats(self) -> list[str]:
        """The mapping's own formats first, then the usual ones."""
        return [*self.date_formats, *DATE_FORMATS]

    def rules(self) -> list[tuple[str, "Rule"]]:
        """Return each canonical table with the rule that makes it."""
        found: list[tuple[str, Rule]] = list(self.tables.items())
        events = (self.status_log, self.time_columns)
        return found + [(EVENTS, rule) for rule in events if rule is not None]


Rule = TableMapping | StatusLog | TimeColumns


def load(source: SourceSettings) -> Mapping:
    """Read the mapping of a source.

    Raises:
        ConfigError: none is named, or it is wrong, with file and line.
    """
    if source.mapping is None:
        raise ConfigError(
            f"数据源 {source.name} 是文件,但没有写列对应关系(mapping)。",
            "请在 opspulse.yml 的该数据源下写 mapping: 文件路径;可参考 config/examples。",
        )
    document = read_document(source.mapping)
    try:
        mapping = Mapping.model_validate(document.data)
    except ValidationError as error:
        raise_invalid(error, document.where)
    _check_names(mapping, document)
    return mapping


def _check_names(mapping: Mapping, document: Document) -> None:
    known = contract.tables()
    for name, table in mapping.tables.items():
        if name not in known:
            raise ConfigError(
                f"{document.where(('tables', name))} 的「{name}」不是接口约定里的表。",
                f"可用的表:{'、'.join(known)}。",
            )
        for column, origin in table.columns.items():
            where = f"{document.where(('tables', name, 'columns', column))} 的「{column}」"
            if column not in known[name].column_names:
                raise ConfigError(
                    f"{where}不是表 {name} 的列。",
                    f"可用的列:{'、'.join(known[name].column_names)}。",
                )
            if origin.number and not known[name].column(column).is_number:
                raise ConfigError(f"{where}不是数字,不能写 number。", "请去掉 number。")
    _check_events(mapping, document)
    # A register of devices is a source too; tickets come from another one then.
    needs = not mapping.tables or mapping.status_log or mapping.time_columns
    if contract.REQUIRED_TABLE not in mapping.tables and needs:
        raise ConfigError(
            f"{document.where(('tables',))} 没有工单表 {contract.REQUIRED_TABLE}。",
            "请写上 tickets 的列对应关系。",
        )


def _check_events(mapping: Mapping, document: Document) -> None:
    if sum(name == EVENTS for name, _ in mapping.rules()) > 1:
        raise ConfigError(
            f"{document.path}:1 对工单事件有多种写法。",
            "tables.ticket_events、status_log、time_columns 只能写一种。",
        )
    types = contract.tables()[EVENTS].column("type").values
    columns = mapping.time_columns.events if mapping.time_columns else {}
    entered = mapping.status_log.entered if mapping.status_log else {}
    named = {("time_columns", "events", kind): kind for kind in columns}
    named |= {("status_log", "entered", state): kind for state, kind in entered.items()}
    for place, kind in named.items():
        if kind not in types:
            raise ConfigError(
                f"{document.where(place)} 的「{kind}」不是事件类型。",
                f"可用的类型:{'、'.join(types)}。",
            )
