"""Checks form requests against the typed parameters that stripe-python ships.

The package is read with ast, never imported: which method and path take which TypedDict, and what that
TypedDict says. Enums are closed again (the package types them `Literal[…] | str`). Parameter types are read
when a request first needs them and kept. What is not checked: value limits and combinations of parameters.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.forms import parse_form
from sandbox.parameter_types import Problem, Scope, Shape, read_module, shape_of

_METHODS = {"get", "post", "delete"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method and path of the package, and where its parameters are written (empty: it takes none)."""

    pattern: re.Pattern[str]
    placeholders: int
    module: str
    params: str


@dataclass(frozen=True, slots=True)
class Checked:
    """`value` is the request with numbers and booleans converted; meaningful only without problems."""

    problems: list[Problem]
    value: dict[str, Any]


class Schema:
    """What the interface accepts, as one version of stripe-python tells it."""

    def __init__(self, package: Path) -> None:
        self._package = package
        self._operations: dict[str, list[Operation]] = {}
        self._scopes: dict[str, Scope] = {}
        for file in sorted([*package.glob("_*_service.py"), *(package / "tax").glob("_*_service.py")]):
            for method, operation in _operations_in(file):
                self._operations.setdefault(method, []).append(operation)
        for operations in self._operations.values():
            operations.sort(key=lambda o: o.placeholders)

    @classmethod
    def from_sdk(cls) -> Schema:
        """The schema of the stripe package that is installed.

        Raises:
            RuntimeError: it is not installed.
        """
        spec = importlib.util.find_spec("stripe")
        if spec is None or not spec.submodule_search_locations:
            raise RuntimeError("the sandbox needs the stripe package to know its parameters")
        return cls(Path(next(iter(spec.submodule_search_locations))))

    def validate(self, method: str, path: str, form: str | dict[str, Any]) -> list[str]:
        """Problems of one request in words, none if it is well-formed; `form` is encoded or parsed."""
        tree = parse_form(form) if isinstance(form, str) else form
        checked = self.check(method, path, tree)
        if checked is None:
            return [f"unknown path: {method.upper()} {path}"]
        return [f"{problem.param}: {problem.message}" for problem in checked.problems]

    def check(self, method: str, path: str, tree: dict[str, Any]) -> Checked | None:
        """The request, checked and converted; None when the package knows no such method and path."""
        for operation in self._operations.get(method.lower(), ()):
            if operation.pattern.fullmatch(path):
                problems: list[Problem] = []
                value = self._shape(operation).read(tree, "", problems)
                return Checked(problems, value if isinstance(value, dict) else {})
        return None

    def _shape(self, operation: Operation) -> Shape:
        if not operation.params:
            return Shape(operation.params, {})
        if operation.module not in self._scopes:
            file = self._package.joinpath("params", *operation.module.split(".")).with_suffix(".py")
            self._scopes[operation.module] = read_module(file.read_text())
        return shape_of(self._scopes[operation.module], operation.params)


def _operations_in(file: Path) -> Iterator[tuple[str, Operation]]:
    tree = ast.parse(file.read_text())
    modules: dict[str, str] = {}
    for block in tree.body:
        if isinstance(block, ast.If):
            for line in block.body:
                if isinstance(line, ast.ImportFrom) and (line.module or "").startswith("stripe.params."):
                    inside = (line.module or "").removeprefix("stripe.params.")
                    modules.update({a.name: inside for a in line.names})
    for service in tree.body:
        if isinstance(service, ast.ClassDef):
            for function in service.body:
                if isinstance(function, ast.FunctionDef):
                    yield from _operation_of(function, modules)


def _operation_of(function: ast.FunctionDef, modules: dict[str, str]) -> Iterator[tuple[str, Operation]]:
    params = ""
    for argument in function.args.args:
        if argument.arg == "params" and argument.annotation is not None:
            found = re.search(r"\w+Params", ast.unparse(argument.annotation))
            params = found[0] if found else ""
    for call in ast.walk(function):
        if not isinstance(call, ast.Call) or len(call.args) < 2:
            continue
        method, path = call.args[0], call.args[1]
        if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute):
            path = path.func.value
        if not (
            isinstance(method, ast.Constant) and method.value in _METHODS and isinstance(path, ast.Constant)
        ):
            continue
        template = str(path.value)
        pattern = re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{\w+\}", template)))
        yield method.value, Operation(pattern, template.count("{"), modules.get(params, ""), params)
