"""Which folder of SELECTs a source is read by: one of the program's, or one of the hospital's own.

Holds the search for it. The hospital's folders lie in `$OPSPULSE_HOME/config/sources/`, so that an
upgrade never meets an edited file; whether such a folder is right is asked in `own_system`. What a
folder says is read in `store` and `layout`.
"""

from pathlib import Path

from config.errors import ConfigError
from config.settings import Settings, SourceSettings

CANONICAL = "opspulse"
FILES = "files"
DESCRIPTION = "columns.yml"
_ROOM = Path(__file__).parent


def folder_of(source: SourceSettings, settings: Settings) -> Path:
    """Return the folder of SELECTs of a source that is a database; see `folder`."""
    return folder(source.system, settings.own_sources_dir)


def folder(system: str, own_room: Path | None = None) -> Path:
    """Return the folder of a system.

    Args:
        system: as written in `opspulse.yml`.
        own_room: where the hospital's own folders are; None: only the program's count.

    Raises:
        ConfigError: there is no such system, or the hospital's own one has a name of the program's.
    """
    ours = _ROOM / system
    is_ours = bool(list(ours.glob("*.sql")))
    own = own_room / system if own_room is not None else None
    if own is None or not own.is_dir():
        if is_ours:
            return ours
        raise _unknown(system, own_room)
    if is_ours or system == FILES:
        raise ConfigError(
            f"目录 {own} 与程序自带的来源系统 {system} 同名。",
            f"请换一个目录名,如 {system}_local,并在 opspulse.yml 的 system 写同样的名字。",
        )
    return own


def is_own(there: Path) -> bool:
    """Tell whether a folder is the hospital's, not the program's."""
    return there.parent != _ROOM


def is_foreign(there: Path) -> bool:
    """Tell whether a folder reads another system's own tables, which its `columns.yml` lists."""
    return is_own(there) or (there / DESCRIPTION).is_file()


def _unknown(system: str, own_room: Path | None) -> ConfigError:
    known = sorted(path.parent.name for path in _ROOM.glob("*/tickets.sql"))
    if own_room is not None and own_room.is_dir():
        known += sorted(path.name for path in own_room.iterdir() if path.is_dir())
    remedy = f"opspulse.yml 的 system 可以写:{'、'.join([*known, FILES])}。"
    if own_room is not None:
        remedy += (
            f"别的系统请在 {own_room / system} 写 columns.yml 和 SELECT,"
            "见使用手册「接入厂家的数据库」。"
        )
    return ConfigError(f"没有名为 {system} 的来源系统。", remedy)
