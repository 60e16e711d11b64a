"""jmespath's lexer and parser, with our limits, positions and messages, and without their leniencies.

Imported only when an expression is more than a plain path, because jmespath takes 25 ms to import.
Where jmespath.py accepts more than the standard's grammar, the standard holds:

- arguments and hash members need a comma between them, and none after the last argument;
- a function's name is a bare identifier, so `(f)(x)` is refused;
- a slice after an index (`a[0][1:2].b`) projects like any other slice;
- a JSON literal may not be NaN or an infinity.
"""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypedDict, cast

from jmespath import ast as nodes
from jmespath.exceptions import LexerError
from jmespath.lexer import Lexer
from jmespath.parser import Parser

from rulewright.program.expression.errors import ExpressionError
from rulewright.program.expression.syntax_tree import MAX_DEPTH

if TYPE_CHECKING:
    from jmespath.ast import _ASTNode

    from rulewright.program.expression.syntax_tree import Ast

_AFTER_DOT = "an identifier, `*`, `[` or `{`"
_NAMES = {
    "rbracket": "`]`",
    "rparen": "`)`",
    "rbrace": "`}`",
    "colon": "`:`",
    "comma": "`,`",
    "star": "`*`",
    "quoted_identifier": "an identifier",
    "unquoted_identifier": "an identifier",
}


def parse_grammar(text: str) -> Ast:
    """The AST of jmespath's parser for `text`. Raises ExpressionError."""
    return cast("Ast", _Parser(text).result())


class _Token(TypedDict):
    """A token of jmespath's lexer. `start` and `end` are offsets in code points."""

    type: str
    value: object
    start: int
    end: int


# The hooks that are overridden are private, so the type stubs do not have them.
_LexerBase: Any = Lexer
_ParserBase: Any = Parser


class _Lexer(_LexerBase):  # type: ignore[misc]
    def _consume_literal(self) -> _Token:
        start = self._position
        lexeme = self._consume_until("`").replace("\\`", "`")
        try:
            value = json.loads(lexeme, parse_constant=_no_constant, parse_float=_finite)
        except ExpressionError as error:
            raise ExpressionError(error.message, start, hint=error.hint) from None
        except ValueError:
            # The standard's transition rule: what is not JSON is the text itself (JEP-12).
            try:
                value = json.loads(f'"{lexeme.lstrip()}"')
            except ValueError:
                hint = "put JSON in backticks, and text in single quotes"
                raise ExpressionError("the literal is not valid JSON", start, hint=hint) from None
        except RecursionError:
            raise ExpressionError("the literal is nested too deeply", start) from None
        return {"type": "literal", "value": value, "start": start, "end": start}

    def _consume_number(self) -> str:
        start = self._position
        digits: str = super()._consume_number()
        if len(digits) > 18:
            raise ExpressionError("the number has more than 18 digits", start)
        return digits


def _no_constant(name: str) -> NoReturn:
    raise ExpressionError(f"`{name}` is not valid JSON", 0)


def _finite(digits: str) -> float:
    value = float(digits)
    if not isfinite(value):
        raise ExpressionError("the number is too large", 0)
    return value


