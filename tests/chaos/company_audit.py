"""What must hold over the whole company. Each check returns sentences, none if all is well."""

import collections
import json

from tests.chaos import audit, carrier_audit, scene, warehouse_audit

# What a carrier did to a parcel for good.
ENDS = ("delivered", "returned", "lost")
# Of a CRM's record: as often Odoo may write it, and tell nothing new.
MOST_WRITES, MOST_IDLE = 15, 3
PLAIN = ("text", "email", "phone", "url", "code")


def failed(env, here):
    """Messages that need a person"""
    return env["seam.message"].search(
        [("flow_id", "in", here.all_flows()), ("state", "=", "failed")]
    )


def before_anybody_looks(env, here, made, figures):
    """Every order is right everywhere, or a person is told what is the matter, and what to do."""
    held = failed(env, here)
    figures["held by exceptions"] = len(held)
    figures["exceptions"] = scene.counts(
        f"{message.system_id.code} {message.fault_code}" for message in held
    )
    breaches = [
        f"a person would not know what to do: {message.id} {message.fault_code}"
        for message in held
        if not (message.fault_fix or message.exception_id.fix)
        or message.exception_id.state != "open"
    ]
    told, wrong = Told(env, here, held), _wrong(env, here, made)
    figures["orders that are not right yet"] = len(wrong)
    breaches += [
        f"order {order}: {'; '.join(what)}, and nobody is told"
        for order, what in wrong.items()
        if not told.of(*_words(env, here, order))
    ]
    return breaches + _once(here) + _invariants(env, here)


def at_the_end(env, here, made, partner, figures):
    """All is right everywhere, nothing is open, nothing happened twice, and all sums agree."""
    labelled = env["stock.picking"].search([("seam_shipment_ids", "!=", False)])
    with_pickings = _WithPickings(here, labelled.ids)
    return [
        *[
            f"still held: {message.id} {message.flow_id.display_name} {message.fault_code}: "
            f"{message.fault_message}"
            for message in failed(env, here)
        ],
        *[f"order {o}: {'; '.join(what)}" for o, what in _wrong(env, here, made, True).items()],
        *audit.against_answers(env, here.flow.id, partner),
        *warehouse_audit.both_sides(env, here),
        *carrier_audit.books(env, with_pickings),
        *_deals(env, here),
        *_customers(env, here),
        *_totals(env, here, made, figures),
        *_once(here),
        *_invariants(env, here),
    ]


class _WithPickings:
    """The scene as the carrier's audit knows it."""

    def __init__(self, here, pickings):
        self.carrier, self.flows, self.pickings = here.carrier, here.flows, pickings


# -- one order -----------------------------------------------------------------------------


def _wrong(env, here, made, invoiced=False):
    """{id in the shop: [what is not as it should be]}"""
    sales = warehouse_audit.sales(env, here)
    wrong = {}
    for order in made:
        sale = sales.get(str(order["id"]))
        what = _what_is_wrong(env, here, order, sale, invoiced) if sale else ["it is not in Odoo"]
        if what:
            wrong[str(order["id"])] = what
    for id_ in set(sales) - {str(order["id"]) for order in made}:
        wrong[id_] = ["the shop does not know it"]
    return wrong


def _what_is_wrong(env, here, order, sale, invoiced):
    what = []
    if (sale.state, f"{sale.amount_total:.2f}") != ("sale", order["total"]):
        what.append(f"{sale.name} is {sale.state}, {sale.amount_total} for {order['total']}")
    what += [
        f"{line.qty_delivered} of {line.product_uom_qty} {line.product_id.default_code} have left"
        for line in sale.order_line
        if line.product_id.is_storable and line.qty_delivered != line.product_uom_qty
    ]
    left = sale.picking_ids.filtered(
        lambda picking: picking.state == "done" and picking.picking_type_id.code == "outgoing"
    )
    for picking in left:
        what += _parcels_wrong(here, picking)
        what += _notes_wrong(here, order, picking)
    if left and here.shop.store.statuses()[order["id"]] != "completed":
        what.append("it is not completed in the shop")
    return what + _deal_wrong(env, here, sale, "invoiced" if invoiced else "confirmed")


def _parcels_wrong(here, picking):
    """Each part that left has one label, and its parcels have come to their end."""
    live = picking.seam_shipment_ids.filtered(lambda shipment: shipment.state != "void")
    if len(live) != 1 or live.state != "bought":
        return [f"{picking.name} has labels {live.mapped('state')}"]
    return [
        f"parcel {parcel.tracking} is {parcel.status}, {theirs} for the carrier"
        for parcel in live.parcel_ids
        if (theirs := here.carrier.books.parcel(parcel.tracking)[1]["scans"][-1]["status"])
        != parcel.status
        or parcel.status not in ENDS
    ]


