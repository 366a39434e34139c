"""Settings, read once at the entry point: from the environment, and from `.env` for what is not there."""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import OperatorError

PREFIX = "SAYSO_"
ENV_FILE = Path(".env")
SHORTEST_KEY = 32


class SettingsError(OperatorError):
    """One or more settings cannot be understood: a line for each, which never holds a secret."""

    code = "settings"

    def __init__(self, *wrong: tuple[str, str]) -> None:
        *earlier, (problem, fix) = wrong
        super().__init__("\n".join([*(f"{each}; {mend}" for each, mend in earlier), problem]), fix=fix)


class Mode(StrEnum):
    POLLING = "polling"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; no host is every one of this machine's."""

    host: str | None
    port: int


def _wrong(problem: str, fix: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{problem}\n{fix}", {"problem": problem, "fix": fix})


def _address(value: str) -> str:
    host, colon, port = value.rpartition(":")
    bare = ":" in host and not (host.startswith("[") and host.endswith("]"))
    if not colon or bare or "/" in host or not port.isdecimal() or int(port) > 65535:
        raise _wrong(f"is {value!r}, which is no address to listen on", "write host:port, such as 127.0.0.1:8080")
    return value


def _web(value: str) -> str:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        fits = None
    if not fits:
        raise _wrong("is no web address", "write it as https://go.example.org")
    return value.rstrip("/")


def _key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value()) < SHORTEST_KEY:
        make = "python3 -c 'import secrets; print(secrets.token_hex(32))'"
        raise _wrong("is too short", f"write {SHORTEST_KEY} characters or more, made with {make}")
    return value


def _telegram_token(value: SecretStr) -> SecretStr:
    number, colon, rest = value.get_secret_value().partition(":")
    if not (colon and number.isdecimal() and rest and _is_plain(rest)):
        raise _wrong("is no bot token", "copy it from @BotFather: a number, a colon, then letters and digits")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    if not (len(secret) <= 256 and _is_plain(secret)):
        raise _wrong("cannot be used with Telegram", "write 1 to 256 of A-Z, a-z, 0-9, _ and -")
    return value


def _is_plain(value: str) -> bool:
    return value.isascii() and value.replace("_", "").replace("-", "").isalnum()


def _networks(value: str) -> str:
    try:
        _ = list(networks_in(value))
    except ValueError as error:
        fix = "write addresses or networks, such as 127.0.0.1, 10.0.0.0/8"
        raise _wrong(f"is {value!r}, which is no list of addresses", fix) from error
    return value


def networks_in(value: str) -> list[IPv4Network | IPv6Network]:
    """The networks of a list with commas. Raises ValueError."""
    return [ip_network(each.strip()) for each in value.split(",")]


Web = Annotated[str, AfterValidator(_web)]


class Settings(BaseModel):
    """What whoever runs Sayso has set. Made by `read`; made directly, it reads nothing: so does the demo."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: SecretStr = SecretStr("sqlite:///sayso.db")  # may hold a password
    listen: Annotated[str, AfterValidator(_address)] = "127.0.0.1:8080"
    public_url: Web | None = None
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = "127.0.0.1, ::1"
    secret_key: Annotated[SecretStr, AfterValidator(_key)] | None = None
    telegram_token: Annotated[SecretStr, AfterValidator(_telegram_token)] | None = None
    telegram_mode: Mode = Mode.POLLING
    telegram_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = None
    telegram_api: Web | None = None
    discord_token: SecretStr | None = None
    discord_client_secret: SecretStr | None = None
    discord_api: Web | None = None
    webhook_networks: Annotated[str, AfterValidator(_networks)] | None = None
    log: Literal["text", "json"] = "text"
    debug: bool = False

    @property
    def address(self) -> Address:
        """Where the web listens."""
        host, _, port = self.listen.rpartition(":")
        return Address(host.strip("[]") or None, int(port))

    @property
    def proxies(self) -> list[str]:
        """The addresses and networks whose word on where a request comes from is believed."""
        return [each.strip() for each in self.trusted_proxies.split(",")]

    @property
    def hook_networks(self) -> list[IPv4Network | IPv6Network]:
        """Where webhooks may go besides the public net."""
        return networks_in(self.webhook_networks) if self.webhook_networks else []

    def secrets(self) -> list[str]:
        """Every value that nobody may read, in each way in which it could be written; the database's password too."""
        values = [value for _, value in self if isinstance(value, SecretStr) and value is not self.database_url]
        password = _password(self.database_url.get_secret_value())
        return [*(value.get_secret_value() for value in values), *{password, unquote(password)} - {""}]


class _FromEnvironment(Settings, BaseSettings):
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")


def read(env_file: Path = ENV_FILE) -> Settings:
    """Read the settings; an empty one is a missing one. Raises SettingsError with a line for each that is wrong."""
    try:
        return _FromEnvironment(_env_file=env_file, _env_file_encoding="utf-8")
    except ValidationError as error:
        wrong = [_worded(details) for details in error.errors(include_url=False, include_input=False)]
    except (OSError, UnicodeDecodeError) as error:
        wrong = [(f"{env_file} cannot be read ({type(error).__name__})", "make it a text file that Sayso may read")]
    raise SettingsError(*wrong)


def _worded(details: Any) -> tuple[str, str]:
    """What is wrong with one setting, and what to write. Never its value, unless the check above says it."""
    name = f"{PREFIX}{str(details['loc'][0]).upper()}"
    context = details.get("ctx", {})
    if details["type"] == "setting":
        return f"{name} {context['problem']}", str(context["fix"])
    if "expected" in context:
        return f"{name} is something else than {context['expected']}", "write one of them"
    if details["type"].startswith("bool"):
        return f"{name} is neither yes nor no", "write 1 or 0"
    return f"{name} is not understood", str(details["msg"])


def _password(url: str) -> str:
    """The password as the address spells it; '' where there is none, or no address."""
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""
