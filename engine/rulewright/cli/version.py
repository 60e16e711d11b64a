"""`rulewright version`: the version, and what is installed with it."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import click

from rulewright.cli.options import format_option
from rulewright.cli.report_writer import write_report
from rulewright.report.reporter import LineReport
from rulewright.run import exit_codes
from rulewright.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.report.reporter import Reporter

EXTRAS: Final[Mapping[str, tuple[str, ...]]] = {
    "tui": ("textual",),
    "learn": ("numpy", "sklearn"),
    "llama": ("gguf", "llama_cpp"),
}
"""Extra of the package → the modules that it installs."""


@click.command()
@format_option()
def version(reporter: Reporter) -> int:
    """Show the version, Python, the platform, and which extras are installed."""
    extras = [name for name, modules in EXTRAS.items() if all(find_spec(module) for module in modules)]
    found = {
        "version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "extras": extras,
    }
    text = (
        f"rulewright {__version__}\n"
        f"Python {found['python']}, {found['platform']}\n"
        f"extras: {', '.join(extras) or 'none'}\n"
    )
    write_report(LineReport(found, text), reporter)
    return exit_codes.DONE
