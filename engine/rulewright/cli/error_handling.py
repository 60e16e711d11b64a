"""Error handling of all commands: every exception becomes one message and an exit code, never a traceback.

RulewrightError      `error: …`, `hint: …`, its own code (a PolicyError prints all its diagnostics)
wrong usage          2
KeyboardInterrupt    130
BrokenPipeError      0: the reader closed the pipe (`rulewright … | head -1`)
other OSError        4 (full disk, unreadable file)
anything else        4, and a report file with the traceback for maintainers
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import click

from rulewright.cli.output import print_error, release
from rulewright.policy.diagnostics import PolicyError, RulewrightError
from rulewright.run import exit_codes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NO_SPACE = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO))
SECRET_NAMES = ("TOKEN", "SECRET", "PASSWORD", "KEY", "CREDENTIAL", "AUTH")


def run_command(run: Callable[[], int | None], arguments: Sequence[str]) -> int:
    """Run a command and return its exit code. Flushes stdout before it returns."""
    try:
        code = run() or exit_codes.DONE
    except (KeyboardInterrupt, click.Abort):
        print_error("interrupted")
        code = exit_codes.INTERRUPTED
    except SystemExit as error:
        failed = exit_codes.FAILED if error.code else exit_codes.DONE
        code = error.code if isinstance(error.code, int) else failed
    except Exception as error:  # noqa: BLE001 — the last line of defence: nobody sees a traceback
        code = _print_exception(error, arguments)
    return _flush_stdout(code)


def _print_exception(error: Exception, arguments: Sequence[str]) -> int:
    """Print an error and return its exit code."""
    if isinstance(error, RulewrightError):
        return _print_raised(error)
    if isinstance(error, click.ClickException):
        return _print_misuse(error)
    if isinstance(error, BrokenPipeError):
        return exit_codes.DONE
    if isinstance(error, OSError):
        return _print_os_error(error)
    if isinstance(error, RecursionError):
        print_error("error: the input is nested too deeply", hint="check for a value that contains itself")
    elif isinstance(error, MemoryError):
        print_error("error: out of memory while reading the input")
    else:
        path = write_crash_report(error, arguments)
        note = f"; a report was written to {path}" if path else ""
        print_error(f"error: unexpected {type(error).__name__}{note}")
    return exit_codes.FAILED


def _print_os_error(error: OSError) -> int:
    full = error.errno in NO_SPACE and not error.filename  # errors of stdout have no path
    where = f"{error.filename}: " if error.filename else "cannot write the output: " if full else ""
    if full:
        release()
    print_error(f"error: {where}{error.strerror or error}")
    return exit_codes.FAILED


def _flush_stdout(code: int) -> int:
    """Flush stdout and return the exit code: unchanged for a closed pipe, 4 for other errors such as a full disk."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        release()
    except OSError as error:
        release()
        if code != exit_codes.FAILED:
            print_error(f"error: cannot write the output: {error.strerror or error}")
        return exit_codes.combine((code, exit_codes.FAILED))
    except ValueError:
        pass  # stdout is already closed
    return code


def _print_raised(error: RulewrightError) -> int:
    """Print a RulewrightError."""
    if isinstance(error, PolicyError) and error.diagnostics:
        # Imported only after an error.
        from rulewright.report.diagnostics import diagnostics_text

        print_error(diagnostics_text(error.diagnostics).rstrip("\n"))
    else:
        print_error(f"error: {error.message}", hint=error.hint)
    return error.exit_code


def _print_misuse(error: click.ClickException) -> int:
    """Print a usage error and the command that shows its help; for a group without a command, the help itself."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        print_error(error.format_message())
        return exit_codes.USAGE
    context = getattr(error, "ctx", None)
    hint = f"see `{context.command_path} --help`" if context is not None else None
    message = error.format_message()
    print_error(f"error: {message[:1].lower()}{message[1:]}", hint=hint)
    return exit_codes.USAGE


def write_crash_report(error: Exception, arguments: Sequence[str]) -> str | None:
    """Write a report file that only its owner can read. Returns its path, None if it cannot be written."""
    import platform
    import tempfile
    import traceback

    from rulewright import __version__

    frames = "".join(traceback.format_tb(error.__traceback__))
    # Messages of other exceptions can quote the payload: only messages about code are included.
    message = f": {error}" if isinstance(error, (ImportError, NameError, AttributeError, TypeError)) else ""
    versions = f"rulewright {__version__}, Python {platform.python_version()}, {platform.platform()}"
    command = " ".join(arguments)
    text = (
        f"{versions}\ncommand: rulewright {command}\n\nTraceback:\n{frames}{type(error).__name__}{message}\n"
    )
    try:
        descriptor, path = tempfile.mkstemp(prefix="rulewright-report-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(_mask_secrets(text))
    except OSError:
        return None
    return path


def _mask_secrets(text: str) -> str:
    """The text without the values of environment variables that look like secrets."""
    for name, value in os.environ.items():
        if len(value) >= 8 and any(part in name.upper() for part in SECRET_NAMES):
            text = text.replace(value, "***")
    return text
