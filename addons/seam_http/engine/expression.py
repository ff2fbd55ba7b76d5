"""JMESPath expressions that an administrator wrote, run on what a partner sent.

Neither is to be trusted with time or memory: an expression is short, its work is
counted, and what it makes is measured. Numbers with a fraction are ``Decimal``
throughout. Source: https://jmespath.org/specification.html, whose functions all work;
there are a few more, see ``Functions``.
"""

import json
import time
from collections.abc import Iterator
from decimal import Decimal, DecimalException
from functools import lru_cache
from typing import Any

from jmespath import exceptions, functions, parser, visitor

from odoo.addons.seam.engine import codec, pointer
from odoo.addons.seam.engine.fault import Fault

MAX_LENGTH = 2000
MAX_STEPS = 200_000
MAX_SECONDS = 2.0
# How many values one result may hold, counted as often as they stand in it.
MAX_VALUES = 200_000
MAX_TEXT = 5_000_000


class ExpressionError(ValueError):
    """An expression that cannot be used, or that cannot be run on this document.

    The text is a sentence for the administrator.
    """


class Expression:
    """One compiled expression. Cheap to call, safe to share.

    :ivar text: as it was written
    :ivar place: pointer to where it looks, '' where that cannot be told
    """

    def __init__(self, text: str, tree: dict):
        self.text = text
        self._tree = tree
        self.place = pointer.join(_steps(tree) or ())

    def search(self, document: Any) -> Any:
        """:return: what stands there, None when nothing does
        :raise ExpressionError: it does not fit the document, or is too much work
        """
        interpreter = _Interpreter()
        try:
            found = interpreter.visit(self._tree, document)
        except exceptions.JMESPathError as error:
            raise ExpressionError(_plain(error)) from error
        except RecursionError:
            raise ExpressionError("The expression is nested too deeply.") from None
        except (TypeError, ArithmeticError, AttributeError, ValueError) as error:
            if isinstance(error, ExpressionError):
                raise
            raise ExpressionError(f"The expression does not fit what came: {error}") from error
        if isinstance(found, visitor._Expression):
            raise ExpressionError("An expression after & is only of use inside a function.")
        measure(found)
        return found


@lru_cache(maxsize=2048)
def compile_expression(text: str) -> Expression:
    """:raise ExpressionError: it is not JMESPath, or too long"""
    if not text.strip():
        raise ExpressionError("The expression is empty.")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"The expression is longer than {MAX_LENGTH} characters.")
    try:
        tree = parser.Parser().parse(text).parsed
    except (exceptions.JMESPathError, ValueError) as error:
        raise ExpressionError(_plain(error)) from error
    except RecursionError:
        raise ExpressionError("The expression is nested too deeply.") from None
    _exact_literals(tree)
    return Expression(text, tree)


def split_root(text: str) -> tuple[bool, Expression]:
    """``$`` at the beginning of an expression is the whole message, from anywhere.

    :return: whether it looks at the whole message; the expression without ``$``
    :raise ExpressionError: it is not JMESPath, or too long
    """
    text = text.strip()
    if text == "$":
        return True, compile_expression("@")
    if text.startswith("$."):
        return True, compile_expression(text[2:])
    if text.startswith("$["):
        return True, compile_expression(text[1:])
    return False, compile_expression(text)


def evaluate(text: str, document: Any, label: str, at: str = "", root: Any = None) -> Any:
    """Run an expression of the set-up.

    :param label: what it is for, named in the fault
    :param at: pointer to ``document`` in the message
    :param root: the whole message, where ``document`` is a part of it
    :raise Fault: ``mapping.failed``
    """
    try:
        from_root, compiled = split_root(text)
        return compiled.search(root if from_root and root is not None else document)
    except ExpressionError as error:
        raise Fault(
            "mapping.failed",
            f"{label}: {error}",
            pointer=at,
            fix="Mend the expression on the flow, under Connection.",
            subject=f"{label}:{text}"[:120],
        ) from None


def measure(value: Any) -> None:
    """:raise ExpressionError: more values or text than a document may have"""
    count = text = 0
    for part in _values(value):
        count += 1
        text += len(part) if isinstance(part, str) else 0
        if count > MAX_VALUES or text > MAX_TEXT:
            raise ExpressionError("The expression makes more than a document may hold.")


def _values(value: Any) -> Iterator[Any]:
    todo = [value]
    while todo:
        part = todo.pop()
        yield part
        if isinstance(part, dict):
            todo.extend(part.values())
        elif isinstance(part, list):
            todo.extend(part)


