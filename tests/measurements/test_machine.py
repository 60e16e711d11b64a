"""The description of a machine, and which machines are of one class."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulewright.measurements.machine import count_cores, describe_machine, format_machine, machine_class

HOSTED = {"ImageOS": "ubuntu24", "ImageVersion": "20261101.1.0"}


def test_this_machine() -> None:
    machine = describe_machine({})
    assert set(machine) == {"cpu", "cores", "image"}
    assert all(machine.values())
    assert machine["cores"] == count_cores() >= 1


def test_a_hosted_runner() -> None:
    machine = describe_machine(HOSTED)
    assert machine["image"] == "ubuntu24"
    assert machine["image_version"] == "20261101.1.0"


@pytest.mark.parametrize(
    ("text", "cpu"),
    [
        (
            "processor\t: 0\nmodel name\t: AMD EPYC 7763\nprocessor\t: 1\nmodel name\t: other\n",
            "AMD EPYC 7763",
        ),
        ("processor\t: 0\nCPU part\t: 0xd40\n\nModel\t\t: Raspberry Pi 4\n", "Raspberry Pi 4"),
        ("processor\t: 0\nCPU part\t: 0xd40\n", "0xd40"),
    ],
)
def test_the_model_of_the_cpu(tmp_path: Path, text: str, cpu: str) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert describe_machine({}, cpu_info=str(tmp_path / "cpuinfo"))["cpu"] == cpu


def test_a_machine_without_a_list_of_processors(tmp_path: Path) -> None:
    assert describe_machine({}, cpu_info=str(tmp_path / "missing"))["cpu"]


def test_the_class() -> None:
    machine = {"cpu": "AMD EPYC 7763", "cores": 4, "image": "ubuntu24"}
    assert machine_class(machine) == machine_class({**machine, "image_version": "20261101.1.0"})
    for change in ({"cpu": "Xeon"}, {"cores": 2}, {"image": "ubuntu26"}):
        assert machine_class({**machine, **change}) != machine_class(machine)
    assert machine_class({}) == "unknown"


def test_as_text() -> None:
    assert format_machine({"cpu": "Xeon", "cores": 1, "image": "ubuntu24"}) == "Xeon, 1 core, ubuntu24"
    assert format_machine({"cores": 4}) == "4 cores"
    assert format_machine({}) == "an unknown machine"
