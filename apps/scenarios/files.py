"""Reading cases from JSON and YAML files: numbers with a point and dates stay the text that was typed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from apps.scenarios.errors import CasesUnreadable

SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class NamedCase:
    """One case of a file; `name` is for people, `folder` is where files that it names are looked for."""

    name: str
    folder: Path
    content: dict[str, Any]


def case_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Every file among the paths, folders searched through, in order of their names.

    Raises:
        CasesUnreadable: a path does not exist, or a folder holds no case files (422).
    """
    for path in paths:
        if path.is_dir():
            found = sorted(inner for inner in path.rglob("*") if inner.suffix in SUFFIXES)
            if not found:
                raise CasesUnreadable(f"{path} holds no JSON or YAML file.")
            yield from found
        elif path.exists():
            yield path
        else:
            raise CasesUnreadable(f"{path} does not exist.")


def read_cases(path: Path) -> list[NamedCase]:
    """The cases of a file: a list of them, or a single one.

    Raises:
        CasesUnreadable: with the line where reading ended (422).
    """
    document = read_document(path.read_text(encoding="utf-8"), path)
    cases = document if isinstance(document, list) else [document]
    if not cases or not all(isinstance(case, dict) for case in cases):
        raise CasesUnreadable(f"{path} holds neither a case nor a list of cases.")
    return [NamedCase(_name(case, path, number), path.parent, case) for number, case in enumerate(cases, 1)]


def read_document(text: str, path: Path) -> Any:
    """The plain values of a JSON or YAML text.

    Raises:
        CasesUnreadable: it is neither (422).
    """
    try:
        if path.suffix == ".json":
            return json.loads(text, parse_float=str)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader that reads fewer types
    except (ValueError, yaml.YAMLError) as error:
        raise CasesUnreadable(f"{path} cannot be read: {error}") from error


def _name(case: dict[str, Any], path: Path, number: int) -> str:
    return str(case.get("id") or case.get("title") or f"{path.stem} {number}")


class _Loader(yaml.SafeLoader):
    """YAML without floats and dates: an amount is exact, and a date has no zone until the case says which."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
