"""Finding out whether a call took effect whose answer was lost.

Notes and refunds are made anew by each call, so they are looked for. Status and stock
are set, and may be set again.
"""

import html
import re

from odoo.addons.seam.engine.exchange import accepted, require_success

from . import const, mapper_out

PAGE = 100


def find_note(client, document):
    """:return: Answer, or None: the order has no such note"""
    path = f"{mapper_out.order_path(document)}/notes"
    wanted = _plain(mapper_out.note_text(document))
    # All notes come at once: WooCommerce has no pages of them.
    for note in require_success(client.request("GET", path), client.host).json():
        if _plain(note.get("note")) == wanted:
            return accepted(note="The shop has this note already.")
    return None


def find_refund(client, sending):
    """:return: Answer with the shop's id of the refund, or None: there is none"""
    path, page = f"{mapper_out.order_path(sending.document)}/refunds", 1
    while True:
        response = client.request("GET", path, params={"per_page": PAGE, "page": page})
        refunds = require_success(response, client.host).json()
        for refund in refunds:
            if key_of(refund) == sending.key:
                return accepted(str(refund["id"]), note="The shop has this refund already.")
        if len(refunds) < PAGE:
            return None
        page += 1


def key_of(refund):
    """:return: by what message of ours a refund was made, or None"""
    return next(
        (
            meta.get("value")
            for meta in refund.get("meta_data") or ()
            if meta.get("key") == const.META_KEY
        ),
        None,
    )


def _plain(text):
    """WordPress writes texts with tags and entities."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text or "")).split())
