"""Starts one command, waits for its end and writes what it took: run as a script in a small process of its own.

It is not part of the process that measures, for two reasons. Linux counts the memory of the process that starts a
command as the command's own peak, until the command takes more: here these are a few MiB. And when the process that
measures ends in whatever way, standard input of this one ends, and it ends the command and its children.

Standard input: nothing, until it ends. Standard output: one line of JSON, `{"duration": seconds, "status": exit status,
negative for a signal, "peak": bytes}`, or `{"error": reason}` for a command that cannot be started. Standard error is
that of the command. Imports little, because what it imports is its memory.
"""

import _thread
import os
import signal
import sys
import time


def end_with_parent() -> None:
    """Wait until the process that measures has ended, and then end all processes of this group."""
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def run(command: list[str]) -> str:
    """Run a command. Returns the line to write."""
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
    start = time.perf_counter()
    try:
        process = os.posix_spawnp(
            command[0], command, os.environ, file_actions=actions, setsigdef=[signal.SIGTERM]
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the command cannot be started"
        return f'{{"error": "{reason}"}}'
    _, status, usage = os.wait4(process, 0)
    duration = time.perf_counter() - start
    # Linux counts in KiB, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    ended = os.waitstatus_to_exitcode(status)
    return f'{{"duration": {duration!r}, "status": {ended}, "peak": {peak}}}'


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the command ends at it, and this tells how
    _thread.start_new_thread(end_with_parent, ())
    os.write(1, f"{run(sys.argv[1:])}\n".encode())
