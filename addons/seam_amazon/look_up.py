"""What became of a request: Amazon's answer to it, or to the question after a lost one. Pure,
but for the one question.

An order's number is ours and Amazon takes each one once. So a second creation makes no second
order, and what Amazon shows under the number tells whether the first had its effect.
"""

from odoo.addons.seam.engine.exchange import accepted, refused
from odoo.addons.seam.engine.fault import Fault

from . import const, errors, mapper, mapper_out, pull

NOTES = {
    "request": "Amazon has the order.",
    "change": "Amazon has the change. Lines that were taken off altogether: look whether they "
    "are gone in Seller Central.",
    "cancel": "Amazon cancels it.",
}


def about(document):
    words = {"request": "delivery", "change": "the change of", "cancel": "the cancellation of"}
    return f"{words[document['action']]} {document['number']}"


def taken(flow, sending):
    """:return: exchange.Answer of a request that Amazon took"""
    document = sending.document
    key = mapper_out.order_id(document["id"], flow.options)
    return accepted(key, NOTES[document["action"]])


def explained(document, fault):
    """Amazon names a line by its number there, which nobody sees: say what it is of.

    :return: the Fault, with the place of the line in the document
    """
    lines = {line["id"]: (n, line) for n, line in enumerate(document.get("lines", ()))}
    for error in fault.errors:
        for key in const.ITEM.findall(error["message"]):
            if key in lines:
                number, line = lines[key]
                error["pointer"] = f"/lines/{number}"
                fault.subject = f"amazon-sku:{line['sku']}"
                fault.message += (
                    f" Item {key} is {line['sku']} {line.get('name', '')}".rstrip() + "."
                )
    return fault


def doubt(document, response, fault):
    """A refusal that may mean that it was done before, or came too late.

    :return: Fault by which Amazon is asked how the order stands; or None
    """
    if fault.code != "transport.rejected":
        return None
    action = document["action"]
    said = " ".join(error["message"] for error in fault.errors)
    if action == "request" and not const.USED_BEFORE.search(said):
        return None
    if action == "change" and response.status == 404:
        return None
    if action == "change":
        return Fault(
            "order.conflict",
            fault.message,
            fix="Amazon changes an order only while it is on hold. Cancel the delivery in Odoo "
            "and make it anew; where it is too late for that, wait for what is shipped.",
            subject="amazon:change",
            errors=fault.errors,
        )
    return Fault(
        "transport.ambiguous",
        f"{fault.message} Amazon is asked how the order stands.",
        subject=fault.subject,
        errors=fault.errors,
    )


def ask(client, flow, sending):
    """:return: exchange.Answer, or None when it is to be sent (again). Runs beside other calls."""
    document = sending.document
    question = mapper_out.question(document, flow.options)
    response = client.request(question.method, question.path, headers=question.headers)
    key = mapper_out.order_id(document["id"], flow.options)
    if response.status == 404 or _is_unknown(response):
        return _unknown(document, key)
    wire = pull.payload(response, f"order {key}")
    if not (wire.get("fulfillmentOrder") or {}).get("fulfillmentOrderStatus"):
        raise pull.unreadable(f"order {key}")
    if document["action"] == "cancel":
        return _cancelled(wire, document, key)
    if document["action"] == "request" and document["revision"] > 1 and _is_dead(wire):
        return refused(_used_up(document, key))
    if _same(wire, document, flow.options):
        return accepted(key, "Amazon has it already.")
    if document["action"] == "change":
        return None
    return refused(
        Fault(
            "order.conflict",
            f"Amazon has an order {key} already, and it asks for other goods.",
            pointer="/id",
            fix="Look at it in Seller Central. If another Odoo made it, give this one a prefix "
            "of its own on the system.",
            subject="amazon:number",
        )
    )


def _is_dead(wire):
    return mapper.word(wire["fulfillmentOrder"]["fulfillmentOrderStatus"]) in const.DEAD


def _used_up(document, key):
    """Asked for anew under a number that Amazon has closed: it takes each one once."""
    return Fault(
        "order.conflict",
        f"Amazon has closed order {key}, and takes no second one of that number.",
        pointer="/id",
        fix=f"Cancel {document['number']} in Odoo, and make the delivery anew: it gets a new "
        "number.",
        subject="amazon:number",
    )


def _is_unknown(response):
    """The number is all that the question says, so that it is what is not valid."""
    told = errors.read(response)
    return response.status == 400 and bool(told) and told[0]["code"] == "InvalidInput"


def _unknown(document, key):
    if document["action"] == "cancel":
        return accepted(key, "Amazon has no such order: nothing is to be cancelled.", True)
    return None


def _cancelled(wire, document, key):
    status = wire["fulfillmentOrder"]["fulfillmentOrderStatus"]
    code = mapper.word(status)
    if code in const.DEAD:
        return accepted(key, f"Amazon ships nothing of it: {status}.", True)
    if code in const.CANCELLABLE:
        return None
    return refused(
        Fault(
            "order.conflict",
            f"It is too late to cancel delivery {document['number']}: Amazon has begun to pick "
            f"it, or has shipped it ({status}).",
            fix="Let it go: what was shipped comes as a shipment. Take the goods back as a "
            "return, or have the customer refuse the parcel.",
            subject="amazon:cancel",
            extra={"amazon_status": status},
        )
    )


def _same(wire, document, options):
    """Whether Amazon's order asks for these goods: by line, what was cancelled included."""
    there = {
        item.get("sellerFulfillmentOrderItemId"): (item.get("sellerSku"), item.get("quantity"))
        for item in wire.get("fulfillmentOrderItems") or ()
    }
    here = {
        item["sellerFulfillmentOrderItemId"]: (item["sellerSku"], item["quantity"])
        for item in mapper_out.changed(document, options)["items"]
    }
    return there == here
