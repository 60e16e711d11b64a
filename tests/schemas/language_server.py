"""A client of yaml-language-server over standard input and output, as an editor is one."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

ROOT: Final = Path(__file__).resolve().parents[2]
MODULES: Final = ROOT / ".ci" / "editor-tools" / "node_modules"
NODE: Final = MODULES / ".bin" / "node"
CARET: Final = "‸"
"""Stands in a text where the cursor is."""

_SETTINGS: Final[Mapping[str, Any]] = {
    "yaml": {
        "validate": True,
        "hover": True,
        "completion": True,
        "schemaStore": {"enable": False},
        "kubernetesCRDStore": {"enable": False},
    }
}
_CAPABILITIES: Final[Mapping[str, Any]] = {
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {},
    },
    "workspace": {"configuration": True},
}


def require_tools() -> None:
    """Skip the test where yaml-language-server and ajv are not installed; fail it in CI."""
    if not (MODULES / ".installed").is_file():
        message = "the tools are not installed: .ci/editor-tools/install PYTHON, which `make test` runs"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)


@dataclass(slots=True)
class LanguageServer:
    """A running server. A document is a text whose first line names its schema; each is opened once, and closed."""

    folder: Path
    process: subprocess.Popen[bytes] = field(init=False)
    requests: int = 0
    documents: int = 0
    published: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        program = MODULES / "yaml-language-server" / "bin" / "yaml-language-server"
        self.process = subprocess.Popen(
            [NODE, program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.folder
        )
        self._request(
            "initialize", processId=os.getpid(), rootUri=self.folder.as_uri(), capabilities=_CAPABILITIES
        )
        self._notify("initialized")
        self._notify("workspace/didChangeConfiguration", settings=_SETTINGS)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._request("shutdown")
        self._notify("exit")
        self.process.communicate(timeout=60)

    def complete(self, text: str) -> list[dict[str, Any]]:
        """What is offered at the caret."""
        answer = self._ask_at_caret("textDocument/completion", text)
        return list(answer["items"] if isinstance(answer, dict) else answer or [])

    def explain(self, text: str) -> str:
        """The Markdown that is shown for the word at the caret; empty where there is none."""
        answer = self._ask_at_caret("textDocument/hover", text)
        return str(answer["contents"]["value"]) if answer else ""

    def diagnose(self, texts: Sequence[str]) -> list[list[dict[str, Any]]]:
        """What is reported of each document. They are opened together: the server waits before it validates."""
        opened = [self._open(text) for text in texts]
        while any(uri not in self.published for uri in opened):
            self._receive()
        found = [self.published.pop(uri) for uri in opened]
        for uri in opened:
            self._close(uri)
        return found

    def _ask_at_caret(self, method: str, text: str) -> Any:
        before, _, after = text.partition(CARET)
        uri = self._open(before + after)
        place = {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}
        answer = self._request(method, textDocument={"uri": uri}, position=place)
        self._close(uri)
        return answer

    def _open(self, text: str) -> str:
        self.documents += 1
        uri = (self.folder / f"document-{self.documents}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._notify("textDocument/didOpen", textDocument=document)
        return uri

    def _close(self, uri: str) -> None:
        self._notify("textDocument/didClose", textDocument={"uri": uri})

    def _request(self, method: str, **params: Any) -> Any:
        self.requests += 1
        number = self.requests
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def _notify(self, method: str, **params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self.process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message; requests of the server are answered, diagnostics are kept."""
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the server ended"
        message: dict[str, Any] = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            asked = (
                message["params"].get("items", ()) if message["method"] == "workspace/configuration" else None
            )
            result = None if asked is None else [_SETTINGS.get(one.get("section")) for one in asked]
            self._send({"id": message["id"], "result": result})
        return message
