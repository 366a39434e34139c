"""sayso.service: read as a file of settings here, and by systemd where it is."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.here import DEPLOY, SECRETS


@pytest.fixture
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(DEPLOY / "sayso.service")
    return parser


def test_the_unit_has_its_three_parts(unit: configparser.ConfigParser) -> None:
    assert unit.sections() == ["Unit", "Service", "Install"]
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_the_unit_stops_gently_and_starts_again_after_a_failure(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert service["ExecStart"].endswith("/sayso run")
    assert (service["KillSignal"], service["TimeoutStopSec"]) == ("SIGTERM", "20")
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")
    assert int(service["RestartSec"]) < int(service["RestartMaxDelaySec"])
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"


def test_the_unit_gives_no_more_than_its_own_folder(unit: configparser.ConfigParser) -> None:
    service = unit["Service"]
    assert (service["ProtectSystem"], service["StateDirectory"]) == ("strict", "sayso")
    assert service["WorkingDirectory"] == "/var/lib/sayso"
    assert "sqlite:////var/lib/sayso/" in service["Environment"]
    yes = [
        "DynamicUser",
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectHome",
        "ProtectKernelTunables",
        "RestrictSUIDSGID",
    ]
    assert [name for name in yes if service[name] != "yes"] == []
    assert service["CapabilityBoundingSet"] == ""
    assert not SECRETS & set(re.findall(r"SAYSO_\w+", service["Environment"]))


@pytest.fixture
def startable(tmp_path: Path) -> Path:
    """The unit with a command that is on this machine."""
    path = tmp_path / "sayso.service"
    path.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", (DEPLOY / "sayso.service").read_text()))
    return path


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_understands_the_unit(startable: Path) -> None:
    done = subprocess.run(["systemd-analyze", "verify", str(startable)], capture_output=True, text=True, check=False)
    newer = ("RestartSteps", "RestartMaxDelaySec")  # systemd 254 and later
    complaints = [
        line for line in done.stderr.splitlines() if "sayso.service" in line and not any(key in line for key in newer)
    ]
    assert complaints == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_finds_the_unit_hardened(startable: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", str(startable)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze cannot judge a file")
    assert done.returncode == 0, done.stdout.splitlines()[-1:]
