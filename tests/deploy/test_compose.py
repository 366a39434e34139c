"""compose.yaml: read as YAML here, and by Docker where it is."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.here import DEPLOY, ROOT, SECRETS

COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_each_profile_has_one_sayso_and_what_it_needs() -> None:
    by_profile = {
        profile: {name for name, service in SERVICES.items() if profile in service["profiles"]}
        for profile in ("sqlite", "postgres")
    }
    assert by_profile == {"sqlite": {"sayso"}, "postgres": {"sayso-on-postgres", "postgres"}}


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_refers_to_exists(name: str) -> None:
    service = SERVICES[name]
    if build := service.get("build"):
        context = (DEPLOY / build["context"]).resolve()
        assert context == ROOT
        assert (context / build["dockerfile"]).is_file()
    for needed, how in service.get("depends_on", {}).items():
        assert set(service["profiles"]) <= set(SERVICES[needed]["profiles"])
        assert how == {"condition": "service_healthy"}
    for volume in service["volumes"]:
        source = volume.split(":")[0]
        assert source.startswith("./") or source in COMPOSE["volumes"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_watched_started_again_and_given_time_to_stop(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"].split(":")[0] in {"unless-stopped", "on-failure"}
    assert int(service["stop_grace_period"].removesuffix("s")) >= 20
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", ["sayso", "sayso-on-postgres"])
def test_sayso_gets_no_rights_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert "data:/data" in service["volumes"]
    assert not SECRETS & set(service["environment"])
    assert service["env_file"] == ".env"


def test_the_two_saysos_differ_in_the_database_alone() -> None:
    own = {"profiles", "environment", "depends_on"}
    one, other = SERVICES["sayso"], SERVICES["sayso-on-postgres"]
    assert {key: one[key] for key in one.keys() - own} == {key: other[key] for key in other.keys() - own}
    assert one["environment"] | other["environment"] == other["environment"]


def test_one_profile_asks_nothing_for_the_other() -> None:
    """`${NAME:?}` is asked before the profile is chosen, so it would stop the sqlite profile too."""
    assert re.findall(r"\$\{(\w+)[^}]*\?", re.sub(r"#.*", "", (DEPLOY / "compose.yaml").read_text())) == []


@pytest.mark.skipif(not shutil.which("sh"), reason="no sh here")
@pytest.mark.parametrize(("password", "code"), [("", 1), ("x", 0)])
def test_postgres_says_that_its_password_is_missing(tmp_path: Path, password: str, code: int) -> None:
    (tmp_path / "docker-entrypoint.sh").write_text('#!/bin/sh\necho "started $1"\n')
    (tmp_path / "docker-entrypoint.sh").chmod(0o755)
    command = [word.replace("$$", "$") for word in SERVICES["postgres"]["entrypoint"]]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "POSTGRES_PASSWORD": password}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert (done.stdout, "POSTGRES_PASSWORD is missing" in done.stderr) == (
        ("", True) if code else ("started postgres\n", False)
    )


def test_the_example_of_settings_names_what_compose_needs() -> None:
    example = (DEPLOY / "env.example").read_text()
    for name in {"POSTGRES_PASSWORD", "SAYSO_PUBLIC_URL"} | SECRETS:
        assert re.search(rf"(?m)^#?{name}=", example), name
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def compose_is_here() -> bool:
    docker = shutil.which("docker")
    return (
        bool(docker)
        and subprocess.run([str(docker), "compose", "version"], capture_output=True, check=False).returncode == 0
    )


@pytest.mark.skipif(not compose_is_here(), reason="no docker compose here")
@pytest.mark.parametrize("profile", ["sqlite", "postgres"])
def test_compose_understands_its_file(tmp_path: Path, profile: str) -> None:
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    shutil.copy(DEPLOY / "env.example", tmp_path / "deploy" / ".env")
    command = [
        "docker",
        "compose",
        "--file",
        str(tmp_path / "deploy" / "compose.yaml"),
        "--profile",
        profile,
        "config",
        "--quiet",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
