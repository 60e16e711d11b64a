"""The cache: warm equals cold, every change is noticed, nothing that is broken is believed."""

from __future__ import annotations

import copy
import hmac
import json
import os
import stat
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rulewright.compile import loader as load_module
from rulewright.compile.cache import from_data, to_data, write_cached
from rulewright.compile.loader import load
from rulewright.policy import private_cache
from rulewright.policy.canonical import canonical_json
from rulewright.policy.diagnostics import Diagnostic, PolicyError, RulewrightError, Span, UsageError
from rulewright.policy.private_cache import cache_folder, is_private, read_entry, write_entry
from rulewright.program.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: {name}, owner: team-triage, description: A policy of the tests. }}
on: [issues.opened]
include: [../shared/texts.yaml]
rules:
  - {{ id: first, when: {{ title: {{ contains: crash }} }}, then: [ comment: hello ] }}
  - {{ id: second, when: {{ title: {{ contains: typo }} }}, then: [ add_labels: [bug] ] }}
"""
PLAIN = POLICY.replace("include: [../shared/texts.yaml]\n", "").replace("comment: hello", "close")
LIBRARY = """\
apiVersion: rulewright/v1
kind: Library
metadata: {{ name: texts, owner: team-triage, description: Shared texts. }}
templates: {{ hello: '{text}' }}
"""
CONFIG = "apiVersion: rulewright/v1\nkind: Config\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "repository"
    for folder in ("rules", "shared", ".git"):
        (root / folder).mkdir(parents=True)
    (root / "rules" / "one.yaml").write_text(POLICY.format(name="one"), encoding="utf-8")
    (root / "shared" / "texts.yaml").write_text(LIBRARY.format(text="Hello"), encoding="utf-8")
    (root / "rulewright.yaml").write_text(CONFIG + "labels: labels.yaml\n", encoding="utf-8")
    (root / "labels.yaml").write_text("- { name: bug }\n- { name: docs }\n", encoding="utf-8")
    return root


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for every time that policies were read and compiled."""
    seen: list[int] = []
    build = load_module._build

    def counted(paths: list[str]) -> Any:
        seen.append(1)
        return build(paths)

    monkeypatch.setattr(load_module, "_build", counted)
    return seen


def entries() -> list[Path]:
    folder = Path(cache_folder()) / "programs"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def same(one: Program, other: Program) -> bool:
    return canonical_json(to_data(one)) == canonical_json(to_data(other))


def test_a_warm_load_builds_nothing_and_gives_the_same(repository: Path, builds: list[int]) -> None:
    cold = load(repository / "rules")
    warm = load(repository / "rules")
    assert len(builds) == 1
    assert same(cold, warm)
    assert len(entries()) == 1


def test_without_cache_nothing_is_read_or_written(repository: Path, builds: list[int]) -> None:
    load(repository / "rules", cache=False)
    load(repository / "rules", cache=False)
    assert len(builds) == 2
    assert entries() == []


def edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        file = root / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return change


def add(path: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")

    return change


def link(root: Path) -> None:
    (root / "rules" / "linked").symlink_to(root / "more", target_is_directory=True)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(edit("rules/one.yaml", "crash", "panic"), id="a policy"),
        pytest.param(edit("shared/texts.yaml", "Hello", "Good morning"), id="an include"),
        pytest.param(edit("rulewright.yaml", "labels.yaml", "./labels.yaml"), id="the configuration"),
        pytest.param(edit("labels.yaml", "docs", "area/docs"), id="the label file"),
        pytest.param(add("rules/two.yaml", POLICY.format(name="two")), id="a new policy"),
        pytest.param(add("rules/deep/two.yml", "a: 1\n"), id="a new file in a folder"),
        pytest.param(lambda root: (root / "rulewright.yaml").unlink(), id="no configuration any more"),
    ],
)
def test_every_change_is_noticed(repository: Path, builds: list[int], change: Callable[[Path], None]) -> None:
    load(repository / "rules")
    change(repository)
    after = load(repository / "rules")
    assert len(builds) == 2
    assert same(after, load(repository / "rules", cache=False))


