"""Tells the customer's ERP what changed in the CRM: whole records, signed, of one record in order."""

from simulators.faults import Faults
from simulators.office import words
from simulators.warehouse.courier import Courier


class NewsFaults(Faults):
    """How what is told goes wrong: see courier.EventFaults."""

    NAMES = ("doubled", "repeated", "reordered", "delayed", "stale", *words.DRIFTS)


class Teller(Courier):
    """Tells records at `target`/companies, /contacts and /deals.

    pushes   whether anything is told: without it, changes pile up in `untold`
    """

    DRIFTS = words.DRIFTS
    STATES = tuple(words.KINDS)

    def __init__(self, target, secret, faults, store, pushes=True, **times):
        super().__init__(target, secret, faults, store, **times)
        self.pushes, self.untold = pushes, {}

    def tell_of(self, record):
        flow, document = words.PATHS[record["kind"]], words.document(record)
        if self.pushes:
            self.tell(flow, record["id"], document)
        else:
            self.untold[record["id"]] = (flow, record["id"], document)

    def go_on(self, pushes):
        """Tell again, what piled up first; or tell nothing. A person at the CRM switches it."""
        self.pushes = bool(pushes)
        untold, self.untold = (list(self.untold.values()), {}) if pushes else ([], self.untold)
        for flow, lane, document in untold:
            self.tell(flow, lane, document)
        return len(untold)
