"""The files beside the templates that are put into pages as they are."""

from functools import cache
from importlib.resources import files


@cache
def style() -> str:
    """What stands in every page's <style>."""
    return _read("style.css")


@cache
def script() -> str:
    """What stands in the kit's <script>."""
    return _read("kit.js")


def _read(name: str) -> str:
    return files(__package__).joinpath("templates", name).read_text("utf-8").strip()
