"""The invented people, organisations and requests of the examples; their ids are fixed."""

from __future__ import annotations

CUSTOMER = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2a01"
OTHER = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2a02"
OF_NHS = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2a03"
REQUEST = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2d01"
RECTIFICATION = "5b8f6b1e-6d9c-4c43-9d5b-0d6a0f6f2d02"
CONTROLLER, PRIME, SUB_CONTRACTOR = "controller", "0000000101", "0000000102"
JOBCENTRE_PLUS, OFFICE, RESEARCHERS = "jobcentre-plus", "testford", "asks-people"
