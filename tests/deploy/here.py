"""Where the files are, and what they may speak of."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"

# The settings that Sayso has; public, so that none is ever renamed.
SETTINGS = {
    "SAYSO_DATABASE_URL",
    "SAYSO_DEBUG",
    "SAYSO_TRUSTED_PROXIES",
    "SAYSO_DISCORD_API",
    "SAYSO_DISCORD_CLIENT_SECRET",
    "SAYSO_DISCORD_TOKEN",
    "SAYSO_LISTEN",
    "SAYSO_LOG",
    "SAYSO_PUBLIC_URL",
    "SAYSO_SECRET_KEY",
    "SAYSO_TELEGRAM_API",
    "SAYSO_TELEGRAM_MODE",
    "SAYSO_TELEGRAM_TOKEN",
    "SAYSO_TELEGRAM_WEBHOOK_SECRET",
    "SAYSO_WEBHOOK_NETWORKS",
}
SECRETS = {name for name in SETTINGS if name.endswith(("_TOKEN", "_SECRET", "_KEY"))}


def load(path: Path) -> ModuleType:
    """A script as a module, so that its decisions can be tried."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
