"""A model's process without a model: what it does is what the question says."""

from __future__ import annotations

import os
import sys
import time

from rulewright.models.local import messages as frames


def main() -> None:
    stream = os.fdopen(os.dup(0), "rb")
    settings = frames.read_message(stream) or {}
    name = settings["name"]
    if name == "dies":
        os._exit(3)
    if name == "refuses":
        send({"refused": "failed", "reason": "the model does not load: no such thing"})
        return
    send({"ok": {"build": "fake", "context": 8}})
    while (request := frames.read_message(stream)) is not None:
        what = request.get("question")
        if what == "hang":
            time.sleep(600)
        elif what == "die" or (what == "die once" and request["saved"]):
            os._exit(9)
        elif what == "rubbish":
            os.write(1, b"\x00\x00\x00\x04nope")
        elif what == "boast":
            os.write(1, b"\xff\xff\xff\xff")
        elif what == "half":
            os.write(1, b"\x00\x00\x00\xff{")
            os._exit(0)
        elif what == "grow":
            kept = bytearray(os.urandom(1 << 16)) * (1 << 12)
            time.sleep(600)
            print(len(kept), file=sys.stderr)
        elif what == "refuse":
            send({"refused": "too_long", "reason": "the question alone fills the model's context"})
        else:
            send({"ok": {"echo": request.get("number"), "pid": os.getpid()}})


def send(message: dict[str, object]) -> None:
    data = frames.pack_message(message)
    while data:
        data = data[os.write(1, data) :]


if __name__ == "__main__":
    main()
