"""What must hold between Odoo and the warehouse. Each check returns sentences, none if all is well."""

from simulators.warehouse.shelf import clean
from tests.chaos import audit, scene

# Of an event there is nothing newer: one that came again is superseded by what it was before. And what we send
# is superseded where there is nothing (any more) to tell.
NOT_OF_EVENTS = "superseded though nothing newer came in"
# What is refused as it comes in was never in another state: its story begins with that.
AT_THE_DOOR = "'failed', None, None)"


def before_anybody_looks(env, here, figures):
    """Every transfer is the same on both sides, or somebody is told why not, and what to do."""
    held = _held(env, here)
    figures["held by exceptions"] = len(held)
    figures["exceptions"] = scene.counts(code for code, *_rest in held)
    breaches = [
        f"a person would not know what to do: {row[:4]}"
        for row in held
        if not row[1] or row[2] != "open"
    ]
    ours, theirs, decisions = _moved(env), _told(here.wms), _decisions(env)
    different = _differences(ours, theirs)
    figures["transfers that differ, and are held"] = len(different)
    figures["transfers that wait for a decision"] = len(decisions)
    breaches += [
        f"{name}: {ours.get(name)} here, {theirs.get(name)} there, and nobody is told"
        for name in different
        if name not in decisions and not any(name in body for *_rest, body in held)
    ]
    return breaches + _invariants(env, here)


def at_the_end(env, here, made, partner):
    """All is right, nothing is open, and nothing happened twice."""
    return [
        *[f"still held: {row[:4]}" for row in _held(env, here)],
        *_invariants(env, here),
        *audit.against_answers(env, here.flow.id, partner),
        *_orders(env, here, made),
        *both_sides(env, here),
        *_way_back(env, here, made),
        *effects(here.wms),
    ]


def both_sides(env, here):
    """What left, what lies there and what is confirmed is the same on both sides."""
    ours, theirs = _moved(env), _told(here.wms)
    return [
        *[
            f"{name}: {ours.get(name)} here, {theirs.get(name)} at the warehouse"
            for name in _differences(ours, theirs)
        ],
        *_stock(env, here.wms),
        *_unconfirmed(env, here),
        *_activities(env),
    ]


def on_hand(env):
    """{sku: {lot or "": number}} of all that lies in the warehouse that the partner runs."""
    env.cr.execute(
        """
        SELECT p.default_code, coalesce(l.name, ''), sum(q.quantity)
          FROM stock_quant q JOIN product_product p ON p.id = q.product_id
          JOIN stock_location o ON o.id = q.location_id
          LEFT JOIN stock_lot l ON l.id = q.lot_id
         WHERE o.parent_path LIKE %s AND o.usage = 'internal' AND p.default_code IS NOT NULL
         GROUP BY 1, 2 HAVING sum(q.quantity) <> 0
        """,
        [env.ref("seam_demo.warehouse_north").view_location_id.parent_path + "%"],
    )
    found = {}
    for sku, lot, count in env.cr.fetchall():
        found.setdefault(sku, {})[lot] = clean(count)
    return found


# -- the two sides -----------------------------------------------------------------------


def _moved(env):
    """{reference: {sku: number}} of what is done in Odoo"""
    env.cr.execute(
        """
        SELECT t.seam_reference, p.default_code, sum(m.quantity) FROM stock_move m
          JOIN stock_picking t ON t.id = m.picking_id JOIN product_product p ON p.id = m.product_id
         WHERE m.state = 'done' AND t.seam_reference IS NOT NULL GROUP BY 1, 2
        """
    )
    found = {}
    for name, sku, count in env.cr.fetchall():
        found.setdefault(name, {})[sku] = clean(count)
    return found


def _told(wms):
    """{reference: {sku: number}} of what left or came by the warehouse's books"""
    found = {}
    with wms.books.lock:
        for record in [
            *wms.books.records["delivery"].values(),
            *wms.books.records["notice"].values(),
        ]:
            for paper in record["papers"]:
                for line in paper["lines"]:
                    counts = found.setdefault(record["id"], {})
                    counts[line["sku"]] = clean(counts.get(line["sku"], 0) + line["quantity"])
    return found


def _differences(ours, theirs):
    names = sorted(set(ours) | set(theirs))
    return [name for name in names if ours.get(name, {}) != theirs.get(name, {})]


def _held(env, here):
    """(code, fix, the case's state, sentence, body) of every message that needs a person"""
    failed = env["seam.message"].search(
        [("flow_id", "in", [*here.flows.values(), here.flow.id]), ("state", "=", "failed")]
    )
    return [
        (
            message.fault_code,
            message.fault_fix or message.exception_id.fix,
            message.exception_id.state,
            message.fault_message,
            (message._body_bytes() or b"").decode(errors="replace"),
        )
        for message in failed
    ]


def _decisions(env):
    """References of transfers whose rest waits for a person, who was asked"""
    held = env["stock.picking"].search(
        [("seam_hold", "=", True), ("state", "not in", ("done", "cancel"))]
    )
    return set(held.filtered("activity_ids").mapped("seam_reference"))


# -- what must hold -----------------------------------------------------------------------


