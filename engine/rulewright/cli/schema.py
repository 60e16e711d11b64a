"""`rulewright schema`: print or install the JSON Schemas, for editors and other tools."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click

from rulewright.cli.options import format_option
from rulewright.cli.output import print_note
from rulewright.cli.report_writer import write_report
from rulewright.policy.diagnostics import SourceError, UsageError, translate_os_errors
from rulewright.policy.json_schema import bundled_schema as schemas
from rulewright.policy.whole_file import write_whole
from rulewright.report.reporter import LineReport
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from rulewright.report.reporter import Reporter


@click.command()
@click.argument("name", required=False)
@click.option("--install", metavar="DIR", help="Write all schemas to this folder.")
@click.option("--force", is_flag=True, help="Overwrite files that differ (with --install).")
@format_option()
def schema(name: str | None, install: str | None, force: bool, reporter: Reporter) -> int:
    """Print a JSON Schema, list their names, or install all of them for an editor.

    NAME is a schema, such as policy or action/comment. A YAML file names its schema for editors with a line "#
    yaml-language-server: $schema=PATH".
    """
    if install is not None:
        if name is not None:
            raise UsageError("--install takes no schema name")
        written = install_schemas(install, force=force)
        write_report(
            LineReport({"written": written}, "".join(f"wrote {path}\n" for path in written)), reporter
        )
        return exit_codes.DONE
    if name is not None:
        text = schemas.published_text(name.removesuffix(".schema.json"))
        write_report(LineReport(json.loads(text), text), reporter)
        return exit_codes.DONE
    titles = {one: str(schemas.load_schema(one).get("title", "")) for one in schemas.schema_names()}
    width = max(map(len, titles))
    lines = "".join(f"{one:<{width}}  {title}".rstrip() + "\n" for one, title in titles.items())
    write_report(LineReport(titles, lines), reporter)
    return exit_codes.DONE


def install_schemas(folder: str, *, force: bool) -> list[str]:
    """Write all schemas, or none if an existing file differs; returns the paths of those that were written.

    Raises UsageError, SourceError.
    """
    wanted = {
        os.path.join(folder, f"{name}.schema.json"): schemas.published_text(name)
        for name in schemas.schema_names()
    }
    found = {path: _read_text(path) for path in wanted}
    same = [path for path in wanted if found[path] == wanted[path]]
    different = [path for path in wanted if found[path] not in (None, wanted[path])]
    if different and not force:
        shown = ", ".join(different[:3]) + (f" and {len(different) - 3} more" if len(different) > 3 else "")
        raise UsageError(f"existing files differ: {shown}", hint="use --force to overwrite them")
    written = [*(path for path in wanted if found[path] is None), *different]
    for path in written:
        with translate_os_errors(f"cannot create {os.path.dirname(path)}"):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        write_whole(path, wanted[path].encode())
    if same:
        print_note(f"{len(same)} of {len(wanted)} are up to date")
    return written


def _read_text(path: str) -> str | None:
    """The text of a file; None if it does not exist."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error