def _notes_wrong(here, order, picking):
    """The shop was told of each part, and once that it arrived: news that overtook that it left stand for both."""
    notes = [note["note"] for note in here.shop.store.notes(order["id"])]
    sent = sum(f"Shipment {picking.name}" in note and "delivered on" not in note for note in notes)
    arrived = sum(f"Shipment {picking.name} was delivered on" in note for note in notes)
    wanted = int(bool(picking.seam_delivered_at))
    return (
        []
        if arrived == wanted and sent <= 2 and (sent or arrived)
        else [f"{picking.name} is told {sent} and {arrived} times in the shop"]
    )


def _deal_wrong(env, here, sale, state):
    """The CRM has the order as one deal, with its customer and how far it has come."""
    deal = sale.opportunity_id
    if not deal:
        return ["it has no deal"]
    there = _theirs(env, here, deal)
    if not there:
        return ["its deal is not in the CRM"]
    what = []
    customer = there["fields"].get("contact") or there["fields"].get("company")
    if there["status"] != "won" or not customer:
        what.append(f"its deal is {there['status']} in the CRM, for {customer}")
    wanted = [(sale.name, state, sale.amount_total)]
    told = [(each["number"], each["state"], each["amount"]) for each in there["orders"]]
    return what + ([f"the CRM knows of {told}, not {wanted}"] if told != wanted else [])


def _theirs(env, here, record):
    """The CRM's record of one of Odoo's, or None"""
    binding = env["seam.binding"].search(
        [
            ("system_id.code", "=", "crm"),
            ("res_model", "=", record._name),
            ("res_id", "=", record.id),
        ]
    )
    kinds = ["deal"] if record._name == "crm.lead" else ["company", "contact"]
    for kind in kinds:
        found = here.crm.books.records[kind].get(binding[:1].external_id)
        if found:
            return found
    return None


# -- whether somebody is told ----------------------------------------------------------------


class Told:
    """Who is told of what: the messages that need a person, what waits behind them, and decisions.

    A document that is held names its record, or is about one of Odoo's; of a scan that lost its parcel's number
    the carrier says whose it was.
    """

    def __init__(self, env, here, held):
        behind = env["seam.message"].search(
            [("predecessor_id", "in", held.ids), ("state", "=", "waiting")]
        )
        self.records, self.bodies = set(), []
        for message in held | behind:
            self.records.add((message.res_model, message.res_id))
            self.bodies.append(message.ordering_key or "")
            self.bodies.append((message._body_bytes() or b"").decode(errors="replace"))
            if message.key in here.carrier.messenger.drifted:
                _flow, parcel, _document = here.carrier.messenger.drifted[message.key]
                self.bodies.append(parcel)
        holds = env["stock.picking"].search(
            [("seam_hold", "=", True), ("state", "not in", ("done", "cancel"))]
        )
        for picking in holds.filtered("activity_ids"):
            self.records.add(("stock.picking", picking.id))

    def of(self, records, words):
        if any((record._name, record.id) in self.records for record in records):
            return True
        return any(
            json.dumps(word) in body or word == body or f"/{word}" in body
            for word in words
            for body in self.bodies
        )


def _words(env, here, id_):
    """(records, words) by which an exception may be about an order of the shop"""
    sale = warehouse_audit.sales(env, here).get(id_)
    if not sale:
        return [], [id_]
    shipments = sale.picking_ids.seam_shipment_ids
    customers = sale.partner_id | sale.partner_id.commercial_partner_id
    records = [sale, *sale.picking_ids, *shipments, *sale.opportunity_id, *customers]
    theirs = [_theirs(env, here, record) for record in (*sale.opportunity_id, *customers)]
    words = [
        id_,
        sale.name,
        *sale.picking_ids.mapped("name"),
        *sale.picking_ids.filtered("seam_reference").mapped("seam_reference"),
        *shipments.mapped("name"),
        *shipments.parcel_ids.filtered("tracking").mapped("tracking"),
        *[record["id"] for record in theirs if record],
    ]
    return records, words


# -- the CRM -----------------------------------------------------------------------------------


def _deals(env, here):
    """What was won in the CRM is one order here, shipped and told back."""
    breaches = []
    for id_ in here.deals:
        there = here.crm.books.records["deal"][id_]
        bound = env["seam.binding"]._find(_crm(env).id, "crm.lead", [id_])
        orders = bound[id_].order_ids if id_ in bound else env["sale.order"]
        if len(orders) != 1 or orders.state != "sale":
            breaches.append(f"deal {id_} has the orders {orders.mapped('state')}")
            continue
        wanted = {line["sku"]: line["quantity"] for line in there["lines"]}
        left = {line.product_id.default_code: line.qty_delivered for line in orders.order_line}
        if left != wanted:
            breaches.append(f"deal {id_}: {left} have left for {wanted}")
        told = [(each["number"], each["state"], each["amount"]) for each in there["orders"]]
        if told != [(orders.name, "invoiced", orders.amount_total)]:
            breaches.append(f"deal {id_}: the CRM knows of {told}")
    return breaches


