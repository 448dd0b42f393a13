"""Types of request parameters, read from TypedDict classes; reading a value also converts it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one parameter, worded as Stripe words it. `param` is bracketed (`metadata[order]`)."""

    param: str
    message: str
    code: str | None = None


class ParameterType(Protocol):
    def read(self, value: Any, param: str, problems: list[Problem]) -> Any:
        """The converted value; what is wrong is added to `problems`."""


@dataclass(slots=True)
class Scope:
    """The classes of one module of parameters, and the types that were made of them so far."""

    classes: dict[str, dict[str, ast.expr]]
    bases: dict[str, list[str]]
    shapes: dict[str, Shape]


@dataclass(frozen=True, slots=True)
class Scalar:
    kind: str

    def read(self, value: Any, param: str, problems: list[Problem]) -> Any:
        if not isinstance(value, str):
            problems.append(
                Problem(param, f"Invalid {self.kind}: {param} must be a single value", "parameter_invalid")
            )
            return value
        if value == "" and self.kind not in {"any", "str"}:
            problems.append(_empty(param))
            return value
        if self.kind == "int" and not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
            problems.append(Problem(param, f"Invalid integer: {value}", "parameter_invalid_integer"))
        elif self.kind == "int":
            return int(value)
        elif self.kind == "bool" and value not in {"true", "false", "True", "False"}:
            problems.append(Problem(param, f"Invalid boolean: {value}"))
        elif self.kind == "bool":
            return value in {"true", "True"}
        elif self.kind == "decimal" and not _is_decimal(value):
            problems.append(Problem(param, f"Invalid decimal: {value}"))
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    allowed: tuple[str, ...]

    def read(self, value: Any, param: str, problems: list[Problem]) -> Any:
        if value not in self.allowed:
            names = ", ".join(self.allowed[:8]) + (", …" if len(self.allowed) > 8 else "")
            problems.append(Problem(param, f"Invalid {param}: must be one of {names or 'nothing'}"))
        return value


@dataclass(frozen=True, slots=True)
class ListOf:
    inner: ParameterType

    def read(self, value: Any, param: str, problems: list[Problem]) -> Any:
        if isinstance(value, dict) and all(name.isdigit() for name in value):
            value = [value[name] for name in sorted(value, key=int)]
        if not isinstance(value, list):
            problems.append(Problem(param, f"Invalid array: {param}"))
            return value
        return [self.inner.read(item, f"{param}[{n}]", problems) for n, item in enumerate(value)]


@dataclass(frozen=True, slots=True)
class MapOf:
    inner: ParameterType

    def read(self, value: Any, param: str, problems: list[Problem]) -> Any:
        if not isinstance(value, dict):
            problems.append(Problem(param, f"Invalid object: {param}"))
            return value
        # An empty value unsets its key, so it is allowed whatever the inner type is.
        return {k: v if v == "" else self.inner.read(v, f"{param}[{k}]", problems) for k, v in value.items()}


@dataclass(frozen=True, slots=True)
class OneOf:
    members: tuple[ParameterType, ...]

    def read(self, value: Any, param: str, problems: list[Problem]) -> Any:
        faults: list[list[Problem]] = []
        for member in self.members:
            found: list[Problem] = []
            result = member.read(value, param, found)
            if not found:
                return result
            faults.append(found)
        # The deepest complaint is the useful one: it comes from the member that was meant.
        problems.extend(max(faults, key=lambda found: max(p.param.count("[") for p in found)))
        return value


@dataclass(frozen=True, slots=True)
class Shape:
    """A group of named parameters; each is a type and whether it must be there."""

    name: str
    fields: dict[str, tuple[ParameterType, bool]]

    def read(self, value: Any, param: str, problems: list[Problem]) -> Any:
        if not isinstance(value, dict):
            problems.append(Problem(param, f"Invalid object: {param}"))
            return value
        result = {}
        for name, item in value.items():
            inner = f"{param}[{name}]" if param else name
            if name in self.fields:
                kind, required = self.fields[name]
                if required and item == "" and kind == Scalar("str"):
                    problems.append(_empty(inner))
                result[name] = kind.read(item, inner, problems)
            else:
                problems.append(Problem(inner, f"Received unknown parameter: {inner}", "parameter_unknown"))
        for name, (_, required) in self.fields.items():
            if required and name not in value:
                inner = f"{param}[{name}]" if param else name
                problems.append(Problem(inner, f"Missing required param: {inner}.", "parameter_missing"))
        return result


