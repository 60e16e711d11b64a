"""The machine that measures: what measurements of two machines must have in common to be compared.

A description is plain JSON: `cpu` (the model), `cores` (the number that this process may use), `image` (the operating
system and its version, on a hosted runner that of its image), and `image_version`, where a hosted runner tells it.
Runners' images change their version every week without changing what is measured, so it is not compared.
"""

from __future__ import annotations

import os
import platform
import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.policy.json_types import Json, JsonObject

COMPARED: Final = ("cpu", "cores", "image")
"""The members that make the class of a machine."""
CLASS_DIGITS: Final = 12
"""Hexadecimal digits of a machine class: 48 bits, for a few classes in a repository."""
CPU_INFO: Final = "/proc/cpuinfo"
CPU_NAMES: Final = ("model name", "Model", "cpu model", "uarch", "CPU part")
"""The fields of `/proc/cpuinfo` that name the model: x86, Raspberry Pi, MIPS, RISC-V, other ARM."""


def describe_machine(environ: Mapping[str, str] | None = None, *, cpu_info: str = CPU_INFO) -> JsonObject:
    """`{"cpu", "cores", "image", "image_version"?}` of the machine that this process runs on.

    `environ` has the variables of a hosted runner: `ImageOS` (`ubuntu24`) and `ImageVersion`. Without them, `image` is
    the operating system with its version and architecture. `cpu_info`: the file that Linux describes processors in.
    """
    variables = os.environ if environ is None else environ
    machine: JsonObject = {
        "cpu": _read_cpu(cpu_info),
        "cores": count_cores(),
        "image": _describe_image(variables),
    }
    version = variables.get("ImageVersion")
    return {**machine, "image_version": version} if version else machine


def count_cores() -> int:
    """The processors that this process may use: those of its affinity, at most the quota of its control group."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores, _read_quota(cores)))


def machine_class(machine: Mapping[str, Json]) -> str:
    """The name of all machines with the same model of CPU, number of cores and image; `unknown` if none is told."""
    told = [str(machine.get(name, "")) for name in COMPARED]
    return sha256("\n".join(told).encode()).hexdigest()[:CLASS_DIGITS] if any(told) else "unknown"


def format_machine(machine: Mapping[str, Json]) -> str:
    """`AMD EPYC 7763, 4 cores, ubuntu24`, of what is known."""
    cores = machine.get("cores")
    parts = (
        machine.get("cpu"),
        f"{cores} core{'' if cores == 1 else 's'}" if cores else "",
        machine.get("image"),
    )
    return ", ".join(str(part) for part in parts if part) or "an unknown machine"


def _read_cpu(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            lines = [line.partition(":") for line in stream]
    except OSError:
        lines = []
    fields = {name.strip(): value.strip() for name, _, value in reversed(lines)}
    named = next((fields[name] for name in CPU_NAMES if fields.get(name)), "")
    return named or platform.processor() or platform.machine()


def _read_quota(cores: int) -> int:
    """The processors that the quota of version 2 of control groups allows, rounded up; `cores` without a quota."""
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as stream:
            quota, _, period = stream.read().partition(" ")
        return -(-int(quota) // int(period))
    except (OSError, ValueError):  # there is no such file, or the quota is `max`
        return cores


def _describe_image(variables: Mapping[str, str]) -> str:
    hosted = variables.get("ImageOS")
    if hosted:
        return hosted
    try:
        release = platform.freedesktop_os_release()
        system = f"{release.get('ID', 'linux')}{release.get('VERSION_ID', '')}"
    except OSError:
        system = f"{platform.system().lower()}{platform.release().split('.')[0]}"
    return f"{system}-{platform.machine()}"
