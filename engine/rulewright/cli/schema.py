"""`rulewright schema`: print or install the JSON Schemas, for editors and other tools."""

from __future__ import annotations

import os

import click

from rulewright.cli.output import print_error
from rulewright.policy.diagnostics import SourceError, UsageError, translate_os_errors
from rulewright.policy.json_schema import bundled_schema as schemas
from rulewright.policy.whole_file import write_whole
from rulewright.run import exit_codes


@click.command()
@click.argument("name", required=False)
@click.option("--install", metavar="DIR", help="Write all schemas to this folder.")
@click.option("--force", is_flag=True, help="Overwrite files that differ (with --install).")
def schema(name: str | None, install: str | None, force: bool) -> int:
    """Print a JSON Schema, list their names, or install all of them for an editor.

    NAME is a schema, such as policy or action/comment. A YAML file names its schema for editors with a line "#
    yaml-language-server: $schema=PATH".
    """
    if install is not None:
        if name is not None:
            raise UsageError("--install takes no schema name")
        return install_schemas(install, force=force)
    if name is not None:
        click.echo(schemas.published_text(name.removesuffix(".schema.json")), nl=False)
        return exit_codes.DONE
    width = max(map(len, schemas.schema_names()))
    for one in schemas.schema_names():
        click.echo(f"{one:<{width}}  {schemas.load_schema(one).get('title', '')}".rstrip())
    return exit_codes.DONE


def install_schemas(folder: str, *, force: bool) -> int:
    """Write all schemas and report them, or none if an existing file differs. Raises UsageError, SourceError."""
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
    for path in (*(path for path in wanted if found[path] is None), *different):
        with translate_os_errors(f"cannot create {os.path.dirname(path)}"):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        write_whole(path, wanted[path].encode())
        click.echo(f"wrote {path}")
    if same:
        print_error(f"{len(same)} of {len(wanted)} are up to date")
    return exit_codes.DONE


def _read_text(path: str) -> str | None:
    """The text of a file; None if it does not exist."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error
