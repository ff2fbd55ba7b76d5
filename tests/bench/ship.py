"""How fast parcels are labelled, and what packers notice of a carrier who is slow or down."""

import base64
import contextlib
import json
import os
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from simulators import secret_file
from tests.bench import parcels
from tests.bench.measure import Figure, check, in_turn, percentile, wait_for
from tools import processes
from tools.settings import ROOT, Settings

# A carrier on the internet takes this long to make a label.
LATENCY = 0.2
# How long the rival's packer waits for a carrier who does not answer.
GIVES_UP = 5
CODE = "bench_ship"


def run(place, options, report):
    count = 60 if options.quick else 1000
    with carrier() as there:
        depot = Depot(place, there)
        with place.serve():
            depot.warm()
            print(f"Ship: {count} parcels, at a carrier who takes {LATENCY * 1000:.0f} ms")
            sides = {
                "seam": lambda _round: depot.labelled("seam", count),
                "rival": lambda _round: depot.labelled("rival", count // 4),
                "queue": lambda _round: depot.drained(count),
            }
            values = in_turn(sides, options.rounds)
            _report_labels(report, values)
            _validate(depot, options, report)


def _report_labels(report, values):
    report.add(
        "ship",
        f"Parcels packed and labelled by two packers at once, at a carrier who takes "
        f"{LATENCY * 1000:.0f} ms: from the first validation to the last label on its transfer",
        Figure("Seam", "labels/s", values["seam"]),
        {
            "a delivery method that buys in the transfer's own transaction": Figure(
                "rival", "labels/s", values["rival"]
            )
        },
    )
    report.add(
        "ship_queue",
        "The same labels when the parcels are packed already: checked, bought, attached",
        Figure("Seam", "labels/s", values["queue"]),
        {"the rival, who has to pack them again": Figure("rival", "labels/s", values["rival"])},
        compare=False,
    )


def _validate(depot, options, report):
    """Median time of a validation, while the labels of those before it are asked for."""
    count = 10 if options.quick else 60
    print(f"Validate: {count} transfers with the carrier up and down")
    sides = {
        "up": lambda _round: depot.validated("seam", count),
        "down": lambda _round: depot.validated_while_down(count),
        "rival up": lambda _round: depot.validated("rival", count // 2),
        "rival down": lambda _round: depot.while_down(depot.given_up),
    }
    values = in_turn(sides, options.rounds)
    report.add(
        "ship_down",
        "Median time of a packer's validation while the carrier does not answer",
        Figure("Seam", "ms", values["down"], higher=False),
        {
            "the carrier answers": Figure("up", "ms", values["up"], higher=False),
            "the rival, the carrier answers": Figure("up", "ms", values["rival up"], higher=False),
            f"the rival, who gives up after {GIVES_UP} s; the transfer is not done": Figure(
                "down", "ms", values["rival down"], higher=False
            ),
        },
    )


@contextlib.contextmanager
def carrier():
    """A carrier in a process of its own, whose parcels stand still. :return: Carrier"""
    with tempfile.TemporaryDirectory() as folder:
        secrets = secret_file.ensure(Path(folder) / "secret")
        port = processes.free_port()
        process = subprocess.Popen(
            [Settings().python, "-m", "simulators.carrier", "--port", str(port)]
            + ["--secret-file", f"{folder}/secret", "--state-dir", f"{folder}/books"]
            + ["--target", "http://127.0.0.1:9/", "--pace", "86400"],
            cwd=ROOT,
            env={**os.environ, "SEAM_END_WITH_PARENT": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            process.stdout.readline()
            there = Carrier(f"http://127.0.0.1:{port}", secrets)
            there.control(faults={"latency": LATENCY}, pushes=False, surcharge=0)
            yield there
        finally:
            processes.stop(process, patience=5)


class Carrier:
    def __init__(self, url, secrets):
        self.url, self.secrets = url, secrets

    def control(self, **wishes):
        return self._call("/control", json.dumps(wishes).encode())

    def bought(self):
        """How many labels it sold; nothing was sold twice."""
        audit = json.loads(self._call("/audit"))
        check(not audit["twice"], f"bought twice: {audit['twice']}")
        return len(audit["shipments"])

    def token(self):
        pair = f"{self.secrets['carrier_id']}:{self.secrets['carrier_secret']}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        form = b"grant_type=client_credentials"
        return json.loads(self._call("/security/v1/oauth/token", form, headers))["access_token"]

    def _call(self, path, content=None, headers=None):
        headers = headers or {"Content-Type": "application/json"}
        with urllib.request.urlopen(
            urllib.request.Request(self.url + path, content, headers), timeout=60
        ) as answer:
            return answer.read()


class Depot:
    """Transfers of the benchmark's company, to be packed with either delivery method."""

    def __init__(self, place, there):
        self.place, self.carrier = place, there
        self.flow = place.shell(
            parcels.set_up, CODE, there.url, there.secrets, there.token(), GIVES_UP
        )

    def warm(self):
        for side in ("seam", "rival"):
            self.labelled(side, 8)

    def labelled(self, side, count):
        """:return: labels/s, from the first validation to the last label on its transfer"""
        before, ids = self.carrier.bought(), self._transfers(side, count)
        started = time.monotonic()
        self.place.shell(parcels.pack_by_jobs, ids, 2)
        ended = wait_for(lambda: self._labelled(ids) == count, 600, "labels", 0.05)
        self._check(before, count)
        return count / (ended - started)

    def drained(self, count):
        """:return: labels/s of parcels that are packed already"""
        before, ids = self.carrier.bought(), self._transfers("seam", count)
        self.place.shell(parcels.pause, self.flow)
        self.place.shell(parcels.pack, ids)
        started = time.monotonic()
        self.place.shell(parcels.activate, self.flow)
        ended = wait_for(lambda: self._labelled(ids) == count, 600, "labels", 0.05)
        self._check(before, count)
        return count / (ended - started)

    def validated(self, side, count):
        """:return: median milliseconds of a validation, its commit included"""
        return self._pack(self._transfers(side, count))[0]

    def validated_while_down(self, count):
        """The same while the carrier does not answer; then he does, and all labels come."""
        ids = self._transfers("seam", count)
        median, labelled = self.while_down(lambda: self._pack(ids, patience=0))
        check(labelled == 0, f"{labelled} labels came from a carrier who is down")
        self._wait_for_labels(ids, 300)
        return median

    def _pack(self, ids, patience=120):
        """:return: (median milliseconds, how many labels came)"""
        taken = self.place.shell(parcels.pack, ids)
        if patience:
            self._wait_for_labels(ids, patience)
        return percentile(taken, 0.5) * 1000, self._labelled(ids)

    def _wait_for_labels(self, ids, patience):
        wait_for(lambda: self._labelled(ids) == len(ids), patience, "labels", 0.05)

    def while_down(self, work):
        """Do `work` while the carrier takes calls and does not answer."""
        self.carrier.control(faults={"latency": 3600})
        try:
            return work()
        finally:
            self.carrier.control(faults={"latency": LATENCY})

    def given_up(self):
        """:return: milliseconds until the rival's packer is told that he cannot ship"""
        (id_,) = self._transfers("rival", 1)
        started = time.monotonic()
        state = self.place.shell(parcels.try_to_pack, id_)
        check(state == "assigned", f"the rival's transfer is {state}")
        return (time.monotonic() - started) * 1000

    def _transfers(self, side, count):
        return self.place.shell(parcels.transfers, side, count)

    def _labelled(self, ids):
        return self.place.value(
            "SELECT count(*) FROM stock_picking p WHERE id = ANY(%s) AND state = 'done'"
            " AND carrier_tracking_ref IS NOT NULL AND EXISTS (SELECT FROM ir_attachment a"
            " WHERE a.res_model = 'stock.picking' AND a.res_id = p.id)",
            [ids],
        )

    def _check(self, before, count):
        found = self.carrier.bought() - before
        check(found == count, f"{found} labels were bought for {count} transfers")
