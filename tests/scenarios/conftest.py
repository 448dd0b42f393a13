from __future__ import annotations

import pytest


@pytest.fixture
def quick_template(monkeypatch: pytest.MonkeyPatch, database_template: str) -> None:
    """Clone the suite's own template, which has the same migrations, in place of building another."""
    monkeypatch.setattr("apps.scenarios.throwaway._template", lambda server: database_template)
