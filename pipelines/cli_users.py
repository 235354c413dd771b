"""The commands about who may sign in, and which screens may show the wall.

Holds options, columns and words. Accounts, passwords and tokens are kept by ``assets.identity``;
what a role may see is decided where data are read. First passwords and tokens are printed once.
"""

from typing import Annotated

import typer

from pipelines import cli_output
from pipelines.cli_output import command
from pipelines.cli_settings import installed

users = typer.Typer(no_args_is_help=True, help="页面的账号。 Accounts of the pages.")
screens = typer.Typer(no_args_is_help=True, help="大屏的令牌。 Tokens of wall-screens.")

Login = Annotated[str, typer.Argument(help="账号名,例如工号。 Name to sign in with.")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]


@command(users, "新建账号,打印初始密码(只显示一次)。", "Add an account; prints its first password.")
def add(
    login: Login,
    role: Annotated[
        str,
        typer.Option(help="head、finance、engineer、qcc、department、admin。 Role."),
    ],
    name: Annotated[str | None, typer.Option(help="显示的名字。 Name shown.")] = None,
    engineer: Annotated[str | None, typer.Option(help="工程师工号。 Which engineer.")] = None,
    department: Annotated[str | None, typer.Option(help="科室编号。 Which department.")] = None,
    site: Annotated[str | None, typer.Option(help="院区编号。 Which site.")] = None,
) -> None:
    """Add an account and print its first password, which must be changed on signing in."""
    from assets.identity import audit
    from assets.identity.users import User
    from assets.identity.users import add as add_user

    settings = installed()
    user = User(login, role, name or login, site, engineer, department)
    password = add_user(settings.users_path, user)
    audit.note(settings.users_path, "account_added", login="opspulse", subject=login)
    _tell_password(login, password, settings.language)


@command(users, "列出账号。", "List the accounts.", name="list")
def list_users(*, as_json: AsJson = False) -> None:
    """List the accounts, without anything secret."""
    from assets.identity.users import everyone

    settings = installed()
    found = everyone(settings.users_path)
    if as_json:
        cli_output.print_json([vars(user) for user in found])
        return
    zh = settings.language == "zh"
    cli_output.print_table(
        ("账号", "角色", "名字", "工程师", "科室", "院区", "状态")
        if zh
        else ("account", "role", "name", "engineer", "department", "site", "state"),
        [
            [
                one.login,
                one.role,
                one.name,
                one.engineer_id,
                one.department_id,
                one.site_id,
                ("启用" if zh else "open") if one.is_active else ("停用" if zh else "closed"),
            ]
            for one in found
        ],
    )


@command(users, "重置密码,打印新的初始密码。", "Reset a password; prints the new first one.")
def reset(login: Login) -> None:
    """Reset a password; every session of the account ends."""
    from assets.identity import audit
    from assets.identity.users import reset as reset_user

    settings = installed()
    password = reset_user(settings.users_path, login)
    audit.note(settings.users_path, "account_reset", login="opspulse", subject=login)
    _tell_password(login, password, settings.language)


@command(users, "停用账号,并结束它的登录。", "Close an account and end its sessions.")
def close(login: Login) -> None:
    """Close an account; it can be opened again."""
    _set_active(login, is_active=False)


@command(users, "重新启用账号。", "Open a closed account again.")
def reopen(login: Login) -> None:
    """Open a closed account again."""
    _set_active(login, is_active=True)


@command(users, "最近的登录与个人数据查看记录。", "Who signed in and looked at personal data.")
def log(
    last: Annotated[int, typer.Option(min=1, help="最近多少条。 How many.")] = 50,
    *,
    as_json: AsJson = False,
) -> None:
    """Print the newest lines of the audit log, newest first."""
    from assets.identity.audit import read

    settings = installed()
    entries = read(settings.users_path, last=last)
    if as_json:
        cli_output.print_json([vars(entry) for entry in entries])
        return
    zh = settings.language == "zh"
    cli_output.print_table(
        ("时间 (UTC)", "账号", "角色", "地址", "动作", "对象")
        if zh
        else ("at (UTC)", "account", "role", "address", "action", "subject"),
        [
            [f"{one.at:%Y-%m-%d %H:%M:%S}", one.login, one.role, one.address, one.action,
             one.subject]
            for one in entries
        ],
    )  # fmt: skip


@command(
    screens,
    "给一块大屏发令牌,打印它的地址(只显示一次)。",
    "Give a screen its token; prints the address to open.",
    name="add",
)
def add_screen(
    name: Annotated[str, typer.Argument(help="挂在哪里。 Where it hangs.")],
    networks: Annotated[
        list[str],
        typer.Option("--from", help="地址或范围,可多次。 Address or range it may come from."),
    ],
) -> None:
    """Give a screen its token, replacing the one that it had."""
    from assets.identity import audit
    from assets.identity.screens import add as add_token

    settings = installed()
    token = add_token(settings.users_path, name, networks)
    audit.note(settings.users_path, "screen_added", login="opspulse", subject=name)
    address = f"http://{settings.wall.host}:{settings.wall.port}/wall/?screen={token}"
    cli_output.say(
        f"大屏「{name}」请打开(只显示一次):{address}",
        f"The screen {name} opens (shown once): {address}",
        settings.language,
    )


@command(screens, "列出大屏。", "List the screens.", name="list")
def list_screens() -> None:
    """List the screens and where their tokens are good."""
    from assets.identity.screens import everyone

    settings = installed()
    zh = settings.language == "zh"
    cli_output.print_table(
        ("大屏", "地址范围") if zh else ("screen", "networks"),
        [[one.name, "、".join(one.networks)] for one in everyone(settings.users_path)],
    )


@command(screens, "收回大屏的令牌。", "Take a screen's token away.")
def remove(name: Annotated[str, typer.Argument(help="挂在哪里。 Where it hangs.")]) -> None:
    """Take a screen's token away."""
    from assets.identity import audit
    from assets.identity.screens import remove as remove_token

    settings = installed()
    remove_token(settings.users_path, name)
    audit.note(settings.users_path, "screen_removed", login="opspulse", subject=name)
    cli_output.say(f"已收回大屏「{name}」的令牌。", f"{name} is removed.", settings.language)


def _set_active(login: str, *, is_active: bool) -> None:
    from assets.identity import audit
    from assets.identity.users import set_active

    settings = installed()
    set_active(settings.users_path, login, is_active=is_active)
    action: audit.Action = "account_opened" if is_active else "account_closed"
    audit.note(settings.users_path, action, login="opspulse", subject=login)
    zh, en = ("启用", "open") if is_active else ("停用", "closed")
    cli_output.say(f"账号「{login}」已{zh}。", f"{login} is {en}.", settings.language)


def _tell_password(login: str, password: str, language: str) -> None:
    cli_output.say(
        f"账号「{login}」的初始密码(只显示一次,登录后须修改):{password}",
        f"First password of {login} (shown once, to be changed on signing in): {password}",
        language,
    )