class Functions(functions.Functions):
    """JMESPath's functions on exact numbers, and these of our own:

    ``lower(text)``, ``upper(text)``, ``trim(text)``, ``split(text, separator)``,
    ``replace(text, old, new)``, ``slice(text, from, to)``.
    """

    def _get_allowed_pytypes(self, types):
        allowed, parts = super()._get_allowed_pytypes(types)
        if "int" in allowed:
            allowed.append("Decimal")
        return allowed, [(*part, "Decimal") if "int" in part else part for part in parts]

    def _convert_to_jmespath_type(self, pytype):
        return "number" if pytype == "Decimal" else functions.TYPES_MAP.get(pytype, "unknown")

    @functions.signature({"types": []})
    def _func_to_number(self, arg):
        if isinstance(arg, bool) or not isinstance(arg, (str, int, Decimal)):
            return None
        if not isinstance(arg, str):
            return arg
        try:
            number = Decimal(arg) if len(arg) <= codec.MAX_DIGITS else None
        except DecimalException:
            return None
        if number is None or not number.is_finite() or abs(number.adjusted()) > 300:
            return None
        return int(number) if arg.strip("+-").isdigit() else number

    @functions.signature({"types": []})
    def _func_to_string(self, arg):
        return arg if isinstance(arg, str) else codec.dump(arg).decode()

    @functions.signature({"types": []})
    def _func_type(self, arg):
        return self._convert_to_jmespath_type(type(arg).__name__)

    @functions.signature({"types": ["string"]}, {"types": ["array-string"]})
    def _func_join(self, separator, array):
        length = sum(map(len, array)) + len(separator) * len(array)
        if length > MAX_TEXT:
            raise ExpressionError("The expression makes more than a document may hold.")
        return separator.join(array)

    @functions.signature({"types": ["string"]})
    def _func_lower(self, text):
        return text.lower()

    @functions.signature({"types": ["string"]})
    def _func_upper(self, text):
        return text.upper()

    @functions.signature({"types": ["string"]})
    def _func_trim(self, text):
        return text.strip()

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_split(self, text, separator):
        if not separator:
            raise ExpressionError("split() needs a separator.")
        return text.split(separator)

    @functions.signature({"types": ["string"]}, {"types": ["string"]}, {"types": ["string"]})
    def _func_replace(self, text, old, new):
        if not old:
            raise ExpressionError("replace() needs the text that is to be replaced.")
        if len(text) + text.count(old) * len(new) > MAX_TEXT:
            raise ExpressionError("The expression makes more than a document may hold.")
        return text.replace(old, new)

    @functions.signature({"types": ["string"]}, {"types": ["number"]}, {"types": ["number"]})
    def _func_slice(self, text, start, end):
        return text[int(start) : int(end)]


class _Interpreter(visitor.TreeInterpreter):
    """Counts the steps of one search, and measures what is put together."""

    def __init__(self):
        super().__init__(visitor.Options(custom_functions=Functions()))
        self._steps = 0
        self._deadline = time.monotonic() + MAX_SECONDS

    def visit(self, node, *args, **kwargs):
        self._steps += 1
        late = not self._steps & 255 and time.monotonic() > self._deadline
        if late or self._steps > MAX_STEPS:
            raise ExpressionError("The expression takes too long on this document.")
        return super().visit(node, *args, **kwargs)

    def visit_multi_select_dict(self, node, value):
        return self._measured(super().visit_multi_select_dict(node, value))

    def visit_multi_select_list(self, node, value):
        return self._measured(super().visit_multi_select_list(node, value))

    def _measured(self, value):
        for _part in _values(value):
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise ExpressionError("The expression takes too long on this document.")
        return value


def _exact_literals(tree: dict) -> None:
    """Numbers in the expression are as exact as those of documents."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if node["type"] == "literal":
            node["value"] = json.loads(json.dumps(node["value"]), parse_float=Decimal)
        todo.extend(child for child in node["children"] if isinstance(child, dict))


def _steps(tree: dict) -> list[str | int] | None:
    """:return: the steps of an expression that only walks down, else None"""
    kind = tree["type"]
    if kind == "field" or (kind == "index" and tree["value"] >= 0):
        return [tree["value"]]
    if kind in ("identity", "current"):
        return []
    if kind in ("subexpression", "index_expression"):
        parts = [_steps(child) for child in tree["children"]]
        return None if None in parts else [step for part in parts for step in part]
    return None


def _plain(error: Exception) -> str:
    """A sentence from what the library says."""
    if isinstance(error, exceptions.EmptyExpressionError):
        return "The expression is empty."
    if isinstance(error, exceptions.ParseError) and not error.token_value:
        return "The expression ends too early."
    if isinstance(error, exceptions.LexerError):
        return (
            f"The character {error.token_value!r} cannot stand at column "
            f"{error.lex_position + 1} of the expression."
        )
    if isinstance(error, exceptions.ParseError):
        return (
            f"The expression cannot be read at column {error.lex_position + 1}, "
            f"near {error.token_value!r}."
        )
    if isinstance(error, exceptions.UnknownFunctionError):
        return str(error).replace("Unknown function", "There is no function named")
    if isinstance(error, exceptions.JMESPathTypeError):
        wanted = " or ".join(error.expected_types)
        return (
            f"The function {error.function_name}() takes {wanted}, "
            f"and was given {error.actual_type}."
        )
    return f"The expression cannot be used: {str(error).splitlines()[0]}"
