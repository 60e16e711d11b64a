"""A function of expressions: its signature, documentation and implementation in one value.

A signature is written `name(parameter: type, …) -> type`. The type of a parameter is one of `TYPES`, or several joined
by `|`. One that ends in `?` may be left out, one that ends in `...` may be repeated. Booleans are not numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeGuard

from rulewright.program.expression.errors import ExpressionFailure, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

Family = Literal["standard", "text", "regex", "number", "time", "semver", "statistics", "collections"]

Raises = tuple[tuple[FailureKind, str], ...]

NUMBER: Final = frozenset({int, float})

TYPES: Final[dict[str, frozenset[type]]] = {
    "string": frozenset({str}),
    "number": NUMBER,
    "boolean": frozenset({bool}),
    "array": frozenset({list}),
    "object": frozenset({dict}),
    "null": frozenset({type(None)}),
    "array[string]": frozenset({list}),
    "array[number]": frozenset({list}),
    "array[array]": frozenset({list}),
    "array[object]": frozenset({list}),
}
"""Type names of signatures. `any` and `expref` besides: `any` is everything but an expression."""


@dataclass(frozen=True, slots=True)
class Example:
    """One call that the tests execute: `expression` evaluated on `data` gives `result`."""

    expression: str
    data: object
    result: object


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter, ready for checking. `types` None admits everything; `elements` are the element types."""

    name: str
    text: str
    optional: bool
    variadic: bool
    types: frozenset[type] | None
    elements: tuple[frozenset[type], ...]
    expression: bool

    @classmethod
    def read(cls, text: str) -> Parameter:
        """From `name: type`, as in `values: array[number]|array[string]`."""
        name, _, kind = text.partition(": ")
        optional, variadic = kind.endswith("?"), kind.endswith("...")
        kind = kind.removesuffix("?").removesuffix("...")
        names = kind.split("|")
        if kind in ("any", "expref"):
            return cls(name, kind, optional, variadic, None, (), kind == "expref")
        types = frozenset[type]().union(*(TYPES[each] for each in names))
        elements = tuple(TYPES[each[6:-1]] for each in names if each.startswith("array["))
        return cls(name, kind, optional, variadic, types, elements, False)

    def check_type(self, function: str, value: object) -> None:
        """Raises ExpressionFailure(invalid-type) unless `value` is of the parameter's type."""
        if self.types is None:
            return
        if type(value) not in self.types and not (dict in self.types and isinstance(value, dict)):
            self._fail(function, type_name(value), of_null=value is None)
        if self.elements and isinstance(value, list) and not self._uniform(value):
            self._fail(function, "an array of " + " and ".join(sorted({type_name(each) for each in value})))

    def _uniform(self, value: list[object]) -> bool:
        found = set(map(type, value))
        return any(found <= allowed for allowed in self.elements)

    def _fail(self, function: str, got: str, *, of_null: bool = False) -> None:
        message = f"{function}() takes {self.text.replace('|', ' or ')} as {self.name}, got {got}"
        raise ExpressionFailure("invalid-type", message, of_null=of_null)


@dataclass(frozen=True, slots=True)
class Function:
    """A row of the table. `name`, `parameters` and `returns` are read from the signature. `raises` names the failures
    besides invalid-type and invalid-arity, with causes."""

    signature: str
    description: str
    example: Example
    implementation: Callable[..., object]
    raises: Raises = ()
    family: Family = "standard"
    name: str = field(init=False)
    returns: str = field(init=False)
    parameters: tuple[Parameter, ...] = field(init=False)

    def __post_init__(self) -> None:
        name, _, rest = self.signature.partition("(")
        parameters, _, returns = rest.partition(") -> ")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "returns", returns)
        texts = parameters.split(", ") if parameters else []
        object.__setattr__(self, "parameters", tuple(map(Parameter.read, texts)))

    @property
    def min_arguments(self) -> int:
        """The least number of arguments."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def max_arguments(self) -> int | None:
        """The greatest number of arguments; None for any number."""
        return None if self.parameters and self.parameters[-1].variadic else len(self.parameters)

    def arity_problem(self, given: int) -> str | None:
        """What is wrong with `given` arguments, or None."""
        if given >= self.min_arguments and (self.max_arguments is None or given <= self.max_arguments):
            return None
        if self.max_arguments is None:
            wanted = f"at least {self.min_arguments}"
        elif self.max_arguments == self.min_arguments:
            wanted = str(self.min_arguments)
        else:
            wanted = f"{self.min_arguments} to {self.max_arguments}"
        plural = "" if wanted in ("1", "at least 1") else "s"
        return f"{self.name}() takes {wanted} argument{plural}, got {given}"

    def parameter(self, index: int) -> Parameter:
        """The parameter that argument `index` goes to; the last one repeats when it is variadic."""
        return self.parameters[min(index, len(self.parameters) - 1)]


def type_name(value: object) -> str:
    """The standard's name of the type of `value`."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, (int, float)):
        return "number"
    return "null" if value is None else "expression"


def is_uniform_key(keys: list[object]) -> TypeGuard[list[float] | list[str]]:
    """Whether all keys are numbers, or all are strings, so that they have an order."""
    found = set(map(type, keys))
    return found <= NUMBER or found <= TYPES["string"]
