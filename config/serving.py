"""How an installation serves: wall, task pages, the server itself, and who signs people in.

Holds the models of those parts of `opspulse.yml`; reading the file and its environment is in
`settings`, what is served in `dashboards`.
"""

from ipaddress import IPv4Network, IPv6Network
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

Role = Literal["head", "finance", "engineer", "qcc", "department", "admin"]
Scene = Literal["overview", "flow", "reliability", "supply", "quality", "handover"]
Network = IPv4Network | IPv6Network
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Frozen(BaseModel):
    """A strict part of the settings; what is wrong in it is told without its value."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class WallSettings(Frozen):
    """Where the wall-screen listens, how often a browser asks for news, which scenes turn."""

    host: str = "127.0.0.1"
    port: int = Field(default=8050, ge=1, le=65535)
    refresh_seconds: int = Field(default=10, ge=2, le=600)
    # Which scenes turn, in which order, and how long each stays.
    scenes: tuple[Scene, ...] = Field(
        default=("overview", "flow", "reliability", "supply", "quality"), min_length=1
    )
    dwell_seconds: int = Field(default=40, ge=5, le=3600)
    theme: Literal["dark", "light"] = "dark"
    # Stages beside each other on one long or spliced screen; auto goes by the screen's shape.
    layout: Literal["auto", "1x1", "2x1", "3x2"] = "auto"


class TasksSettings(Frozen):
    """Where Dagster's pages listen: on this machine only, for they have no sign-in."""

    port: int = Field(default=3000, ge=1, le=65535)


class ServerSettings(Frozen):
    """What stands around the server: the address people use, proxies before it, who serves.

    Attributes:
        public_url: the address of the pages in people's browsers, when it is not this machine's
            own; its path is the prefix under which a reverse proxy shows them.
        trusted_proxies: networks whose word on a browser's address and scheme is believed.
        metrics_from: networks that may read ``/_metrics``.
        engine: waitress, or gunicorn with several processes (POSIX only).
        workers: processes of gunicorn.
    """

    public_url: str = ""
    trusted_proxies: tuple[Network, ...] = ()
    metrics_from: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1"))
    engine: Literal["waitress", "gunicorn"] = "waitress"
    workers: int = Field(default=2, ge=1, le=32)

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url.strip())
        if url.strip() and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("须是完整的地址,例如 https://ops.hospital.cn/opspulse")
        if parts.query or parts.fragment or parts.username:
            raise ValueError("只写到路径为止,不带参数、# 和账号")
        return url.strip().rstrip("/")

    @property
    def prefix(self) -> str:
        """The path before every path, such as ``/opspulse``; empty without one."""
        return urlsplit(self.public_url).path.rstrip("/")


class OidcSettings(Frozen):
    """A hospital's own sign-in by OpenID Connect, and what its claims mean here.

    Attributes:
        issuer: the provider's address; its metadata are read below ``/.well-known/``.
        client_id, client_secret: as the provider registered this server.
        title: what stands on the button.
        scopes: what is asked for.
        login_claim, name_claim: account and name of a person.
        role_claim: where roles stand; a dot goes into an object (``realm_access.roles``).
        roles: value of that claim → role here; the first line that fits holds.
        engineer_claim, department_claim, site_claim: who an engineer or a ward is.
    """

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret: SecretStr
    title: str = "医院统一认证"
    scopes: tuple[str, ...] = ("openid", "profile")
    login_claim: str = "preferred_username"
    name_claim: str = "name"
    role_claim: str = "roles"
    roles: dict[str, Role] = Field(min_length=1)
    engineer_claim: str = ""
    department_claim: str = ""
    site_claim: str = ""

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, issuer: str) -> str:
        parts = urlsplit(issuer.strip())
        is_local = parts.scheme == "http" and parts.hostname in _LOOPBACK
        if not parts.hostname or not (parts.scheme == "https" or is_local):
            raise ValueError("须以 https:// 开头(只有本机地址可用 http://)")
        return issuer.strip().rstrip("/")

    @model_validator(mode="after")
    def _links_are_told(self) -> "OidcSettings":
        for role, claim in (
            ("engineer", self.engineer_claim),
            ("department", self.department_claim),
        ):
            if role in self.roles.values() and not claim:
                raise ValueError(f"给出了角色 {role},还须写 {role}_claim:从哪一项知道是谁")
        return self


class SignInSettings(Frozen):
    """Who signs people in: accounts of our own, the hospital's provider, or both."""

    local: bool = True
    oidc: OidcSettings | None = None

    @model_validator(mode="after")
    def _somebody_does(self) -> "SignInSettings":
        if not self.local and self.oidc is None:
            raise ValueError("关闭了本地账号(local: false),就须写 oidc")
        return self