class _Parser(_ParserBase):  # type: ignore[misc]
    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._depth = 0
        self._in_slice = False

    def result(self) -> _ASTNode:
        try:
            self._tokens = list(_Lexer().tokenize(self._text))
        except LexerError as error:
            raise _lexer_error(error, self._text) from None
        self._index = 0
        parsed = self._expression(0)
        if self._current_token() != "eof":
            self._refuse(self._lookahead_token(0), "the end of the expression")
        return parsed

    def _expression(self, binding_power: int = 0) -> _ASTNode:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            message = f"expressions are nested more than {MAX_DEPTH} levels deep"
            raise ExpressionError(message, self._lookahead_token(0)["start"])
        # The loop stands here, not behind super(), because every frame counts against the depth.
        token = self._lookahead_token(0)
        self._advance()
        left: _ASTNode = getattr(self, f"_token_nud_{token['type']}", self._error_nud_token)(token)
        while binding_power < self.BINDING_POWER[self._current_token()]:
            proceed = getattr(self, f"_token_led_{self._current_token()}", None)
            if proceed is None:
                self._error_led_token(self._lookahead_token(0))
            self._advance()
            left = proceed(left)
        self._depth -= 1
        return left

    # The places where jmespath.py accepts more than the grammar.

    def _token_nud_quoted_identifier(self, token: _Token) -> _ASTNode:
        if self._current_token() == "lparen":
            raise ExpressionError("a function name must not be quoted", token["start"])
        return nodes.field(str(token["value"]))

    def _token_led_lparen(self, left: _ASTNode) -> _ASTNode:
        before = self._lookahead_token(-2)
        if left["type"] != "field" or before["type"] != "unquoted_identifier":
            raise ExpressionError("only a function name is allowed before `(`", before["start"])
        arguments: list[_ASTNode] = []
        while self._current_token() != "rparen":
            if arguments:
                self._match("comma")
            arguments.append(self._expression())
        self._match("rparen")
        return nodes.function_expression(left["value"], arguments)

    def _parse_multi_select_hash(self) -> _ASTNode:
        pairs: list[_ASTNode] = []
        while not pairs or self._current_token() != "rbrace":
            if pairs:
                self._match("comma")
            key = self._lookahead_token(0)
            self._match_multiple_tokens(["quoted_identifier", "unquoted_identifier"])
            self._match("colon")
            pairs.append(nodes.key_val_pair(key_name=key["value"], node=self._expression(0)))
        self._match("rbrace")
        return nodes.multi_select_dict(nodes=pairs)

    def _parse_slice_expression(self) -> _ASTNode:
        self._in_slice = True
        parsed: _ASTNode = super()._parse_slice_expression()
        self._in_slice = False
        return parsed

    def _token_led_lbracket(self, left: _ASTNode) -> _ASTNode:
        token = self._lookahead_token(0)
        if token["type"] in ("number", "colon"):
            right: _ASTNode = self._parse_index_expression()
            if left["type"] != "index_expression" or right["type"] == "slice":
                projected: _ASTNode = self._project_if_slice(left, right)
                return projected
            left["children"].append(right)
            return left
        if token["type"] != "star":
            hint = "write a filter as `[?condition]`"
            self._refuse(token, "an index, a slice, `*`, `?` or `]`", hint=hint)
        self._advance()
        self._match("rbracket")
        return nodes.projection(left, self._parse_projection_rhs(self.BINDING_POWER["star"]))

    # Messages.

    def _error_nud_token(self, token: _Token) -> NoReturn:
        if token["type"] == "number":
            value = token["value"]
            hint = f"write a number in backticks: `{value}`"
            raise ExpressionError(f"unexpected `{value}`", token["start"], hint=hint)
        self._refuse(token, "an expression")

    def _error_led_token(self, token: _Token) -> NoReturn:
        self._refuse(token, "an operator or the end of the expression")

    def _raise_parse_error_for_token(self, token: _Token, reason: str) -> NoReturn:
        if reason.startswith("Expecting"):
            self._refuse(token, _AFTER_DOT)
        self._refuse(token, "a number, `:` or `]`" if self._in_slice else "`.`, `[` or an operator")

    def _raise_parse_error_maybe_eof(self, expected_type: str | list[str], token: _Token) -> NoReturn:
        first = expected_type if isinstance(expected_type, str) else expected_type[0]
        self._refuse(token, _NAMES.get(first, first))

    def _refuse(self, token: _Token, expected: str, *, hint: str | None = None) -> NoReturn:
        start = token["start"]
        if token["type"] == "eof":
            raise ExpressionError(f"unexpected end, expected {expected}", start)
        shown = "literal" if token["type"] == "literal" else f"`{token['value']}`"
        raise ExpressionError(f"unexpected {shown}, expected {expected}", start, hint=hint)


_CALLS: Final = {"+": "add", "/": "divide"}


def _lexer_error(error: LexerError, text: str) -> ExpressionError:
    position = error.lexer_position
    message: str = error.message
    if message.startswith("Unclosed"):
        return ExpressionError(f"the {text[position]} opened here is never closed", position)
    if error.lexer_value == "=":
        return ExpressionError("unexpected `=`", position, hint="write `==` for equality")
    if error.lexer_value == "-":
        hint = "`-` is allowed only before an index; to subtract, call subtract(a, b)"
        return ExpressionError("unexpected `-`", position, hint=hint)
    if error.lexer_value in _CALLS:
        hint = f"there are no arithmetic operators; call {_CALLS[error.lexer_value]}(a, b)"
        return ExpressionError(f"unexpected `{error.lexer_value}`", position, hint=hint)
    if message.startswith("Unknown token"):
        return ExpressionError(f"unexpected `{text[position]}`", position)
    return ExpressionError(f"the quoted identifier is not a JSON string: {message}", position)
