"""`seam.py order`: one WooCommerce order by curl, for people to see how it is done.

The shop takes the order, so that it knows it when its status is asked for or set later. Runs inside the
virtual environment.
"""

import json
import os
import shlex
import shutil
import subprocess
import time
import urllib.request

from simulators import secret_file, webhook
from tools import databases, postgres
from tools.running import DATABASE
from tools.settings import Problem

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
        raise _nothing_answers(settings.port, "SEAM_PORT")
    print(result.stdout.strip(), flush=True)
    receipt = json.loads(result.stdout.rpartition("\n\n")[2])
    if "id" not in receipt:
        return 1
    _tell(settings, receipt["id"])
    return 0


def _nothing_answers(port, variable):
    return Problem(
        f"Nothing answers on port {port}: start `make run` in another terminal, and set {variable} here as it"
        " is there."
    )


def _command(settings, unknown_sku):
    content = webhook.body(_made(settings, unknown_sku))
    file = settings.data / "order.json"
    file.write_bytes(content)
    secret = secret_file.ensure(settings.demo_secrets)["webhook_secret"]
    source = f"http://127.0.0.1:{settings.shop_port}/"
    headers = webhook.headers("order.created", content, secret, source)
    url = f"http://127.0.0.1:{settings.port}/seam/v1/shop/orders"
    command = ["curl", "-sSi", url, "--data-binary", f"@{file}"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    return command


def _made(settings, unknown_sku):
    """Have the shop take an order of which it tells nobody. Returns the order."""
    wish = json.dumps({"make": {"unknown_sku": unknown_sku}}).encode()
    address = f"http://127.0.0.1:{settings.shop_port}/control"
    request = urllib.request.Request(address, wish, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["made"]
    except OSError:
        raise _nothing_answers(settings.shop_port, "SEAM_SHOP_PORT") from None


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