def test_a_new_configuration_is_noticed(repository: Path, builds: list[int]) -> None:
    (repository / "rulewright.yaml").unlink()
    assert load(repository / "rules").config.to_json() == {}
    add("rulewright.yaml", CONFIG + "labels: labels.yaml\n")(repository)
    assert load(repository / "rules").config.labels is not None
    assert len(builds) == 2


def test_a_removed_policy_and_one_behind_a_link_are_noticed(repository: Path, builds: list[int]) -> None:
    add("rules/two.yaml", POLICY.format(name="two"))(repository)
    add("more/three.yaml", PLAIN.format(name="three"))(repository)
    assert [policy.name for policy in load(repository / "rules").policies] == ["one", "two"]
    (repository / "rules" / "two.yaml").unlink()
    assert [policy.name for policy in load(repository / "rules").policies] == ["one"]
    link(repository)
    assert [policy.name for policy in load(repository / "rules").policies] == ["three", "one"]
    add("more/four.yaml", PLAIN.format(name="four"))(repository)
    assert len(load(repository / "rules").policies) == 3
    assert len(builds) == 4


def test_another_engine_reads_no_entry_of_this_one(
    repository: Path, builds: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = tmp_path / "engine" / "rulewright"
    for folder in ("policy/codes", "policy/schemas", "program", "measurements", "compile", "kinds"):
        (engine / folder).mkdir(parents=True)
    kind = engine / "kinds" / "triage.py"
    kind.write_text("one", encoding="utf-8")
    schema = engine / "policy" / "schemas" / "policy.schema.json"
    schema.write_text("{}", encoding="utf-8")
    monkeypatch.setattr(load_module, "ENGINE", str(engine))
    load(repository / "rules")
    load(repository / "rules")
    assert len(builds) == 1
    kind.write_text("other", encoding="utf-8")
    load(repository / "rules")
    assert len(builds) == 2
    schema.write_text("{ }", encoding="utf-8")
    load(repository / "rules")
    assert len(builds) == 3


def test_the_key_covers_every_package_that_compiles(repository: Path) -> None:
    script = (
        "import sys\nfrom rulewright.compile.loader import check_paths\n"
        f"check_paths([{str(repository / 'rules')!r}, {str(ROOT / 'rules')!r}])\n"
        "print(*{name.split('.')[1] for name in sys.modules if name.count('.') > 1 and name.startswith('rulewright.')})"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split()) - {"evaluate", "events"}  # `import rulewright` has these
    assert loaded - set(load_module.COMPILED_BY) == set()
    assert {"policy", "compile", "kinds"} <= loaded


def resealed(text: bytes) -> bytes:
    """Under the cache's own key, as only its owner can."""
    key = (Path(cache_folder()) / "key").read_bytes()
    return hmac.new(key, text, "sha256").hexdigest().encode() + b"\n" + text


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"crash", b"Crash"),
        lambda data: b"\xff" + data,
        lambda data: resealed(b"[]"),
        lambda data: resealed(b"\xff"),
        lambda data: resealed(b"[" * 100_000),
        lambda data: resealed(b'{"format":1}'),
        lambda data: resealed(data.partition(b"\n")[2].replace(b'"policies":[', b'"policies":["x",')),
        lambda data: resealed(
            data.partition(b"\n")[2].replace(b'["issues.opened"],{},', b'["issues.opened"],[],')
        ),
        lambda data: resealed(data.partition(b"\n")[2].replace(b'[["first",', b'[[],["first",')),
        lambda data: resealed(data.partition(b"\n")[2].replace(b'"roots":["', b'"roots":["/other')),
    ],
)
def test_what_is_broken_or_foreign_is_ignored(
    repository: Path, builds: list[int], spoil: Callable[[bytes], bytes]
) -> None:
    cold = load(repository / "rules")
    (entry,) = entries()
    whole = entry.read_bytes()
    entry.write_bytes(spoil(whole))
    assert entry.read_bytes() != whole
    assert same(load(repository / "rules"), cold)
    assert len(builds) == 2
    assert entry.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_no_matter(
    repository: Path, builds: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder", encoding="utf-8")
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(blocked))
    cold = load(repository / "rules")
    assert same(cold, load(repository / "rules"))
    assert len(builds) == 2