def _customers(env, here):
    """Both sides say the same of every customer, and bindings are one to one."""
    system, breaches = _crm(env), []
    bindings = env["seam.binding"].search(
        [("system_id", "=", system.id), ("res_model", "=", "res.partner")]
    )
    twice = collections.Counter(bindings.mapped("res_id"))
    breaches += [f"partner {id_} has {n} ids in the CRM" for id_, n in twice.items() if n > 1]
    there = {**here.crm.books.records["contact"], **here.crm.books.records["company"]}
    known = set(bindings.mapped("external_id"))
    breaches += [
        f"{id_} of the CRM is not known here"
        for id_, record in there.items()
        if id_ not in known and not record["deleted"]
    ]
    for binding in bindings:
        partner = env["res.partner"].browse(binding.res_id)
        breaches += [
            f"{partner.display_name}: {what}"
            for what in _differences(env, system, partner, there[binding.external_id])
        ]
    return breaches


def _differences(env, system, partner, record):
    from odoo.addons.seam_crm.models.values import comparable, to_odoo

    document = "crm-company" if partner.is_company else "crm-contact"
    code = partner.country_id.code or env.company.country_id.code
    for line in env["seam.crm.field"]._lines(system.id, document):
        if line.kind not in PLAIN or (partner.parent_id and line.name in ("street", "city", "zip")):
            continue
        ours = comparable(line.kind, partner[line.odoo], code)
        told = record["fields"].get(line.name)
        theirs = comparable(line.kind, to_odoo(line.kind, told), code)
        if ours != theirs:
            yield f"{line.name} is {ours!r} here, {theirs!r} in the CRM"


def _crm(env):
    return env.ref("seam_demo.system_crm")


# -- once, and to the cent ---------------------------------------------------------------------


def _once(here):
    """No effect twice at any partner, and no echo goes round."""
    books = here.crm.books
    with books.lock:
        keys = dict(books.keys)
        made = collections.Counter(
            (kind, record["odoo_id"])
            for kind, records in books.records.items()
            for record in records.values()
            if record["odoo_id"] and not record["deleted"]
        )
    return [
        *[
            f"the CRM did {key} {x['effects']} times"
            for key, x in keys.items()
            if x["effects"] != 1
        ],
        *[f"the CRM has {name} {n} times" for name, n in made.items() if n > 1],
        *[f"Odoo wrote {id_} {n} times" for id_, n in books.writes.items() if n > MOST_WRITES],
        *[f"Odoo told {id_} {n} times nothing new" for id_, n in books.idle.items()
          if n > MOST_IDLE],
        *warehouse_audit.effects(here.wms),
        *carrier_audit.once(here),
        *[
            f"done {count} times in the shop: {what}"
            for what, count in here.shop.desk.effects.items()
            if count > 1
        ],
    ]  # fmt: skip


def _totals(env, here, made, figures):
    """Shop, sales orders, invoices and the CRM's deals are worth the same."""
    sales = warehouse_audit.sales(env, here)
    orders = env["sale.order"].union(*sales.values())
    deals = [_theirs(env, here, order.opportunity_id) for order in orders]
    invoices = orders.invoice_ids.filtered(lambda invoice: invoice.state == "posted")
    sums = {
        "the shop": sum(float(order["total"]) for order in made),
        "sales orders": sum(orders.mapped("amount_total")),
        "invoices": sum(invoices.mapped("amount_total")),
        "the CRM": sum(each["amount"] for deal in deals if deal for each in deal["orders"]),
    }
    sums = {name: f"{value:.2f}" for name, value in sums.items()}
    figures["worth"] = sums["the shop"]
    return [f"totals differ: {sums}"] if len(set(sums.values())) > 1 else []


def _invariants(env, here):
    flows = env["seam.flow"].browse(here.all_flows())
    # A scan that is known already is superseded by itself: see carrier_audit.
    states = flows.filtered(
        lambda flow: (
            (flow.carries, flow.direction) == ("state", "in")
            and flow.id != here.flows["carrier/tracking"]
        )
    )
    breaches = audit.check(env, states.ids, effects=False)
    breaches += [
        sentence
        for sentence in audit.check(env, (flows - states).ids, effects=False)
        if not sentence.startswith(warehouse_audit.NOT_OF_EVENTS)
    ]
    return [
        sentence
        for sentence in breaches
        if not sentence.endswith(("'sent')", warehouse_audit.AT_THE_DOOR))
    ]
