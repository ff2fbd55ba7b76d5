"""A CRM whose people work on the same customers and deals as Odoo's, and that misbehaves when it is told to.

It speaks the documents of addons/seam_crm in both directions: changes of the ERP come in by POST; what its own
people change, and what the ERP changed, it tells as signed webhooks: whole records.
"""

from simulators import running, secret_file
from simulators.documents import DocumentServer, ServerFaults
from simulators.office import opening
from simulators.office.books import Books
from simulators.office.people import People
from simulators.office.teller import NewsFaults, Teller
from simulators.office.web import Handler
from simulators.warehouse.store import Store
from simulators.warehouse.work import Clock


class RunningCrm(running.Running):
    """A CRM that serves and works, from `start` (or `with`) until `stop`.

    port       where it listens on 127.0.0.1; 0 takes a free one
    target     address of Seam's system for it, without the flow
    secret     that both sides sign with ("whsec_…")
    state_dir  where it keeps its books; without it they are gone at the end
    records    what it begins with, when its books are empty: see books.Books.new
    pace       seconds between two deeds of its people
    auto       whether they do anything by themselves
    """

    def __init__(
        self, port, target, secret, state_dir=None, records=(), pace=20.0, seed=0, auto=True,
        **teller,
    ):  # fmt: skip
        self.secret, self.faults = secret, ServerFaults(f"{seed}/calls")
        self.store = Store(state_dir, "crm.sqlite3")
        self.teller = Teller(target, secret, NewsFaults(f"{seed}/events"), self.store, **teller)
        self.books, self.records = Books(self.store, self.teller.tell_of), records
        self.people = People(self.books, seed, pace, auto)
        self.set_up(DocumentServer(port, Handler, self), self.teller, Clock(self.people))

    def start(self):
        super().start()
        self.books.begin(self.records)
        return self

    def close(self):
        self.store.close()


def main(words=None):
    """`python -m simulators.crm`: serve until SIGTERM or Ctrl-C."""
    given = _arguments(words)
    secret = secret_file.ensure(given.secret_file)["crm_secret"]
    running.run(
        "CRM",
        given,
        lambda: RunningCrm(
            given.port, given.target, secret, given.state_dir, opening.records(), given.pace,
            given.seed,
        ),
    )  # fmt: skip


def _arguments(words):
    parser = running.parser("crm", __doc__, ("SEAM_CRM_PORT", 8074), "/seam/v1/crm")
    parser.add_argument("--pace", type=float, default=30, help="seconds between two deeds")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
