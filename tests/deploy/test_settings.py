"""What `deploy/` says about settings and secrets."""

import re

from tests.deploy.here import DEPLOY, SETTINGS


def test_only_settings_that_exist_are_set() -> None:
    for path in DEPLOY.iterdir():
        if path.is_file():
            assert set(re.findall(r"SAYSO_[A-Z_]+", path.read_text())) <= SETTINGS, path


def test_no_secret_stands_in_any_file() -> None:
    for path in DEPLOY.iterdir():
        if path.is_file():
            given = re.findall(r"\b(\w+(?:TOKEN|SECRET|KEY|PASSWORD))[=:] *([^\s$?].*)", path.read_text())
            assert given == [], path
