"""`python -m assistant MODEL [--port PORT] [--notes FILE]`: load the model, and serve until the process is ended."""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.model import build_model, load_model
from assistant.server import Assistant, build_server, fill_store


def main() -> None:
    parser = argparse.ArgumentParser(prog="assistant", description="A small assistant on loopback.")
    parser.add_argument(
        "model", type=Path, help="the folder of the model; it is built when it does not exist"
    )
    parser.add_argument("--port", type=int, default=8321, help="0 takes any that is free")
    parser.add_argument("--notes", type=Path, help="a file with one memory on each line")
    parser.add_argument("--load-only", action="store_true", help="load the model, say so, and end")
    options = parser.parse_args()
    if not (options.model / "model.json").exists():
        build_model(options.model)
    model = load_model(options.model)
    if options.load_only:
        print(f"ready: {model.answer('the')}", flush=True)
        return
    with build_server(Assistant(model, fill_store(options.notes)), options.port) as server:
        print(f"ready: 127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
