"""What the plugin costs a session that does not use it: nearly nothing is imported."""

from __future__ import annotations

from fixtures.pytest_project import Project

PRINT = """\
import sys

def test_nothing():
    print("LOADED", *sorted(name for name in sys.modules if name.startswith(("rulewright", "jsonschema", "re2"))))
"""
FIXTURE = PRINT.replace("test_nothing()", "test_measures(slo)")


def loaded(output: str) -> list[str]:
    assert output.count("LOADED") == 1
    return output.partition("LOADED")[2].splitlines()[0].split()


def test_a_session_that_does_not_measure_imports_the_hooks_alone(project: Project) -> None:
    project.write("test_a.py", PRINT)
    assert loaded(project.run("-s").output) == ["rulewright_pytest"]


def test_the_fixture_alone_imports_nothing_of_the_engine(project: Project) -> None:
    project.write("test_a.py", FIXTURE)
    assert loaded(project.run("-s").output) == ["rulewright_pytest", "rulewright_pytest.recorder"]


def test_the_plugin_that_is_switched_off_is_not_imported(project: Project) -> None:
    project.write("test_a.py", PRINT)
    assert loaded(project.run("-s", "-p", "no:rulewright").output) == []
