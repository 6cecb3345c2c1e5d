"""What can happen, as frozen data: the whole vocabulary, one file per subject.

How a field is declared, as a fact or as sealed, is in `declaration`.
"""

from __future__ import annotations

from ledger.events.access import *
from ledger.events.claims import *
from ledger.events.consents import *
from ledger.events.custody import *
from ledger.events.customers import *
from ledger.events.declaration import *
from ledger.events.findings import *
from ledger.events.poison import *
from ledger.events.quarantine import *
from ledger.events.registers import *
from ledger.events.requests import *
from ledger.events.restrictions import *
from ledger.events.serving import *
from ledger.events.sharing import *
