"""YAML files that remember which line every value came from.

Holds reading, environment interpolation and the translation of a pydantic error into a
`ConfigError` that names file and line. What the keys mean lives in `settings` and `rules`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from config.errors import ConfigError
from config.plain_yaml import LOADER

Location = tuple[str | int, ...]

_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_FILE = "file:"
_PLAIN_TAGS = {
    "tag:yaml.org,2002:bool": (r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    "tag:yaml.org,2002:int": (r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    "tag:yaml.org,2002:float": (r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
}

# What pydantic found, told in Chinese; types not listed get the general sentence.
_REASONS = {
    "missing": "缺少必填项",
    "extra_forbidden": "不是已知的配置项",
    "literal_error": "不在允许的取值之内",
    "enum": "不在允许的取值之内",
    "string_type": "应为文字",
    "string_pattern_mismatch": "格式不对",
    "string_too_short": "不能为空",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "decimal_type": "应为数字",
    "decimal_parsing": "应为数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "date_type": "应为日期(YYYY-MM-DD)",
    "date_parsing": "应为日期(YYYY-MM-DD)",
    "date_from_datetime_parsing": "应为日期(YYYY-MM-DD)",
    "path_type": "应为路径",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "dict_type": "应为键值结构",
    "model_type": "应为键值结构",
    "model_attributes_type": "应为键值结构",
}


class _Loader(LOADER):  # type: ignore[misc, valid-type]  # chosen when the program starts
    """SafeLoader without YAML 1.1's surprises: ``18:00`` stays text, ``no`` is not a boolean."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _PLAIN_TAGS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, (_pattern, _first) in _PLAIN_TAGS.items():
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


@dataclass(frozen=True)
class Document:
    """One YAML file: its plain data and, by location, the line each key or item stands on."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[Location, int]

    def line(self, location: Location) -> int | None:
        """Return the line of that location, None when this file does not hold it."""
        return self.lines.get(location)

    def where(self, location: Location) -> str:
        """Return ``file:line`` of the location or of its nearest parent in this file."""
        for length in range(len(location), 0, -1):
            line = self.lines.get(location[:length])
            if line is not None:
                return f"{self.path}:{line}"
        return f"{self.path}:1"


def read_document(path: Path) -> Document:
    """Read a YAML file whose top level is a mapping; an empty file is an empty mapping.

    Raises:
        ConfigError: unreadable file, not UTF-8, broken YAML, a key given twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} 不是 UTF-8 编码的文件。", "请用 UTF-8 编码另存该文件。"
        ) from error
    except OSError as error:
        raise ConfigError(
            f"无法读取配置文件 {path}。", "请检查路径是否存在、是否有读权限。"
        ) from error
    lines: dict[Location, int] = {}
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        data = _value(loader, node, (), path, lines) if node is not None else {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise ConfigError(
            f"{path}:{line} 不是有效的 YAML。", "请检查该行附近的缩进、冒号后的空格和引号。"
        ) from None  # YAML's own message quotes the line, which may hold a password
    finally:
        loader.dispose()
    if not isinstance(data, dict):
        raise ConfigError(
            f"{path}:1 的最外层不是「键: 值」结构。", "请按模板以「键: 值」逐行书写。"
        )
    return Document(path, data, lines)


def _value(
    loader: _Loader, node: yaml.Node, at: Location, path: Path, lines: dict[Location, int]
) -> Any:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, (*at, i), path, lines) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(loader, node, path)
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = _scalar(loader, key_node, path)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str | int):
            key = str(key)
        if key in result:
            raise ConfigError(f"{path}:{line} 的键「{key}」重复出现。", "请只保留一处。")
        lines[(*at, key)] = line
        result[key] = _value(loader, value_node, (*at, key), path, lines)
    return result


def _scalar(loader: _Loader, node: yaml.Node, path: Path) -> Any:
    try:
        return loader.construct_object(node)
    except ValueError:
        raise ConfigError(
            f"{path}:{node.start_mark.line + 1} 的日期不存在。", "请写成 YYYY-MM-DD,或加上引号。"
        ) from None