def test_a_failed_write_leaves_nothing_behind(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = load(repository / "rules", cache=False)

    def refuse(source: str, target: str) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", refuse)
    assert write_cached("key", [], [], program) is False
    assert entries() == []


def test_many_writers_at_once(repository: Path) -> None:
    expected = load(repository / "rules", cache=False)
    found: list[bool] = []

    def run() -> None:
        for _ in range(5):
            found.append(same(load(repository / "rules"), expected))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 30
    assert [entry.suffix for entry in entries()] == [".json"]


def test_a_file_that_is_gone_is_a_change(repository: Path, builds: list[int]) -> None:
    load(repository / "rules")
    (repository / "labels.yaml").rename(repository / "other.yaml")
    with pytest.raises(RulewrightError):
        load(repository / "rules")
    assert len(builds) == 2


def test_warnings_survive_in_the_cache() -> None:
    span = Span("p.yaml", 1, 2, 3, 4)
    warnings = (
        Diagnostic("RW508", "m", span, "warning", "h", "source"),
        Diagnostic("RW509", "m", span, "info"),
    )
    program = Program((), (), diagnostics=warnings)
    assert from_data(to_data(program)).diagnostics == warnings


def test_what_is_no_policy() -> None:
    with pytest.raises(UsageError, match="does not exist"):
        load("/nowhere/at/all")


def test_a_folder_without_policies(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no policy found") as caught:
        load(tmp_path)
    assert caught.value.hint


def test_policies_with_errors_raise_all_of_them(repository: Path) -> None:
    edit("rules/one.yaml", "title: { contains: crash }", "titel: x")(repository)
    edit("rules/one.yaml", "title: { contains: typo }", "labels: x")(repository)
    with pytest.raises(PolicyError) as caught:
        load(repository / "rules")
    assert [one.code for one in caught.value.diagnostics if one.severity == "error"] == ["RW301", "RW402"]
    assert entries() == []


def test_where_the_cache_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RULEWRIGHT_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert cache_folder() == os.path.join("/somewhere", "rulewright")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == os.path.join(os.path.expanduser("~"), ".cache", "rulewright")


def test_shipped_policies_survive_the_round_trip() -> None:
    program = load(ROOT / "rules", cache=False)
    data = to_data(program)
    again = from_data(data)
    assert canonical_json(to_data(again)) == canonical_json(data)
    assert [policy.name for policy in again.policies] == [policy.name for policy in program.policies]


ACTIONS = [b"add_labels", b"close", b"assign", b"comment"]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_checksum_computed_anew_makes_nobody_believe_an_entry(
    repository: Path, builds: list[int], action: bytes
) -> None:
    cold = load(repository / "rules")
    (entry,) = entries()
    data = entry.read_bytes().partition(b"\n")[2].replace(b'["add_labels",', b'["%s",' % action)
    entry.write_bytes(sha256(data).hexdigest().encode() + b"\n" + data)
    assert same(load(repository / "rules"), cold)
    assert len(builds) == 2


def test_what_is_made_is_for_its_owner_alone(repository: Path) -> None:
    mask = os.umask(0)
    try:
        load(repository / "rules")
    finally:
        os.umask(mask)
    folder = Path(cache_folder())
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "programs", folder / "key")
    }
    assert modes == {"cache": 0o700, "programs": 0o700, "key": 0o600}
    assert [stat.S_IMODE(entry.stat().st_mode) for entry in entries()] == [0o600]


def give_away(path: Path) -> None:
    os.chown(path, 12345, -1)


def through_link(path: Path) -> None:
    path.rename(path.with_name(f"{path.name}-elsewhere"))
    path.symlink_to(path.with_name(f"{path.name}-elsewhere"))


FOREIGN: list[Callable[[Path], None]] = [
    pytest.param(
        give_away,
        id="foreign owner",
        marks=pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs root"),
    ),
    pytest.param(lambda path: path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o020), id="group may write"),
    pytest.param(lambda path: path.chmod(stat.S_IMODE(path.stat().st_mode) | 0o002), id="others may write"),
    pytest.param(through_link, id="link"),
]


@pytest.mark.parametrize("spoil", FOREIGN)
@pytest.mark.parametrize("what", ["", "programs", "key", "entry"])
def test_what_somebody_else_may_have_written_is_not_believed(
    repository: Path, builds: list[int], what: str, spoil: Callable[[Path], None]
) -> None:
    cold = load(repository / "rules")
    spoil(entries()[0] if what == "entry" else Path(cache_folder()) / what)
    assert same(load(repository / "rules"), cold)
    assert len(builds) == 2


