"""`seam.py order`: one WooCommerce order by curl, for people to see how it is done.

Runs inside the virtual environment.
"""

import datetime
import json
import os
import shlex
import shutil
import subprocess
import time

from simulators import secret_file
from simulators.shop import Shop
from tools import databases, postgres
from tools.running import DATABASE
from tools.settings import Problem

# Orders of the shop itself have smaller numbers.
FIRST = 1_000_000
# Seconds, on a machine that has much else to do.
PATIENCE = 60
ENDED = {
    "done": "It is {record} in Odoo.",
    "failed": "It needs attention: {reason}",
}


def order(settings, unknown_sku=False):
    """Make an order, print the curl that posts it, run it, and tell what became of it."""
    if not settings.demo_secrets.exists():
        raise Problem("There is no shop yet: start it with `make run` in another terminal.")
    command = _command(settings, unknown_sku)
    print(_readable(command), flush=True)
    if not shutil.which("curl"):
        raise Problem("curl is missing: install it, or send the order from the shop's page.")
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise Problem(
            f"Nothing answers on port {settings.port}: start `make run` in another terminal, and set"
            " SEAM_PORT here as it is there."
        )
    print(result.stdout.strip(), flush=True)
    receipt = json.loads(result.stdout.rpartition("\n\n")[2])
    if "id" not in receipt:
        return 1
    _tell(settings, receipt["id"])
    return 0


def _command(settings, unknown_sku):
    shop = Shop(seed=os.getpid(), url=f"http://127.0.0.1:{settings.shop_port}")
    now = datetime.datetime.now(datetime.timezone.utc)
    wishes = {"products": shop.catalogue.unknown_products[:1]} if unknown_sku else {}
    document = shop.build_order(FIRST + int(now.timestamp()) % FIRST, when=now, **wishes)
    content = shop.body(document)
    file = settings.data / "order.json"
    file.write_bytes(content)
    secret = secret_file.ensure(settings.demo_secrets)["webhook_secret"]
    headers = shop.headers("order.created", content, secret, source=f"{shop.url}/")
    url = f"http://127.0.0.1:{settings.port}/seam/v1/shop/orders"
    command = ["curl", "-sSi", url, "--data-binary", f"@{file}"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    return command


def _readable(command):
    words = " ".join(map(shlex.quote, command))
    return words.replace(" -H ", " \\\n    -H ") + "\n"


def _tell(settings, uuid):
    """Wait until the message has an outcome, and print it with its address."""
    os.environ.update({"PGCONNECT_TIMEOUT": "5"})
    statement = (
        "SELECT m.id, m.state, coalesce(m.fault_message, m.state_reason, ''), o.name"
        " FROM seam_message m LEFT JOIN sale_order o"
        " ON m.res_model = 'sale.order' AND o.id = m.res_id WHERE m.uuid = %s"
    )
    deadline = time.monotonic() + PATIENCE
    with postgres.available(settings) as server:
        os.environ.update(server)
        while True:
            [(number, state, reason, record)] = databases.query(DATABASE, statement, [uuid])
            if state not in ("pending", "working", "waiting") or time.monotonic() > deadline:
                break
            time.sleep(0.2)
    told = ENDED.get(state, "It is {state}: {reason}")
    print(f"\n{told.format(state=state, reason=reason, record=record)}")
    print(f"http://127.0.0.1:{settings.port}/odoo/action-seam.seam_message_action/{number}")
