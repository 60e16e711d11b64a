"""Closures for function calls. The number of arguments is checked when a closure is built, their exact types at each
call."""

from __future__ import annotations

from rulewright.program.expression.errors import ExpressionFailure, FailureKind
from rulewright.program.expression.functions import FUNCTIONS, Function
from rulewright.program.member_access import Evaluator

Argument = tuple[Evaluator, bool, bool]
"""An evaluator, whether the argument is an expression (`&x`), and whether it is a literal."""


def build_call(name: str, arguments: list[Argument]) -> Evaluator:
    """The evaluator of a call. As the standard says, a wrong call fails when it runs."""
    function = FUNCTIONS.get(name)
    if function is None:
        return _failing("unknown-function", f"unknown function {name}()")
    problem = function.arity_problem(len(arguments))
    if problem is not None:
        return _failing("invalid-arity", problem)
    for index, (_, is_expression, _) in enumerate(arguments):
        parameter = function.parameter(index)
        if parameter.expression is not is_expression:
            wanted = "an expression (`&…`)" if parameter.expression else parameter.text
            message = f"{name}() takes {wanted} as {parameter.name}, got " + (
                "an expression" if is_expression else "a value"
            )
            return _failing("invalid-type", message)
    run = _checked(function, arguments)
    if arguments and all(literal for _, _, literal in arguments):
        return _folded(run)
    return run


def _failing(kind: FailureKind, message: str) -> Evaluator:
    def fail(value: object) -> object:
        raise ExpressionFailure(kind, message)

    return fail


def _folded(run: Evaluator) -> Evaluator:
    """Functions are pure, so constant arguments give a constant, or the same failure every time."""
    try:
        constant = run(None)
    except ExpressionFailure as failure:
        return _failing(failure.kind, failure.message)
    return lambda value: constant


def _checked(function: Function, arguments: list[Argument]) -> Evaluator:
    if len(arguments) == 1 and not arguments[0][1]:
        return _one(function, arguments[0][0])
    if len(arguments) == 2 and not arguments[0][1] and not arguments[1][1]:
        return _two(function, arguments[0][0], arguments[1][0])
    return _many(function, arguments)


def _one(function: Function, first: Evaluator) -> Evaluator:
    parameter, run = function.parameter(0), function.implementation
    types, elements, name = parameter.types, parameter.elements, function.name

    def evaluate(value: object) -> object:
        argument = first(value)
        if types is not None and (elements or type(argument) not in types):
            parameter.check_type(name, argument)
        try:
            return run(argument)
        except (ArithmeticError, ValueError, RecursionError) as error:
            raise _failure(name, error) from None

    return evaluate


def _two(function: Function, first: Evaluator, second: Evaluator) -> Evaluator:
    one, other, run, name = (
        function.parameter(0),
        function.parameter(1),
        function.implementation,
        function.name,
    )
    types, more_types, elements, more_elements = one.types, other.types, one.elements, other.elements

    def evaluate(value: object) -> object:
        argument = first(value)
        if types is not None and (elements or type(argument) not in types):
            one.check_type(name, argument)
        another = second(value)
        if more_types is not None and (more_elements or type(another) not in more_types):
            other.check_type(name, another)
        try:
            return run(argument, another)
        except (ArithmeticError, ValueError, RecursionError) as error:
            raise _failure(name, error) from None

    return evaluate


def _many(function: Function, arguments: list[Argument]) -> Evaluator:
    name, run = function.name, function.implementation
    plan = [
        (read, is_expression, function.parameter(index))
        for index, (read, is_expression, _) in enumerate(arguments)
    ]

    def evaluate(value: object) -> object:
        given: list[object] = []
        for read, is_expression, parameter in plan:
            if is_expression:
                given.append(read)
                continue
            argument = read(value)
            parameter.check_type(name, argument)
            given.append(argument)
        try:
            return run(*given)
        except (ArithmeticError, ValueError, RecursionError) as error:
            raise _failure(name, error) from None

    return evaluate


def _failure(name: str, error: Exception) -> ExpressionFailure:
    if isinstance(error, RecursionError):
        return ExpressionFailure("limit", f"the data passed to {name}() is nested too deeply")
    return ExpressionFailure("invalid-value", f"{name}(): {error}")
