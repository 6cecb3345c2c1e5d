"""The pages in a real browser: signing in by the form, and whether they fit and can be read by anybody."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

WIDTHS = (320, 375, 1024, 1280)


def signed_in(browser: Any, address: str, *, scripts: bool, organisation: str) -> Any:
    page = browser.new_context(java_script_enabled=scripts).new_page()
    page.goto(f"{address}/")
    page.get_by_label("Records manager").check()
    page.get_by_label("Your organisation", exact=True).select_option(organisation)
    page.get_by_role("button", name="Sign in").click()
    assert page.url == f"{address}/"
    return page


def overflow(page: Any) -> int:
    widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return int(widths[0] - widths[1])


def fits(page: Any, address: str, paths: Iterable[str]) -> None:
    for path in paths:
        page.goto(address + path)
        assert page.locator("h1").count() == 1, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert overflow(page) <= 0, (path, width)


def fits_and_has_no_fault(browser: Any, address: str, paths: Iterable[str], *, organisation: str) -> None:
    """On every width, with what axe can find at the widest and the narrowest, and nothing said on the console."""
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

    said: list[str] = []
    page = signed_in(browser, address, scripts=True, organisation=organisation)
    page.on("console", lambda message: said.append(message.text) if "404" not in message.text else None)
    for path in paths:
        fits(page, address, [path])
        for width in (WIDTHS[-1], WIDTHS[0]):
            page.set_viewport_size({"width": width, "height": 800})
            found = Axe().run(page)
            assert found.violations_count == 0, (path, width, found.generate_report())
    assert said == []