def _invariants(env, here):
    states = [env["seam.flow"].browse(id_) for id_ in (*here.flows.values(), here.flow.id)]
    states = [flow.id for flow in states if (flow.carries, flow.direction) == ("state", "in")]
    flows = [*here.flows.values(), here.flow.id]
    breaches = audit.check(env, states, effects=False)
    rest = [flow for flow in flows if flow not in states]
    breaches += [
        sentence
        for sentence in audit.check(env, rest, effects=False)
        if not sentence.startswith(NOT_OF_EVENTS)
    ]
    # What waits for the partner's confirmation is in a state that we know.
    return [sentence for sentence in breaches if not sentence.endswith(("'sent')", AT_THE_DOOR))]


def _orders(env, here, made):
    """Every order of the shop is confirmed once with its total, and all its goods have left."""
    env.cr.execute(
        """
        SELECT b.external_id, s.state, s.amount_total, s.id FROM seam_binding b
          JOIN sale_order s ON s.id = b.res_id JOIN seam_flow f ON f.system_id = b.system_id
         WHERE f.id = %s AND b.res_model = 'sale.order'
        """,
        [here.flow.id],
    )
    found = {key: (state, float(total), id_) for key, state, total, id_ in env.cr.fetchall()}
    breaches, sold, wanted_sum = [], 0, 0
    for order in made:
        wanted = ("sale", float(order["total"]))
        state, total, id_ = found.get(str(order["id"]), (None, None, None))
        if (state, total) != wanted:
            breaches.append(f"order {order['id']}: {(state, total)} for {wanted}")
            continue
        sold, wanted_sum = sold + total, wanted_sum + wanted[1]
        for line in env["sale.order"].browse(id_).order_line:
            if line.product_id.is_storable and line.qty_delivered != line.product_uom_qty:
                breaches.append(
                    f"order {order['id']}: {line.qty_delivered} of {line.product_uom_qty}"
                    f" {line.product_id.default_code} have left"
                )
    if len(found) != len(made):
        breaches.append(f"{len(found)} sales orders for {len(made)} orders")
    if round(sold - wanted_sum, 2):
        breaches.append(f"the orders are worth {sold:.2f} here, {wanted_sum:.2f} in the shop")
    return breaches


def _way_back(env, here, made):
    """The shop was told once of every parcel, of every order that left, and of what is left to sell."""
    shop, statuses = here.shop, here.shop.store.statuses()
    breaches = [
        f"done {count} times in the shop: {what}"
        for what, count in shop.desk.effects.items()
        if count > 1
    ]
    for order, sale in sales(env, here).items():
        left = sale.picking_ids.filtered(
            lambda p: p.state == "done" and p.picking_type_id.code == "outgoing"
        )
        if left and statuses[int(order)] != "completed":
            breaches.append(f"order {order} has left and is {statuses[int(order)]} in the shop")
        notes = [note["note"] for note in shop.store.notes(int(order))]
        breaches += [
            f"order {order}: {picking.name} is told {told} times in the shop"
            for picking in left.filtered("carrier_tracking_ref")
            if (told := sum(f"Shipment {picking.name}:" in note for note in notes)) != 1
        ]
    levels = shop.store.levels()
    bound = env["seam.binding"].search(
        [
            ("system_id.code", "=", "shop"),
            ("res_model", "=", "product.product"),
            ("external_id", "=like", "#%"),
        ]
    )
    for binding in bound:
        free = int(env["product.product"].browse(binding.res_id).free_qty)
        told = levels.get(int(binding.external_id.removeprefix("#")))
        if told is not None and told != free:
            breaches.append(f"{binding.external_id}: {told} in the shop, {free} can be sold")
    return breaches


def sales(env, here):
    """dict the shop's id → sale.order"""
    bound = env["seam.binding"].search(
        [
            ("system_id", "=", env["seam.flow"].browse(here.flow.id).system_id.id),
            ("res_model", "=", "sale.order"),
        ]
    )
    return {x.external_id: env["sale.order"].browse(x.res_id) for x in bound}


def _stock(env, wms):
    """Each lot of each product: as many here as there."""
    (theirs,) = wms.books.shelf.on_hand.values()
    here, there = (
        {(sku, lot): count for sku, lots in side.items() for lot, count in lots.items()}
        for side in (on_hand(env), theirs)
    )
    return [
        f"stock of {' '.join(key)}: {here.get(key, 0)} here, {there.get(key, 0)} there"
        for key in sorted(set(here) | set(there))
        if here.get(key, 0) != there.get(key, 0)
    ]


def _unconfirmed(env, here):
    env.cr.execute(
        "SELECT id, ordering_key FROM seam_message WHERE flow_id = ANY(%s) AND state = 'sent'",
        [list(here.flows.values())],
    )
    return [f"never confirmed: {row}" for row in env.cr.fetchall()]


def _activities(env):
    """Nobody is asked to decide what is done already."""
    done = env["stock.picking"].search(
        [("seam_reference", "!=", False), ("state", "in", ("done", "cancel"))]
    )
    asked = done.activity_ids.filtered(lambda activity: "warehouse" in (activity.summary or ""))
    return [f"{len(asked)} decisions are asked for on transfers that are done"] if asked else []


def effects(wms):
    """The warehouse did nothing twice: by key, and by revision of a request."""
    keys, subjects = wms.books.keys, {}
    for key, known in keys.items():
        if known["what"] != "product":
            subjects.setdefault((known["what"], known["subject"]), []).append(key)
    return [
        *[
            f"{key} took effect {x['effects']} times"
            for key, x in keys.items()
            if x["effects"] != 1
        ],
        *[f"{name} came under {len(k)} keys" for name, k in subjects.items() if len(k) > 1],
    ]