def read_module(source: str) -> Scope:
    """The classes and functional TypedDicts of a module of parameters."""
    scope = Scope({}, {}, {})
    for line in ast.parse(source).body:
        if isinstance(line, ast.ClassDef):
            scope.bases[line.name] = [base.id for base in line.bases if isinstance(base, ast.Name)]
            scope.classes[line.name] = {
                a.target.id: a.annotation
                for a in line.body
                if isinstance(a, ast.AnnAssign) and isinstance(a.target, ast.Name)
            }
        elif isinstance(line, ast.Assign) and isinstance(line.value, ast.Call) and len(line.value.args) == 2:
            target, fields = line.targets[0], line.value.args[1]
            if isinstance(target, ast.Name) and isinstance(fields, ast.Dict):
                names = [str(key.value) for key in fields.keys if isinstance(key, ast.Constant)]
                scope.classes[target.id] = dict(zip(names, fields.values, strict=True))
    return scope


def shape_of(scope: Scope, name: str) -> Shape:
    """The group that class `name` describes, with what its bases in the same module add."""
    if name not in scope.shapes:
        # Registered before it is filled: a class may mention itself.
        shape = scope.shapes[name] = Shape(name, {})
        for base in scope.bases.get(name, ()):
            if base in scope.classes:
                shape.fields.update(shape_of(scope, base).fields)
        for field, annotation in scope.classes[name].items():
            required = not _is_not_required(annotation)
            shape.fields[field] = (_read_type(annotation, scope), required)
    return scope.shapes[name]


def _is_not_required(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "NotRequired"
    )


def _read_type(node: ast.expr, scope: Scope) -> ParameterType:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _read_type(ast.parse(node.value.strip(), mode="eval").body, scope)
    if isinstance(node, ast.BinOp):
        return _one_of([_read_type(node.left, scope), _read_type(node.right, scope)])
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return _read_generic(node.value.id, node.slice, scope)
    name = node.id if isinstance(node, ast.Name) else ""
    if name in scope.classes:
        return shape_of(scope, name)
    return Scalar(
        {"int": "int", "bool": "bool", "str": "str", "float": "decimal", "Decimal": "decimal"}.get(
            name, "any"
        )
    )


def _read_generic(name: str, argument: ast.expr, scope: Scope) -> ParameterType:
    items = argument.elts if isinstance(argument, ast.Tuple) else [argument]
    if name == "Literal":
        return Choice(tuple(str(item.value) for item in items if isinstance(item, ast.Constant)))
    inner = [_read_type(item, scope) for item in items]
    if name in {"List", "Sequence"}:
        return ListOf(inner[0])
    if name in {"Dict", "Mapping", "UntypedStripeObject"}:
        return MapOf(inner[-1])
    return _one_of(inner)


def _one_of(members: list[ParameterType]) -> ParameterType:
    flat: list[ParameterType] = []
    for member in members:
        flat.extend(member.members if isinstance(member, OneOf) else [member])
    if any(isinstance(member, Choice) and any(member.allowed) for member in flat):
        flat = [member for member in flat if member != Scalar("str")]
    # The empty string, which unsets, comes last: its complaint would hide that of the type that was meant.
    flat.sort(key=lambda member: member == Choice(("",)))
    return flat[0] if len(flat) == 1 else OneOf(tuple(flat))


def _empty(param: str) -> Problem:
    text = f"You passed an empty string for '{param}'. '{param}' cannot be unset."
    return Problem(param, text, "parameter_invalid_empty")


def _is_decimal(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False
