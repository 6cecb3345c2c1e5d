"""The vectors of the catalogue for channels and consent as facts to judge; the rest of each is tried by commands."""

from __future__ import annotations

from typing import Any

from tests.rules.pools import BASES


def _vector(name: str, base: str, **changed: Any) -> tuple[str, str, dict[str, Any]]:
    return name, "share", {**BASES[base], **changed}


_TEN = [["Kim", family] for family in ("Ames", "Boyd", "Cole", "Dunn", "Ebby", "Firth", "Gill", "Hart", "Inns", "Judd")]
VECTORS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    _vector("V-CH-01 ten plans", "email", people=10, names=_TEN),
    _vector("V-CH-01 eleven plans", "email", people=11, names=[*_TEN, ["Kim", "Kerr"]]),
    *(
        _vector(f"V-CH-03 {number}", "email", **{field: [address]})
        for number, (field, address) in enumerate((
            ("recipient_addresses", "coach@DWP.GOV.UK"),
            ("recipient_addresses", "coach@dwp.gov.uk.example.org"),
            ("recipient_addresses", "coach@notdwp.gov.uk"),
            ("bcc_addresses", "copy@gmail.com"),
            ("cc_addresses", "dwp.gov.uk@evil.example"),
            ("recipient_addresses", "coach@dwp.g\u043ev.uk"),
            ("recipient_addresses", "coach@office.dwp.gov.uk"),
            ("recipient_addresses", "coach@elsewhere.dwp.gov.uk"),
        ))
    ),
    *(
        _vector(f"V-CH-05 {number}", "email", file_names=[file])
        for number, file in enumerate(
            ("Sam Carter.docx", "Sam Carter 01-02-1990.docx", "Sam Carter AB123456C.docx")
        )
    ),
    _vector("V-CH-06", "email", people=2, container="OTHER", names=_TEN[:2]),
    _vector("V-CH-07", "email", attachment_kind="live_link"),
    *(
        _vector(f"V-CH-08 {product}", "post", postal_product=product)
        for product in ("RM_SECOND_CLASS", "RM_SIGNED_FOR_1ST", "RM_SPECIAL_DELIVERY")
    ),
    _vector("V-CH-09", "post", media=["paper", "usb_stick"]),
    _vector("V-CH-10", "telephone", private_place=None),
    ("V-CH-11", "receipt", {
        "received_from": "jobcentre-plus", "received_by": "prime-north", "channel": "email", "items": ["D01"],
    }),
    _vector("V-CON-01", "email"),
    _vector(
        "V-CON-02", "email", items=["D01", "D25", "PG5"], priority_groups=["PG5"],
        consented_items={"D29": "equality_monitoring"},
    ),
    _vector("V-CON-04 while given", "research"),
    _vector("V-CON-04 withdrawn", "research", consents={"survey": "withdrawn"}),
    *(
        _vector(f"V-CON-06 {base} {state}", base, consents={"survey": state, "equality_monitoring": state})
        for base in ("email", "telephone", "specialist")
        for state in ("given", "refused")
    ),
)  # fmt: skip
