"""A calculator: arithmetic on numbers and nothing else, bounded in size and so in time.

It walks through the syntax tree itself and knows only what is listed here. A general evaluator would have to be told of
each way in which an expression can reach an attribute, a text or a number with millions of digits.
"""

import ast
import math
import operator
from collections.abc import Callable
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _

from tools.functions.function import tool
from tools.functions.results import ToolFailed

MAX_EXPRESSION_CHARACTERS = 1000
MAX_BITS = 10_000
"""Of a whole number: about 3,000 digits."""
MAX_FACTORIAL = 1000

Number = int | float

CONSTANTS: dict[str, Number] = {"pi": math.pi, "e": math.e, "tau": math.tau}


def _power(base: Number, exponent: Number) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > MAX_BITS:
        raise OverflowError
    return base**exponent


def _few(function: Callable[..., int]) -> Callable[..., int]:
    """Let a function that counts arrangements take small numbers only."""

    def bounded(*numbers: int) -> int:
        if any(number > MAX_FACTORIAL for number in numbers):
            raise OverflowError
        return function(*numbers)

    return bounded


def _round(number: Number, digits: int = 0) -> Number:
    if abs(digits) > MAX_EXPRESSION_CHARACTERS:
        raise OverflowError
    return round(number, digits) if digits else round(number)


OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
    ast.BitXor: _power,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "log2", "log10", "floor", "ceil", "hypot")},
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "radians")},
    **{name: getattr(math, name) for name in ("degrees", "gcd", "lcm")},
    "factorial": _few(math.factorial),
    "comb": _few(math.comb),
    "perm": _few(math.perm),
    "abs": abs,
    "min": min,
    "max": max,
    "round": _round,
}


@tool(title=_("Calculator"), is_repeatable=True, needs_approval=False, timeout=10)
def calculate(
    expression: Annotated[str, "Such as 1.19 * (250 + 80) or round(sqrt(2), 3). ^ and ** are powers."],
) -> str:
    """Calculate an arithmetic expression exactly. Use it instead of calculating in your head.

    It knows + - * / // % ** ^, parentheses, pi, e, tau, and abs, min, max, round, sqrt, exp, log, log2, log10, floor,
    ceil, hypot, sin, cos, tan, asin, acos, atan, atan2, radians, degrees, gcd, lcm, factorial, comb and perm.
    """
    if len(expression) > MAX_EXPRESSION_CHARACTERS:
        raise ToolFailed(f"An expression can have {MAX_EXPRESSION_CHARACTERS} characters at most.")
    try:
        return str(_value(ast.parse(expression.strip(), mode="eval").body))
    except ZeroDivisionError:
        raise ToolFailed("This divides by zero.") from None
    except OverflowError:
        raise ToolFailed("A number on the way is too large.") from None
    except (SyntaxError, TypeError, ValueError, RecursionError, MemoryError) as error:
        raise ToolFailed(f"This can't be calculated: {error}") from None


def _value(node: ast.expr) -> Number:
    """Return the value of a part of an expression. Raise one of Python's own exceptions if it has none."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            found: Any = number
        case ast.Name(id=name) if name in CONSTANTS:
            found = CONSTANTS[name]
        case ast.UnaryOp(op=sign) if type(sign) in OPERATORS:
            found = OPERATORS[type(sign)](_value(node.operand))
        case ast.BinOp(op=sign) if type(sign) in OPERATORS:
            found = OPERATORS[type(sign)](_value(node.left), _value(node.right))
        case ast.Call(func=ast.Name(id=name), keywords=[]) if name in FUNCTIONS:
            found = FUNCTIONS[name](*map(_value, node.args))
        case _:
            raise ValueError(f"{type(node).__name__} isn't arithmetic")
    if isinstance(found, int) and found.bit_length() > MAX_BITS:
        raise OverflowError
    if isinstance(found, int) or (isinstance(found, float) and math.isfinite(found)):
        return found
    raise ValueError("the result is no finite real number")
