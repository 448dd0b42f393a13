from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.sandbox import SandboxControl
from tests.payments.contract.case import GatewayCase

NAMES = sorted(path.stem.removesuffix("_case") for path in Path(__file__).parent.glob("*_case.py"))


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest, sandbox: SandboxControl, settings: Any) -> GatewayCase:
    """One gateway, with an empty sandbox behind it: every test of the suite runs once for each."""
    module = importlib.import_module(f"tests.payments.contract.{request.param}_case")
    made: GatewayCase = module.Case(sandbox, settings)
    return made
