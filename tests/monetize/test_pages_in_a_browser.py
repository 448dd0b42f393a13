"""The site's strict content security policy holds in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.fixtures.servers import WebServer


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/accounts/login/", "/api/docs/"])
def test_page_asks_no_foreign_origin_and_breaks_no_policy(
    web_server: WebServer, page: Page, path: str
) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto(f"{web_server.url}{path}", wait_until="networkidle")

    assert page.title()
    assert [url for url in asked if not url.startswith((web_server.url, "data:"))] == []
    assert complaints == []
