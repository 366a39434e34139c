"""`sayso audit`: every total, recomputed from the journal and compared with what was kept."""

from collections.abc import Sequence

import click

from bots.cli import opening, progress, showing
from bots.cli.files import counted
from bots.cli.main import Entry
from core.audit import Difference
from core.audit import audit as recompute


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
@click.pass_obj
def audit(entry: Entry, as_json: bool) -> int:
    """Recompute every total from the journal, and compare.

    Changes nothing. Exit 1, and the differences, if something was kept that the journal does not bear out.
    """
    entry.start_log()
    found = opening.run(lambda: _found(entry))
    if as_json:
        showing.as_json([{"what": each.what, "kept": each.kept, "recomputed": each.recomputed} for each in found])
    else:
        _show(found)
    said = (
        f"{counted(len(found), 'difference')}; restore a backup, or report it" if found else "all as the journal says"
    )
    click.echo(f"sayso audit: {said}", err=True)
    return int(bool(found))


async def _found(entry: Entry) -> list[Difference]:
    async with opening.for_reading(entry.settings) as db:
        if db is None:
            return []
        async with db.read() as tx:
            with progress.shown("sayso audit", "facts") as shown:
                return await recompute(tx, progress=shown)


def _show(found: Sequence[Difference]) -> None:
    if showing.on_terminal() and found:
        rows = [(each.what, _value(each.kept), _value(each.recomputed)) for each in found]
        showing.show(showing.table("Differences", ("what", "kept", "recomputed"), rows))
    else:
        for each in found:
            click.echo(showing.clean(f"{each.what}: kept {_value(each.kept)}, recomputed {_value(each.recomputed)}"))


def _value(value: object) -> str:
    return "nothing" if value is None else str(value)