def interpolate(document: Document, env: Mapping[str, str]) -> Document:
    """Replace ``${NAME}`` in every string by the environment's value; ``$${`` stays ``${``.

    ``${file:PATH}`` becomes the content of a file, without its last line break; a relative path
    starts at the document's folder.

    Raises:
        ConfigError: a variable that is not set or a file that cannot be read, naming file and line.
    """

    def replaced(value: Any, at: Location) -> Any:
        if isinstance(value, dict):
            return {key: replaced(item, (*at, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [replaced(item, (*at, i)) for i, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        where, folder = document.where(at), document.path.parent
        return _VARIABLE.sub(lambda match: _variable(match, where, env, folder), value)

    return Document(document.path, replaced(document.data, ()), document.lines)


def _variable(match: re.Match[str], where: str, env: Mapping[str, str], folder: Path) -> str:
    name = match.group(1)
    if name is None:
        return "${"
    if name.startswith(_FILE):
        path = folder / Path(name.removeprefix(_FILE)).expanduser()
        try:
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise ConfigError(
                f"{where} 引用的文件 {path} 无法读取。", "请检查路径、读权限,内容须为 UTF-8。"
            ) from None
    if name not in env:
        raise ConfigError(
            f"{where} 引用的环境变量 {name} 没有设置。", f"请先设置环境变量 {name},或改写该行。"
        )
    return env[name]


def nearest(name: str, known: Iterable[str], alike: float = 0.6) -> str | None:
    """Return the known name that looks most like ``name``, None when none does."""
    found = get_close_matches(name, [str(one) for one in known], n=1, cutoff=alike)
    return found[0] if found else None


def raise_invalid(
    error: ValidationError, where: Callable[[Location], str], model: Any = None
) -> NoReturn:
    """Raise the first finding of a pydantic error as a `ConfigError` with file and line."""
    raise invalid(error, where, model)[0] from None


def invalid(
    error: ValidationError, where: Callable[[Location], str], model: Any = None
) -> list[ConfigError]:
    """Return the findings of a pydantic error as `ConfigError`s with file and line.

    The rejected value is never printed: it may be a secret. Keys are: they are no secret.

    Args:
        error: what pydantic raised.
        where: gives ``file:line`` of a location.
        model: what was validated, so that the known key nearest to an unknown one can be named.
    """
    found = error.errors(include_url=False, include_input=False)
    return [_finding(one["type"], one["loc"], one.get("ctx", {}), where, model) for one in found]


def _finding(
    kind: str,
    path: Location,
    context: Mapping[str, Any],
    where: Callable[[Location], str],
    model: Any,
) -> ConfigError:
    location = tuple(part for part in path if part != "[key]")
    name = ".".join(str(part) for part in location) or "配置"
    problem = f"{where(location)} 的「{name}」{_reason(kind, context)}。"
    remedy = "请对照配置说明改正后重试。"
    known: Iterable[str] = ()
    if kind == "extra_forbidden":
        remedy = "请检查拼写,或删除这一项。"
        known = _keys_of(model, location[:-1])
    elif path != location:
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
    meant = nearest(str(location[-1]), known) if location else None
    return ConfigError(problem, f"是否应为「{meant}」?{remedy}" if meant else remedy)


def _keys_of(kind: Any, location: Location) -> tuple[str, ...]:
    """Return the keys that a model allows at a location; empty where any key is allowed."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        if not location:
            return tuple(kind.model_fields)
        field = kind.model_fields.get(str(location[0]))
        return _keys_of(field.annotation, location[1:]) if field else ()
    inner = get_args(kind)
    if get_origin(kind) is dict and location:
        return _keys_of(inner[1], location[1:])
    if get_origin(kind) in (tuple, list) and location:
        return _keys_of(inner[0], location[1:])
    # a union, or a type with its constraints: the first part that knows the place
    parts = (_keys_of(part, location) for part in inner if get_origin(kind) not in (dict, tuple))
    return next((keys for keys in parts if keys), ())


def _reason(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":
        return str(context.get("error", "不符合要求"))
    reason = _REASONS.get(kind, "不符合要求")
    limits = {"ge": "不小于", "gt": "大于", "le": "不大于", "lt": "小于"}
    for key, words in limits.items():
        if key in context:
            return f"应{words} {context[key]}"
    if kind == "literal_error":
        return f"{reason}({context['expected']})".replace(" or ", ", ")
    return reason
