"""The pages about access: who is refused keeps the menu, a grant is decided on any screen, nothing is in code words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from api.casework.runtime import Runtime
from ledger.caller import Caller
from ledger.clocks import instant_text
from tests import browsing
from tests.commands import give
from tests.desks import open_desks, served_by_north
from tests.doors.test_pages import sign_in, visitor
from tests.runtimes import Runtimes

STRANGER = Caller(role="contractor", organisation="prime-south", subject="adviser of south")


@pytest.fixture(scope="module")
def served(runtimes: Runtimes) -> Iterator[Runtime]:
    with runtimes() as opened:
        open_desks(opened)
        yield opened


def test_somebody_who_is_refused_a_page_can_go_elsewhere_and_sign_out(served: Runtime):
    refused = sign_in(visitor(served), "contractor", "prime-north").get("/attempts")
    assert refused.status_code == 403
    assert "You cannot do this" in refused.text
    assert 'href="/search"' in refused.text
    assert "Sign out" in refused.text
    assert 'href="/access-review"' not in refused.text, "the menu leads nowhere that refuses this role"


def test_a_refusal_is_worded_on_the_page_and_has_no_name_of_the_program(served: Runtime):
    sign_in(visitor(served), "contractor", "prime-south").get(f"/customers/{served_by_north(served)}")
    served.ledger.attempts.record()
    worker = sign_in(visitor(served), "case-worker", "controller-one")
    who = served.ledger.vault.pseudonym("development user in the role contractor")
    page = worker.get(f"/attempts?who={who}").text
    assert "Not theirs, or not on record" in page
    assert "Page /customers/{customer_id}" in page
    assert "UnknownCustomer" not in page


def test_the_organisation_offered_first_is_the_controller(served: Runtime):
    assert '<option value="controller-one" selected>' in visitor(served).get("/sign-in").text


def test_the_pages_of_access_fit_every_screen_and_a_grant_is_decided_on_a_telephone(
    browser: Any, address: str, served: Runtime
):
    sam = served_by_north(served)
    give(served.ledger, "request-grant", sam, by=STRANGER, emergency=True, reason="a colleague is ill",
         at=instant_text(served.ledger.now()))  # fmt: skip
    paths = ("/", "/grants", "/grants?done=yes", "/attempts", "/access-review")
    browsing.fits_and_has_no_fault(browser, address, paths, organisation="controller-one")
    page = browsing.signed_in(browser, address, scripts=True, organisation="controller-one")
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{address}/grants")
    approve = page.get_by_role("button", name="Approve").last
    seen = approve.bounding_box()
    assert 0 <= seen["x"] < seen["x"] + seen["width"] <= 375
    page.get_by_label("Your reason", exact=True).last.fill("the colleague is ill")
    approve.click()
    page.get_by_text("Your request or decision is recorded.").wait_for()
