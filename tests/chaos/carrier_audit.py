"""What must hold between Odoo and the carrier. Each check returns sentences, none if all is well."""

import collections

from tests.chaos import audit, scene

# A scan that is known already is superseded by itself, and what we send where there is nothing (any more) to tell.
NOT_OF_EVENTS = "superseded though nothing newer came in"
# What is refused as it comes in was never in another state: its story begins with that.
AT_THE_DOOR = "'failed', None, None)"


def before_anybody_looks(env, here, figures):
    """Every label that was paid for is in Odoo, or somebody is told why not, and what to do."""
    held = failed(env, here)
    figures["held by exceptions"] = len(held)
    figures["exceptions"] = scene.counts(held.mapped("fault_code"))
    breaches = [
        f"a person would not know what to do: {message.id} {message.fault_code}"
        for message in held
        if not (message.fault_fix or message.exception_id.fix)
        or message.exception_id.state != "open"
    ]
    told = {message.res_id for message in held if message.res_model == "seam.shipment"}
    for shipment in env["seam.shipment"].search([("state", "in", ("waiting", "voiding"))]):
        if shipment.id not in told:
            breaches.append(f"{shipment.name} is {shipment.state}, and nobody is told")
    return breaches + once(here) + _invariants(env, here)


def at_the_end(env, here):
    """All is right, nothing is open, and nothing was paid for twice."""
    return [
        *[f"still held: {message.id} {message.fault_code}: {message.fault_message}"
          for message in failed(env, here)],
        *once(here),
        *_invariants(env, here),
        *books(env, here),
    ]  # fmt: skip


def books(env, here):
    """What was bought, what it costs and where it is, is the same on both sides."""
    return [
        *_pickings(env, here),
        *_labels(env, here),
        *_money(env, here),
        *_parcels(env, here),
    ]


def failed(env, here):
    return env["seam.message"].search(
        [("flow_id", "in", list(here.flows.values())), ("state", "=", "failed")]
    )


# -- what must hold -----------------------------------------------------------------------


def once(here):
    """The carrier sold nothing twice: by key, by reference, and over all transfers."""
    books = here.carrier.books
    with books.lock:
        keys, bought = dict(books.keys), books.by_reference()
        subjects = collections.Counter(known["subject"] for known in keys.values())
    return [
        *[f"{key} took effect {x['effects']} times" for key, x in keys.items()
          if x["effects"] != 1],
        *[f"{reference} was bought as {numbers}" for reference, numbers in bought.items()
          if len(numbers) > 1],
        *[f"{name} came under {count} keys" for name, count in subjects.items() if count > 1],
        *[f"{number} was voided {each['voids']} times"
          for number, each in books.shipments.items() if each.get("voids", 0) > 1],
    ]  # fmt: skip


def _invariants(env, here):
    breaches = audit.check(env, list(here.flows.values()), effects=False)
    return [
        sentence
        for sentence in breaches
        if not sentence.startswith(NOT_OF_EVENTS) and not sentence.endswith(AT_THE_DOOR)
    ]


def _pickings(env, here):
    """Each transfer left, and has at most one label that is not void, which is its own."""
    breaches = []
    books = here.carrier.books
    for picking in env["stock.picking"].browse(here.pickings):
        live = picking.seam_shipment_ids.filtered(lambda shipment: shipment.state != "void")
        there = [
            number
            for shipment in picking.seam_shipment_ids
            for number in books.by_reference().get(shipment.name, ())
            if books.shipments[number]["state"] != "void"
        ]
        if picking.state != "done":
            breaches.append(f"{picking.name} is {picking.state}")
        if len(live) > 1 or live.filtered(lambda shipment: shipment.state != "bought"):
            breaches.append(f"{picking.name} has {live.mapped('state')}")
        if there != live.mapped("carrier_number"):
            breaches.append(f"{picking.name}: {live.mapped('carrier_number')} here, {there} there")
        tracking = ",".join(live.parcel_ids.mapped("tracking")) or False
        if picking.carrier_tracking_ref != tracking:
            breaches.append(f"{picking.name} shows {picking.carrier_tracking_ref}, not {tracking}")
    return breaches


def _labels(env, here):
    """Every label that was ever paid for is attached, once."""
    books = here.carrier.books
    shipments = env["seam.shipment"].search([("carrier_number", "!=", False)])
    known = {shipment.carrier_number: shipment for shipment in shipments}
    breaches = [f"{number} is not known here" for number in books.shipments if number not in known]
    breaches += [
        f"{number} is not known there" for number in known if number not in books.shipments
    ]
    for number, shipment in known.items():
        files = env["ir.attachment"].search(
            [
                ("res_model", "=", "stock.picking"),
                ("res_id", "=", shipment.picking_id.id),
                ("name", "=like", _label_name(shipment) + "-%"),
            ]
        )
        parcels = books.shipments.get(number, {}).get("parcels", [])
        if len(files) != len(parcels) or not all(file.raw[:4] == b"%PDF" for file in files):
            breaches.append(f"{number} has {len(files)} labels for {len(parcels)} parcels")
        if sorted(shipment.parcel_ids.mapped("tracking")) != sorted(
            parcel["tracking"] for parcel in parcels
        ):
            breaches.append(f"{number} has other parcels here")
    return breaches


def _label_name(shipment):
    """How the files of its labels begin; papers for customs begin otherwise."""
    prefix = shipment.carrier_id._get_delivery_label_prefix()
    return f"{prefix}-{shipment.name}".replace("/", "-")


def _money(env, here):
    """What is void here is void there, and what is owed is the same."""
    books = here.carrier.books
    shipments = env["seam.shipment"].search([("carrier_number", "!=", False)])
    breaches = [
        f"{shipment.carrier_number} is {shipment.state} here, {there} there"
        for shipment in shipments
        if (there := books.shipments.get(shipment.carrier_number, {}).get("state"))
        != shipment.state
    ]
    owed = sum(round(shipment.cost * 100) for shipment in shipments if shipment.state == "bought")
    if owed != books.money():
        breaches.append(f"{owed} cents are owed by Odoo's books, {books.money()} by the carrier's")
    return breaches


def _parcels(env, here):
    """Every parcel is where its carrier says."""
    breaches = []
    for parcel in env["seam.parcel"].search([]):
        found = here.carrier.books.parcel(parcel.tracking)
        if not found:
            continue
        last = found[1]["scans"][-1]
        at = parcel.status_at and parcel.status_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        if (parcel.status, at) != (last["status"], last["at"]):
            breaches.append(
                f"{parcel.tracking} is {parcel.status} at {at}, not {last['status']} at {last['at']}"
            )
    return breaches
