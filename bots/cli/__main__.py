"""`python -m bots.cli` is `sayso`."""

from bots.cli.main import main

main()
