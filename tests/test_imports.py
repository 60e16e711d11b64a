"""What a run imports: a warm evaluation touches no YAML, schema, expression, network or model library."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = (
    "ruamel",
    "_ruamel_yaml",
    "jsonschema",
    "referencing",
    "jmespath",
    "re2",
    "yaml",
    "orjson",
    "phonenumbers",
)
STANDARD = ("http", "urllib", "ssl", "socket", "asyncio", "email", "multiprocessing")
HEAVY = frozenset((*LIBRARIES, *STANDARD, "textual", "rich", "llama_cpp"))
"""Top-level modules. click imports inspect by itself, so that one is not here."""

PRINT = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First look at every new issue. }
on: [issues.opened]
rules:
  - id: crash
    description: The title speaks of a crash.
    when:
      all:
        - title: CONDITION
        - { jmespath: "length(issue.labels) < `3`" }
    then:
      - add_labels: [bug]
      - comment: { text: "Thank you for {{ title }}." }
"""


def imported(script: str, *, cache: Path) -> set[str]:
    """The top-level modules that are loaded when `script` has run."""
    run = subprocess.run(
        [sys.executable, "-c", f"{script}\n{PRINT}"],
        capture_output=True,
        text=True,
        check=True,
        env={"RULEWRIGHT_CACHE_DIR": str(cache), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return set(run.stderr.splitlines()[-1].split())


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What the interpreter loads by itself: an editable installation may load more than none."""
    return imported("", cache=tmp_path_factory.mktemp("bare"))


def test_importing_the_package_imports_nothing_heavy(bare: set[str], tmp_path: Path) -> None:
    found = imported("import rulewright", cache=tmp_path)
    assert "rulewright" in found
    assert found & HEAVY - bare == set()


def test_a_warm_run_of_the_shipped_triage_imports_no_schema_library(bare: set[str], tmp_path: Path) -> None:
    """Its facts are classified, detected and searched for: none of that needs YAML, JSON Schema or a network."""
    event = ROOT / "examples" / "events" / "issue-opened.json"
    words = [
        "evaluate",
        str(ROOT / "rules" / "triage"),
        "--event",
        str(event),
        "--now",
        "2026-01-05T09:00:00Z",
    ]
    script = f"from rulewright.cli.main import main\nassert main({words!r}) == 0"
    assert "jsonschema" in imported(script, cache=tmp_path), "the first run compiles"
    assert imported(script, cache=tmp_path) & HEAVY - bare <= {
        "re2",
        "phonenumbers",
        "urllib",
    }  # pathlib loads urllib.parse


@pytest.mark.parametrize("command", ["evaluate", "explain crash"])
@pytest.mark.parametrize(
    ("condition", "needed"), [("{ contains: crash }", set()), ("{ regex: 'crash(es|ed)?' }", {"re2"})]
)
def test_a_warm_run_imports_nothing_heavy(
    command: str, condition: str, needed: set[str], bare: set[str], tmp_path: Path
) -> None:
    """Only an event that reaches a pattern brings the library that runs patterns."""
    policy = tmp_path / "intake.yaml"
    policy.write_text(POLICY.replace("CONDITION", condition))
    event = ROOT / "examples" / "events" / "issue-opened.json"
    if command == "evaluate":  # capitals in the name of the repository are no reason to load the detectors
        text = event.read_text("utf-8").replace("octo-org/assistant", "Octo-Org/Hello-World")
        event = tmp_path / "event.json"
        event.write_text(text, "utf-8")
    words = [*command.split(), str(policy), "--event", str(event), "--now", "2026-01-05T09:00:00Z"]
    script = f"from rulewright.cli.main import main\nassert main({words!r}) == 0"
    cold = imported(script, cache=tmp_path / "cache")
    assert {"ruamel", "jmespath"} <= cold, "the first run compiles, or this test proves nothing"
    warm = imported(script, cache=tmp_path / "cache")
    assert warm & HEAVY - bare == needed


def test_a_warm_run_makes_no_class_and_pattern_that_costs_more_than_it_needs(tmp_path: Path) -> None:
    """Its named tuples are those of `policy.named_tuple`; patterns of modules are compiled when they are used."""
    policy = tmp_path / "intake.yaml"
    policy.write_text(POLICY.replace("CONDITION", "{ contains: crash }"))
    event = ROOT / "examples" / "events" / "issue-opened.json"
    words = ["evaluate", str(policy), "--event", str(event), "--now", "2026-01-05T09:00:00Z"]
    script = f"from rulewright.cli.main import main\nassert main({words!r}) == 0"
    imported(script, cache=tmp_path / "cache")
    costly = """
import re, sys
for name, module in sorted(sys.modules.items()):
    for key, value in vars(module).items() if name.startswith("rulewright") else ():
        is_own = getattr(value, "__module__", None) == name
        if isinstance(value, re.Pattern) or (is_own and hasattr(value, "_fields") and hasattr(value, "__orig_bases__")):
            print(f"costly:{name}.{key}", end=" ", file=sys.stderr)
"""
    found = imported(script + costly, cache=tmp_path / "cache")
    assert {name for name in found if name.startswith("costly:")} == set()


def test_help_imports_nothing_heavy(bare: set[str], tmp_path: Path) -> None:
    script = "from rulewright.cli.main import main\nassert main(['evaluate', '--help']) == 0"
    assert imported(script, cache=tmp_path) & HEAVY - bare == set()


GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: small }
on: [manual]
objectives:
  - id: response-p95
    source: { json: now.json, select: values }
    unit: ms
    aggregate: p95
    pass: { lte: 800ms }
"""
UNUSED = (
    "difflib",
    "fractions",
    "glob",
    "hashlib",
    "numpy",
    "pathlib",
    "statistics",
    "tempfile",
    "rulewright.compile.compiler",
    "rulewright.detection",
    "rulewright.facts.gathering",
    "rulewright.gates.attached_baselines",
    "rulewright.gates.evidence",
    "rulewright.kinds.slo_gate.comparison",
    "rulewright.kinds.slo_gate.decisions.budget",
    "rulewright.kinds.slo_gate.decisions.cases",
    "rulewright.kinds.slo_gate.decisions.histogram",
    "rulewright.kinds.slo_gate.decisions.mean",
    "rulewright.kinds.slo_gate.decisions.regression",
    "rulewright.kinds.slo_gate.objective",
    "rulewright.measurements.queried.access",
    "rulewright.report.github",
    "rulewright.report.markdown",
    "rulewright.run.state.baselines",
)
"""What a gate does without that judges values of one file by an absolute limit, and passes."""


def test_a_warm_gate_imports_only_what_its_objectives_need(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(GATE)
    (tmp_path / "now.json").write_text(json.dumps({"values": list(range(400, 500))}))
    words = ["gate", str(tmp_path / "gate.yaml"), "--from", str(tmp_path)]
    script = (
        f"import sys\nfrom rulewright.cli.main import main\nassert main({words!r}) == 0\n"
        f"print(*sorted(set({UNUSED!r}) & set(sys.modules)))"
    )

    def unneeded() -> set[str]:
        run = subprocess.run(
            [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{script}"],
            capture_output=True,
            text=True,
            check=True,
            env={"RULEWRIGHT_CACHE_DIR": str(tmp_path / "cache"), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return set(run.stdout.splitlines()[-1].split())

    assert "rulewright.compile.compiler" in unneeded(), "the first run compiles"
    assert unneeded() == set()
