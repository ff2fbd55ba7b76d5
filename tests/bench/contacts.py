"""How fast all contacts of a CRM come in at first, and how many calls that takes."""

import importlib.util
import multiprocessing
import time

from tests.bench import prepare_contacts
from tests.bench.measure import Figure, check, in_turn, wait_for
from tools.settings import ROOT

CODE = "bench_crm"
FAKE = ROOT / "addons" / "seam_salesforce" / "tests" / "fake_salesforce.py"
# One question how far the job is, in two minutes at the most: it is done at the second.
PATIENCE = 3600


def run(place, options, report):
    count = 1000 if options.quick else 50_000
    with Salesforce() as there, place.serve():
        load = Load(place, there)
        print(f"Contacts: {count} at a fake of Salesforce")
        sides = {
            "rival": lambda _round: load.by_rival(count // 10),
            "seam": lambda _round: load.by_seam(count),
            "bare": lambda _round: load.bare(count // 5),
        }
        values = in_turn(sides, options.rounds)
        report.add(
            "contacts",
            f"A first load of {count:,} contacts, from the click to the last one in Odoo, "
            f"{load.calls} calls",
            Figure("Seam", "contacts/s", values["seam"]),
            {
                "a job a page that looks for each contact and makes it": Figure(
                    "rival", "contacts/s", values["rival"]
                ),
                "bare: `create` of 50 at a time, which looks for nothing and remembers nothing": (
                    Figure("bare", "contacts/s", values["bare"])
                ),
            },
        )


class Load:
    def __init__(self, place, there):
        self.place, self.there, self.calls = place, there, 0
        self.flow = place.shell(prepare_contacts.set_up, CODE, there.url)
        self.place.shell(prepare_contacts.pull_all, self.flow)
        self._wait(0, self._quiet)

    def by_seam(self, count):
        """:return: contacts/s from the click to the last one in Odoo"""
        self.there.fill(count)
        before, calls = self._contacts(), self.there.calls()
        started = time.monotonic()
        self.place.shell(prepare_contacts.pull_all, self.flow)
        ended = self._wait(before + count, self._quiet)
        self.calls = self.there.calls() - calls
        self._check(count)
        return count / (ended - started)

    def by_rival(self, count):
        """:return: contacts/s from the first job to the last contact in Odoo"""
        self.there.fill(count)
        before = self._contacts()
        started = time.monotonic()
        self.place.shell(prepare_contacts.enqueue_load, self.there.url, self.there.token())
        ended = self._wait(before + count)
        self._check(count)
        return count / (ended - started)

    def bare(self, count):
        """:return: contacts/s of Odoo alone, in a process of its own"""
        return count / self.place.shell(prepare_contacts.make, CODE, count, 50)

    def _wait(self, contacts, more=lambda: True):
        return wait_for(
            lambda: more() and self._contacts() >= contacts, PATIENCE, "the contacts", 0.25
        )

    def _contacts(self):
        return self.place.value("SELECT count(*) FROM res_partner")

    def _quiet(self):
        held = self.place.query(
            "SELECT state_reason FROM seam_message WHERE flow_id = %s AND state = 'failed' LIMIT 1",
            [self.flow],
        )
        check(not held, f"a contact is held up: {held}")
        return not self.place.value(
            "SELECT (SELECT count(*) FROM seam_message WHERE flow_id = %s"
            " AND state IN ('pending', 'working', 'waiting'))"
            " + (SELECT count(*) FROM seam_pull WHERE flow_id = %s AND state <> 'idle')",
            [self.flow, self.flow],
        )

    def _check(self, count):
        """All are there, each once, with its address."""
        prefix = f"g{self.there.generation}-%"
        ((found, different),) = self.place.query(
            "SELECT count(*), count(DISTINCT email_normalized) FROM res_partner"
            " WHERE email_normalized LIKE %s",
            [prefix],
        )
        check(found == different == count, f"{found} contacts ({different}) came of {count}")


class Salesforce:
    """The fake of Salesforce that the connector's tests use, in a process of its own."""

    def __init__(self):
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
        self.generation = 0

    def __enter__(self):
        self._process.start()
        self.url = self._pipe.recv()
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.join()

    def fill(self, count):
        """Have so many contacts there, and no others; nobody met them before."""
        self.generation += 1
        self._ask("fill", count, self.generation)

    def calls(self):
        return self._ask("calls")

    def token(self):
        return self._ask("token")

    def _ask(self, *words):
        self._pipe.send(words)
        return self._pipe.recv()


def _serve(pipe):
    spec = importlib.util.spec_from_file_location("fake_salesforce", FAKE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    fake = module.FakeSalesforce()
    fake.polls, fake.allowed = 2, 10**9
    pipe.send(fake.address)
    while True:
        word, *values = pipe.recv()
        if word == "fill":
            _fill(fake, *values)
        pipe.send({"calls": len(fake.calls), "token": fake.session}.get(word))


def _fill(fake, count, generation):
    with fake.lock:
        fake.records["Contact"].clear()
        fake.jobs.clear()
        fake.tick()
        for number in range(count):
            fake.make(
                "Contact",
                FirstName="Person",
                LastName=f"Number{generation}x{number}",
                Email=f"g{generation}-{number}@contacts.example",
                Phone=f"+49 30 {generation:02d}{number:06d}",
                Title="Clerk",
                MailingStreet=f"Ring {number}",
                MailingCity="Bonn",
                MailingPostalCode=f"{number % 90000 + 10000}",
                MailingCountry="Germany",
            )
