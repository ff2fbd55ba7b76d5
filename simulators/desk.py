"""The shop at work: makes orders, changes them, sends webhooks; rightly, or wrongly when asked to."""

import collections
import datetime
import http.client
import random
import threading
import time
import urllib.parse

from simulators import changes, mistakes, rest_changes, webhook

# What `python -m simulators.shop` sends when it is not told otherwise, in parts of a hundred.
GENTLE_MIX = {
    "good": 80,
    "update": 4,
    "paid": 3,
    "doubled": 3,
    "reordered": 2,
    "late": 2,
    "cancel": 1,
    "refund": 1,
    "unknown_sku": 2,
    "off_by_a_cent": 1,
    "renamed_field": 1,
}
# The first orders of an empty shop, so that there is something of each to look at.
OPENING = ["good", "good", "unknown_sku", "good", "doubled", "good", "off_by_a_cent", "reordered"]


class Desk:
    """Sends what a shop sends to `target`.

    shop     shop.Shop
    store    store.Store
    target   address of Seam's flow for orders
    secrets  as secret_file.ensure gives them
    timeout  seconds a webhook waits for its answer; WooCommerce does not send it again
    lateness seconds by which a late webhook is late
    """

    def __init__(self, shop, store, target, secrets, timeout=20, lateness=20, seed=None):
        self.shop, self.store, self.target = shop, store, target
        self.secret = secrets["webhook_secret"]
        self.keys = (secrets["consumer_key"], secrets["consumer_secret"])
        self.timeout, self.lateness = timeout, lateness
        self.mix = dict(GENTLE_MIX)
        self.chance = random.Random(seed)
        # What was done from outside, and how often.
        self.effects = collections.Counter()
        self._making = threading.Lock()
        self._late = set()
        # Grep finds them: the one list of what can be sent.
        self.kinds = {
            "good": self._good,
            "unknown_sku": self._unknown_sku,
            "off_by_a_cent": self._off_by_a_cent,
            "renamed_field": self._renamed_field,
            "retyped_field": self._retyped_field,
            "doubled": self._doubled,
            "reordered": self._reordered,
            "late": self._send_late,
            "unsent": self._unsent,
            "timeout": self._timeout,
            "update": self._update,
            "paid": self._paid,
            "complete": self._complete,
            "cancel": self._cancel,
            "refund": self._refund,
            "delete": self._delete,
            "bad_signature": self._bad_signature,
            "not_json": self._not_json,
            "ping": self._ping,
        }

    def send(self, kind, count=1):
        """Send `count` of a kind; returns the deliveries as dicts, in the order they were answered."""
        act = self.kinds[kind]
        return [delivery for _ in range(count) for delivery in act()]

    def some_kind(self):
        """A kind, by the mix."""
        kinds = [kind for kind, weight in self.mix.items() if weight > 0]
        return self.chance.choices(kinds, [self.mix[kind] for kind in kinds])[0]

    def touch_some_order(self):
        """Change an order without telling anybody, as a plugin of the shop may."""
        order = self.store.some_order(self.chance, "1 = 1")
        if order:
            self._save(changes.note(self.shop.builder, order, _later(order)))

    def make(self, unknown_sku=False):
        """Take an order and tell nobody of it: who asked for it does. Returns it."""
        products = self.shop.catalogue.unknown_products[:1]
        return self._new("made", **({"products": products} if unknown_sku else {}))

    def close(self):
        for timer in list(self._late):
            timer.cancel()

    # -- orders, right and wrong -----------------------------------------------------

    def _good(self):
        return [self._deliver("good", "order.created", self._new("good"))]

    def _unknown_sku(self):
        """Something that is on sale in the shop already and not yet in the ERP."""
        product = self.chance.choice(self.shop.catalogue.unknown_products)
        order = self._new("unknown_sku", products=[product])
        return [self._deliver("unknown_sku", "order.created", order)]

    def _off_by_a_cent(self):
        return self._wrong("off_by_a_cent", mistakes.off_by_a_cent)

    def _renamed_field(self):
        return self._wrong("renamed_field", mistakes.renamed_field)

    def _retyped_field(self):
        return self._wrong("retyped_field", mistakes.retyped_field)

    def _wrong(self, kind, spoil):
        """The shop keeps it as wrong as it sends it: who asks for the order gets the same."""
        order = self._new(kind, spoil=spoil)
        return [self._deliver(kind, "order.created", order)]

    def _bad_signature(self):
        order = self._new("bad_signature")
        return [self._deliver("bad_signature", "order.created", order, secret="somebody else's")]

    def _not_json(self):
        """A notice of PHP in front of the document, as a badly set up shop sends it."""
        order = self._new("not_json")
        content = b"<br />\n<b>Notice</b>: Undefined index\n" + webhook.body(order)
        return [self._post("not_json", "order.created", order["id"], content)]

    # -- at the wrong time -----------------------------------------------------------

    def _doubled(self):
        """Two deliveries of the same bytes at once."""
        order = self._new("good")
        answers = []

        def once():
            answers.append(self._deliver("doubled", "order.created", order))

        threads = [threading.Thread(target=once) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def _reordered(self):
        """The update of an order comes before its creation."""
        made = _now() - datetime.timedelta(seconds=60)
        created = self._new("good", when=made)
        updated = self._save(changes.note(self.shop.builder, created, _now()))
        return [
            self._deliver("reordered", "order.updated", updated),
            self._deliver("reordered", "order.created", created),
        ]

    def _send_late(self):
        """The order is there now; its webhook comes later. Returns nothing yet."""
        order = self._new("good")
        timer = threading.Timer(
            self.lateness, lambda: self._deliver("late", "order.created", order)
        )
        timer.daemon = True
        self._late = {each for each in self._late if each.is_alive()} | {timer}
        timer.start()
        return []

    def _unsent(self):
        """An order whose webhook is never sent: only who asks for it gets it."""
        self._new("good")
        return []

    def _timeout(self):
        """The shop does not wait for the answer; whether the webhook arrived, it does not know."""
        return [self._deliver("timeout", "order.created", self._new("good"), timeout=0.001)]

    # -- what happens to an order later ------------------------------------------------

    def _update(self):
        order = self._earlier()
        change = changes.more if order["is_editable"] else changes.note
        return [self._changed("update", change(self.shop.builder, order, _later(order)))]

    def _paid(self):
        order = self._earlier("status = 'on-hold' AND kind = 'good'", status="on-hold")
        return [self._changed("paid", changes.pay(self.shop.builder, order, _later(order)))]

    def _complete(self):
        order = self._earlier()
        done = changes.complete(self.shop.builder, order, _later(order))
        return [self._changed("complete", done)]

    def _cancel(self):
        order = self._earlier()
        return [self._changed("cancel", changes.cancel(self.shop.builder, order, _later(order)))]

    def _refund(self):
        """WooCommerce has no webhook for refunds: the order is sent again, naming them."""
        order = self._earlier(
            "status = 'processing' AND kind = 'good' AND body LIKE '%\"refunds\": []%'"
        )
        with self._making:
            order, refund = changes.refund(
                self.shop.builder, order, _later(order), self.store.next_refund()
            )
            self.store.save_refund(refund)
        return [self._changed("refund", order)]

    def _delete(self):
        order = self._earlier()
        self.store.delete(order["id"])
        return [self._deliver("delete", "order.deleted", {"id": order["id"]})]

    def _ping(self):
        """What WooCommerce sends when the address of a webhook is saved: a form, not signed."""
        headers = {
            "User-Agent": "WooCommerce/9.4.2 Hookshot (WordPress/6.7.1)",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return [self._post("ping", "", None, b"webhook_id=1", headers)]

    # -- from outside, over REST -----------------------------------------------------

    def change_from_outside(self, order, status):
        """Somebody set the status; the webhook follows by itself. Returns the changed order."""
        self.effects[f"status/{order['id']}/{status}"] += 1
        return self._tell_later(changes.set_status(self.shop.builder, order, _later(order), status))

    def refund_from_outside(self, order, amount, body):
        """Somebody refunded a part of it, or all. Returns the refund."""
        self.effects[f"refund/{order['id']}/{body.get('reason')}"] += 1
        with self._making:
            order, refund = rest_changes.refund_document(
                self.shop.builder, order, amount, body, self.store.next_refund(), _later(order)
            )
            self.store.save_refund(refund)
        self._tell_later(order)
        return refund

    def note_from_outside(self, order, note):
        """Somebody wrote a note. Returns it with its id."""
        self.effects[f"note/{order['id']}/{note['note']}"] += 1
        return self.store.save_note(order["id"], note)

    def _tell_later(self, order):
        """Keep the order, and send its webhook when the call is answered."""
        self._save(order)
        args = "update", "order.updated", order
        threading.Thread(target=self._deliver, args=args, daemon=True).start()
        return order

    # -- the shop's own steps ----------------------------------------------------------

    def _new(self, kind, spoil=None, when=None, **wishes):
        """Make the next order and keep it; it is returned as it is kept."""
        with self._making:
            number = self.store.next_number()
            wishes["when"] = when or _now()
            order = self.shop.build_order(number, **wishes)
            if order["payment_method"] == "bacs" and kind == "good":
                order = self.shop.build_order(number, **{**wishes, "status": "on-hold"})
            order = spoil(order) if spoil else order
            self.store.save(number, kind, order)
        return order

    def _earlier(self, condition=None, **wishes):
        """An order that was sent before; where there is none, one is made and sent first."""
        order = self.store.some_order(self.chance, *([condition] if condition else []))
        if not order:
            order = self._new("good", **wishes)
            self._deliver("good", "order.created", order)
        return order

    def _save(self, order):
        self.store.save(None, "good", order)
        return order

    def _changed(self, kind, order):
        return self._deliver(kind, "order.updated", self._save(order))

    # -- webhooks ----------------------------------------------------------------------

    def _deliver(self, kind, topic, payload, secret=None, timeout=None):
        content = webhook.body(payload)
        headers = webhook.headers(topic, content, secret or self.secret, self.shop.url + "/")
        return self._post(kind, topic, payload["id"], content, headers, timeout)

    def _post(self, kind, topic, order_id, content, headers=None, timeout=None):
        headers = headers or webhook.headers(topic, content, self.secret, self.shop.url + "/")
        begun = time.monotonic()
        status, answer, error = post(self.target, content, headers, timeout or self.timeout)
        delivery = {
            "at": _now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "kind": kind,
            "topic": topic,
            "order_id": order_id,
            "status": status,
            "answer": answer,
            "error": error,
            "ms": round((time.monotonic() - begun) * 1000),
        }
        self.store.log(**delivery)
        return delivery


def post(address, content, headers, timeout):
    """POST and return (status, answer's text, None), or (None, None, what went wrong)."""
    parts = urllib.parse.urlsplit(address)
    link = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        link.request("POST", parts.path, content, headers)
        answer = link.getresponse()
        return answer.status, answer.read(100_000).decode(errors="replace"), None
    except (OSError, http.client.HTTPException) as error:
        return None, None, str(error) or type(error).__name__
    finally:
        link.close()


def _now():
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)


def _later(order):
    """Now; at least a second after the order's last change, for WooCommerce counts in seconds."""
    last = datetime.datetime.fromisoformat(order["date_modified_gmt"] + "+00:00")
    return max(_now(), last + datetime.timedelta(seconds=1))
