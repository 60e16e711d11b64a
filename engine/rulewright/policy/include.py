"""`include:`: templates, lists and facts that policies share, out of documents of `kind: Library`.

Includes never leave the repository: the nearest folder above the policy that holds `.git`, outside of a git
repository that of the nearest `rulewright.yaml`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import Diagnostic, SourceError
from rulewright.policy.document import read_documents
from rulewright.policy.files import similar
from rulewright.policy.json_types import as_array, as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.policy.document import Document
    from rulewright.policy.json_types import Json, JsonPath

Shared = tuple["Json", "Document", "JsonPath"]
"""One shared thing: its value, the document that defines it, and where it stands there."""

_SECTIONS: Final = ("templates", "lists", "let")
_MARKS: Final = ((".git",), ("rulewright.yaml", "rulewright.yml"))
"""Names that mark the root, the most certain ones first: a part of a repository may have its own configuration."""
_DATA: Final = Path(os.path.realpath(__file__)).parent.parent / "_data"
MAX_FILES: Final = 500
"""Libraries that one policy may reach."""


@dataclass(frozen=True, slots=True)
class Included:
    """What a policy gets from its libraries, name → (value, document, path)."""

    templates: Mapping[str, Shared] = field(default_factory=dict)
    lists: Mapping[str, Shared] = field(default_factory=dict)
    let: Mapping[str, Shared] = field(default_factory=dict)


def repository_root(file: str | Path) -> Path:
    """The real path of the nearest folder above `file` with `.git`, else of the nearest with `rulewright.yaml`.

    Without either, the folder above its own, so that a copied `rules/` still finds its `common/`.
    The data of the installed package is a repository of its own: its rules include each other.
    """
    folder = Path(os.path.realpath(file)).parent
    above = (folder, *folder.parents)
    if _DATA in above:
        return _DATA
    for marks in _MARKS:
        for root in above:
            if any(os.path.lexists(root / mark) for mark in marks):
                return root
    return folder.parent


def resolve_includes(
    document: Document, read: Callable[[Path], bytes]
) -> tuple[Included, tuple[Diagnostic, ...], tuple[Path, ...]]:
    """Everything that `document` includes, directly or through libraries.

    `read` gives the bytes of a file and raises SourceError when it cannot; `document.file` is the path that
    relative includes start from. Returns what was found, the diagnostics, and every file read, in order.
    """
    walk = _IncludeWalk(repository_root(document.file), read)
    walk.follow(document, Path(document.file), ())
    return Included(**walk.sections), tuple(walk.diagnostics), tuple(walk.files)


class _IncludeWalk:
    """One depth-first walk over the libraries; each file is read once."""

    def __init__(self, root: Path, read: Callable[[Path], bytes]) -> None:
        self.root = root
        self.read = read
        self.sections: dict[str, dict[str, Shared]] = {section: {} for section in _SECTIONS}
        self.diagnostics: list[Diagnostic] = []
        self.files: list[Path] = []
        self.done: set[str] = set()

    def report(
        self,
        document: Document,
        code: str,
        message: str,
        at: JsonPath,
        *,
        hint: str | None,
        key: bool = False,
    ) -> None:
        self.diagnostics.append(document.diagnostic(code, message, at, key=key, hint=hint))

    def follow(self, document: Document, file: Path, chain: tuple[tuple[str, Path], ...]) -> None:
        """`chain` holds (real path, path) of the files that are being read, outermost first."""
        chain = (*chain, (os.path.realpath(file), file))
        # Another shape than a list of texts is the schema's finding.
        for number, name in enumerate(as_array(document.mapping.get("include")) or ()):
            if isinstance(name, str):
                self.include(document, name, ("include", number), file, chain)

    def include(
        self, document: Document, name: str, at: JsonPath, file: Path, chain: tuple[tuple[str, Path], ...]
    ) -> None:
        wrong = self.refusal_reason(name, file)
        if wrong is not None:
            self.report(document, "RW142", wrong, at, hint="name a file in the repository")
            return
        target = Path(os.path.normpath(file.parent / name))
        real = os.path.realpath(target)
        open_files = [path for path, _ in chain]
        if real in open_files:
            circle = [*(shown for _, shown in chain[open_files.index(real) :]), target]
            message = "the includes form a cycle: " + " → ".join(str(shown) for shown in circle)
            self.report(
                document, "RW141", message, at, hint="move the shared definitions into a third library"
            )
            return
        if real in self.done:
            return
        self.done.add(real)
        if len(self.done) > MAX_FILES:
            if len(self.done) == MAX_FILES + 1:
                message = f"more than {MAX_FILES} libraries are included"
                self.report(document, "RW140", message, at, hint="merge some of them")
            return
        for library in self.read_libraries(document, target, name, at):
            self.collect_names(library)
            self.follow(library, target, chain)

    def refusal_reason(self, name: str, file: Path) -> str | None:
        """Why an include may not be followed, if so."""
        if not name or "\0" in name:
            return "an include must be the path of a file"
        if os.path.isabs(name) or name.startswith(("~", "\\")):
            return f"the include {name} is an absolute path"
        lexical = os.path.normpath(os.path.join(os.path.realpath(file.parent), name))
        for path in (lexical, os.path.realpath(file.parent / name)):
            if path != str(self.root) and not path.startswith(f"{str(self.root).rstrip(os.sep)}{os.sep}"):
                return f"the include {name} is outside the repository"
        return None

    def read_libraries(self, document: Document, target: Path, name: str, at: JsonPath) -> list[Document]:
        if not os.path.isfile(target):
            self.report_missing(document, target, name, at)
            return []
        try:
            data = self.read(target)
        except SourceError as error:
            self.report(document, "RW140", error.message, at, hint=error.hint)
            return []
        self.files.append(target)
        documents, found = read_documents(str(target), data)
        self.diagnostics += found
        out = []
        for library in documents:
            kind = library.mapping.get("kind")
            if kind == "Library":
                out.append(library)
                continue
            shown = f"`kind: {kind}`" if isinstance(kind, str) else "no `kind`"
            message = f"{name} is not a library: it has {shown}"
            self.report(
                document, "RW144", message, at, hint="only documents of `kind: Library` can be included"
            )
        return out

    def report_missing(self, document: Document, target: Path, name: str, at: JsonPath) -> None:
        if os.path.isdir(target):
            message = f"the include {name} is a folder"
            self.report(document, "RW140", message, at, hint="name the files in the folder")
            return
        near = similar(target)
        hint = None
        if near is not None:
            hint = f"did you mean {Path(name).parent / near.name}?"
        elif not os.path.isdir(target.parent):
            hint = f"the folder {Path(name).parent} does not exist; paths are relative to the including file"
        self.report(document, "RW140", f"the include {name} does not exist", at, hint=hint)

    def collect_names(self, library: Document) -> None:
        """Takes the library's names. The same content twice is harmless; different content is an error."""
        for section, known in self.sections.items():
            for name, value in (as_object(library.mapping.get(section)) or {}).items():
                path: JsonPath = (section, name)
                first = known.setdefault(name, (value, library, path))
                if first[0] != value:
                    place = first[1].span(first[2], key=True)
                    message = f"`{section}.{name}` has a different definition at {place.file}:{place.line}"
                    hint = "rename one of them, or include only one of the files"
                    self.report(library, "RW143", message, path, key=True, hint=hint)