@pytest.mark.parametrize("spoil", FOREIGN)
@pytest.mark.parametrize("what", ["", "programs"])
def test_nothing_is_written_to_a_folder_of_others(
    repository: Path, what: str, spoil: Callable[[Path], None]
) -> None:
    load(repository / "rules")
    entries()[0].unlink()
    spoil(Path(cache_folder()) / what)
    load(repository / "rules")
    assert entries() == []


def test_an_entry_that_others_may_read_was_not_written_here(repository: Path, builds: list[int]) -> None:
    """As a checkout or an archive would bring it."""
    load(repository / "rules")
    entries()[0].chmod(0o644)
    load(repository / "rules")
    assert len(builds) == 2


def test_a_pipe_is_no_entry(repository: Path, builds: list[int]) -> None:
    load(repository / "rules")
    (entry,) = entries()
    entry.unlink()
    os.mkfifo(entry, 0o600)
    load(repository / "rules")
    assert len(builds) == 2


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 33, b"y" * 32])
def test_another_key_is_another_cache(repository: Path, builds: list[int], key: bytes) -> None:
    load(repository / "rules")
    (Path(cache_folder()) / "key").write_bytes(key)
    load(repository / "rules")
    load(repository / "rules")
    assert len(builds) == 2


def test_an_older_cache_that_was_open_to_readers_is_used_again(repository: Path, builds: list[int]) -> None:
    Path(cache_folder(), "programs").mkdir(parents=True, mode=0o755)
    assert is_private(os.path.join(cache_folder(), "programs"))
    load(repository / "rules")
    load(repository / "rules")
    assert len(builds) == 1


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "no/such/folder"])
def test_a_name_that_no_file_has(repository: Path, name: str) -> None:
    assert write_entry("programs", name, b"data") is False
    assert read_entry("programs", name) is None


def test_the_key_is_used_as_in_rfc_2104() -> None:
    for key, data in ((b"k" * 32, b""), (b"\0" * 32, b"text"), (os.urandom(32), os.urandom(1000))):
        assert private_cache._signed(key, data).decode() == hmac.new(key, data, "sha256").hexdigest()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


@st.composite
def mutations(draw: st.DrawFn, document: Any) -> Any:
    """The document with one to three places replaced, taken out or repeated."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(document)))
        if not path:
            document = draw(VALUES)
            break
        node = document
        for part in path[:-1]:
            node = node[part]
        how = draw(st.sampled_from(["replace", "remove", "add"]))
        if how == "replace":
            node[path[-1]] = draw(VALUES)
        elif how == "remove":
            del node[path[-1]]
        elif isinstance(node, list):
            node.insert(0, draw(VALUES))
        else:
            node[draw(st.text(max_size=5))] = draw(VALUES)
        if not isinstance(document, (dict, list)) or not document:
            break
    return document


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.slow
@FUZZ
@given(data=st.data())
def test_a_mutated_entry_is_compiled_anew(repository: Path, data: st.DataObject) -> None:
    cold = load(repository / "rules")
    (entry,) = entries()
    told, _, text = entry.read_bytes().partition(b"\n")
    mutated = json.dumps(data.draw(mutations(json.loads(text)))).encode()
    entry.write_bytes(
        data.draw(st.sampled_from([told, sha256(mutated).hexdigest().encode()])) + b"\n" + mutated
    )
    assert same(load(repository / "rules"), cold)


@pytest.mark.slow
@FUZZ
@given(data=st.data())
def test_an_entry_of_another_shape_is_no_exception(repository: Path, data: st.DataObject) -> None:
    """Even under the right key."""
    load(repository / "rules")
    (entry,) = entries()
    whole = entry.read_bytes()
    mutated = data.draw(mutations(json.loads(whole.partition(b"\n")[2])))
    entry.write_bytes(resealed(json.dumps(mutated).encode()))
    program = load(repository / "rules")
    assert all(
        type(one.id) is str and type(one.actions) is tuple for p in program.policies for one in p.entries
    )
    entry.write_bytes(whole)
