"""Wrong use of the command in words: a missing option, an unknown one, a value that cannot be.

Holds the sentences, Chinese first, with the way to the help. What goes wrong during the work is an
``OpsPulseError`` and printed by ``cli_output``.
"""

import re
from typing import Any

import typer

from pipelines import cli_output

_KINDS = {"option": ("选项", "option"), "argument": ("参数", "argument")}
_QUOTED = re.compile(r"'([^']+)'|\(([^()]+)\)")


def tell(error: typer.TyperException) -> int:
    """Print what was wrong and where the help is; return the exit code."""
    # Typer keeps the classes of its errors private; their names and fields are what it shows.
    found: Any = error
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        found.show()
        return int(error.exit_code)
    console = cli_output.err()
    console.print(_sentence(found, kind), markup=False, style="bold")
    context = getattr(found, "ctx", None)
    asked = f"{context.command_path if context else 'opspulse'} --help"
    console.print(f"用法见 {asked}。 Type {asked}.", markup=False)
    return int(error.exit_code)


def _sentence(error: Any, kind: str) -> str:
    message = error.format_message()
    if getattr(error, "param", None) is not None:
        return _of_parameter(error, is_missing=kind == "MissingParameter")
    if kind == "NoSuchOption":
        near = f"相近的:{'、'.join(error.possibilities)}。" if error.possibilities else ""
        return f"没有选项 {error.option_name}。{near} {error.message}."
    if kind == "BadOptionUsage":
        return f"选项 {error.option_name} 用法不对,多半是少了值。 {message}"
    quoted = ["".join(one) for one in _QUOTED.findall(message)]
    if message.startswith("No such command"):
        meant = f"是不是 {quoted[1]}?" if len(quoted) > 1 else ""
        return f"没有命令 {quoted[0]}。{meant} {message}"
    if message.startswith("Got unexpected extra argument"):
        return f"多出了参数 {quoted[-1]}。 {message}"
    return f"命令的用法不对。 {message}"


def _of_parameter(error: Any, *, is_missing: bool) -> str:
    zh, en = _KINDS[error.param.param_type_name]
    name = _name_of(error.param)
    if is_missing:
        return f"缺少{zh} {name}:{error.param.help or ''} Missing {en} {name}."
    return f"{zh} {name} 的值不能用。 {error.message}"


def _name_of(param: Any) -> str:
    """Return how a parameter is written: ``--month``, or an argument's name."""
    return str(param.opts[0] if param.param_type_name == "option" else param.name.upper())
