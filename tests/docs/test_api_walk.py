"""The walk of docs/api.md, run as it stands against real processes."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from apps.accounts.enums import ApiKeyKind
from apps.accounts.services.create_api_key import create_api_key
from apps.billing.services.catalog.import_catalog import import_catalog
from apps.core import clock
from apps.invoices.models import Invoice
from apps.subscriptions.models import Subscription
from tests.factories.customers import make_brand
from tests.fixtures.database import ROOT
from tests.fixtures.sandbox import SandboxControl
from tests.fixtures.servers import WebServer

PAGE = ROOT / "docs" / "api.md"
CATALOG = ROOT / "docs" / "examples" / "demo-shop.yaml"
LIMIT_SECONDS = 240


@pytest.mark.slow
@pytest.mark.real_commits
def test_walk_ends_with_a_paid_invoice_that_explains_itself(
    sandbox: SandboxControl, web_server: WebServer, tmp_path: Path
) -> None:
    web_server.start_worker(processes=1)
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), flags=re.MULTILINE | re.DOTALL)

    said = run("\n".join(blocks), sandbox, web_server, folder=tmp_path)

    invoices = Invoice.objects.order_by("created_at", "id")
    assert [(i.status, i.total_minor) for i in invoices] == [("paid", 19900), ("paid", 26060)]
    assert "First 100,000 units at €0.00 each: €0.00" in said
    assert "Next 150,000 units at €0.0004 each: €60.00" in said
    assert "\n26060\n" in said
    assert (tmp_path / "invoice.pdf").read_bytes()[:5] == b"%PDF-"
    assert f"{web_server.url}/checkout/" in said
    assert f"{web_server.url}/session/" in said
    assert said.splitlines().count("preview_outdated") == 1
    assert Subscription.objects.get().status == "canceled"
    assert len(sandbox.charges()) == 2


def run(script: str, sandbox: SandboxControl, web_server: WebServer, *, folder: Path) -> str:
    """What the script prints; a command that fails ends it."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "SITE": web_server.url, "GATEWAY": sandbox.url, "KEY": demo_key()},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def demo_key() -> str:
    """A key of a brand that sells the demo's catalog."""
    import_catalog(text=CATALOG.read_text(), filename=CATALOG.name, at=clock.now())
    _, plaintext = create_api_key(
        brand=make_brand(default_currency="EUR"),
        livemode=False,
        name="Walk",
        kind=ApiKeyKind.SECRET,
        scopes=["*"],
        expires_at=None,
        at=clock.now(),
    )
    return plaintext
