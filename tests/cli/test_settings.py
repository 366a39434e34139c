"""Settings: the names of the contract, from the environment and `.env`, and one line for what is wrong."""

from pathlib import Path

import pytest

from bots.cli.settings import Address, Settings, SettingsError, read

CONTRACT = {
    "SAYSO_DATABASE_URL",
    "SAYSO_LISTEN",
    "SAYSO_PUBLIC_URL",
    "SAYSO_SECRET_KEY",
    "SAYSO_TELEGRAM_TOKEN",
    "SAYSO_TELEGRAM_MODE",
    "SAYSO_TELEGRAM_WEBHOOK_SECRET",
    "SAYSO_TELEGRAM_API",
    "SAYSO_DISCORD_TOKEN",
    "SAYSO_DISCORD_CLIENT_SECRET",
    "SAYSO_DISCORD_API",
    "SAYSO_LOG",
    "SAYSO_DEBUG",
}
ADDED = {"SAYSO_TRUSTED_PROXIES", "SAYSO_WEBHOOK_NETWORKS"}

WRONG = {
    "SAYSO_LISTEN": ["8080", "localhost", "127.0.0.1:http", "127.0.0.1:70000", "::1:8080", "http://x:1"],
    "SAYSO_PUBLIC_URL": ["go.example.org", "ftp://go.example.org", "https://", "https://x/?a=1", "https://x:y"],
    "SAYSO_TRUSTED_PROXIES": ["proxy.example", "10.0.0.1/8", "10.0.0.1,", "*"],
    "SAYSO_WEBHOOK_NETWORKS": ["shop.example", "10.0.0.1/8", "*"],
    "SAYSO_SECRET_KEY": ["canary-short"],
    "SAYSO_TELEGRAM_TOKEN": ["canary", "canary:canary", "123:", "123:canary canary"],
    "SAYSO_TELEGRAM_MODE": ["canary"],
    "SAYSO_TELEGRAM_WEBHOOK_SECRET": ["canary!", "c" * 257],
    "SAYSO_TELEGRAM_API": ["api.telegram.org"],
    "SAYSO_LOG": ["xml"],
    "SAYSO_DEBUG": ["perhaps"],
}
SECRET = ("SAYSO_SECRET_KEY", "SAYSO_TELEGRAM_TOKEN", "SAYSO_TELEGRAM_WEBHOOK_SECRET")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in CONTRACT | ADDED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".env"


def test_the_names_are_those_of_the_contract() -> None:
    assert {f"SAYSO_{name.upper()}" for name in Settings.model_fields} == CONTRACT | ADDED


def test_without_any_there_are_defaults() -> None:
    settings = read()
    assert settings.database_url.get_secret_value() == "sqlite:///sayso.db"
    assert settings.address == Address("127.0.0.1", 8080)
    assert (settings.telegram_mode, settings.log, settings.debug) == ("polling", "text", False)
    assert settings.telegram_token is None


def test_the_environment_goes_before_the_file(nothing_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_set.write_text("SAYSO_LOG=json\nSAYSO_LISTEN=0.0.0.0:1\nPOSTGRES_PASSWORD=x\n")
    monkeypatch.setenv("SAYSO_LISTEN", "0.0.0.0:2")
    settings = read()
    assert (settings.log, settings.listen) == ("json", "0.0.0.0:2")


@pytest.mark.parametrize("name", sorted(CONTRACT))
def test_an_empty_one_is_a_missing_one(name: str, nothing_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "")
    nothing_set.write_text(f"{name}=\n")
    assert read().model_dump() == Settings().model_dump()


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]])
def test_a_wrong_one_is_said_in_one_line_without_its_secret(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        read()
    line = str(caught.value)
    assert line.startswith(f"{name} ")
    assert "; " in line
    assert "\n" not in line
    assert name not in SECRET or value not in line


def test_all_wrong_ones_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, values in WRONG.items():
        monkeypatch.setenv(name, values[0])
    with pytest.raises(SettingsError) as caught:
        read()
    assert {line.split()[0] for line in str(caught.value).splitlines()} == set(WRONG)


def test_a_file_that_cannot_be_read_is_said(nothing_set: Path) -> None:
    nothing_set.write_bytes(b"SAYSO_LOG=\xff\xfe")
    with pytest.raises(SettingsError, match=r"^\.env cannot be read"):
        read()


@pytest.mark.parametrize(
    ("listen", "address"),
    [
        ("0.0.0.0:80", Address("0.0.0.0", 80)),
        (":8080", Address(None, 8080)),
        ("[::1]:8080", Address("::1", 8080)),
        ("localhost:0", Address("localhost", 0)),
    ],
)
def test_where_to_listen(listen: str, address: Address) -> None:
    assert Settings(listen=listen).address == address


def test_web_addresses_lose_their_last_slash() -> None:
    assert Settings(public_url="https://go.example.org/").public_url == "https://go.example.org"


def test_secrets_are_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_DATABASE_URL", "postgresql://sayso:canary%40db@localhost/sayso")
    monkeypatch.setenv("SAYSO_TELEGRAM_TOKEN", "123:canary-token")
    monkeypatch.setenv("SAYSO_TELEGRAM_WEBHOOK_SECRET", "canary-webhook")
    monkeypatch.setenv("SAYSO_SECRET_KEY", "canary-key" * 4)
    monkeypatch.setenv("SAYSO_DISCORD_TOKEN", "canary-discord")
    monkeypatch.setenv("SAYSO_DISCORD_CLIENT_SECRET", "canary-client")
    settings = read()
    assert "canary" not in f"{settings} {settings!r}"
    assert set(settings.secrets()) == {
        "123:canary-token",
        "canary-webhook",
        "canary-key" * 4,
        "canary-discord",
        "canary-client",
        "canary%40db",
        "canary@db",
    }
