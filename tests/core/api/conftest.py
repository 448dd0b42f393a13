from __future__ import annotations

from typing import Any

import pytest

from tests.core.api import endpoints


@pytest.fixture(autouse=True)
def _test_endpoints(settings: Any) -> None:
    settings.ROOT_URLCONF = endpoints.__name__
