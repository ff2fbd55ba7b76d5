import os
import signal
import time

from odoo import fields, models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity


class Died(BaseException):
    """Stands in for the end of a worker where the test shares its process."""


class Switch:
    """Whether documents fail as they say; off, each of them goes through."""

    on = True


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    handler = fields.Selection(
        selection_add=[
            ("seam.handler.chaos", "Count effects"),
            ("seam.handler.chaos.partner", "Make contacts"),
            ("seam.handler.chaos.out", "Tell of shared records"),
        ],
        ondelete={
            "seam.handler.chaos": "cascade",
            "seam.handler.chaos.partner": "cascade",
            "seam.handler.chaos.out": "cascade",
        },
    )


class SeamHandlerChaos(models.AbstractModel):
    """Notes each document it applies, and fails where the document says so.

    A document is ``{"id", "v", "n", "amount", "do", "tries", "shared"}``: ``do`` names
    the mishap, ``tries`` how often it happens (without: each time).
    """

    _name = "seam.handler.chaos"
    _inherit = "seam.handler"
    _description = "Count effects"

    _bound_model = "seam.chaos.shared"

    def _identify(self, document):
        return Identity(document.get("id"), document.get("v"), label=document.get("id"))

    def _apply(self, letters):
        for letter in letters:
            self._alone(letter.identity.key)
            if letter.document.get("do") == "refuse" and self._due(letter):
                letter.refuse(Fault("business.rule", "Refused.", subject="refuse"))
                continue
            self._note(letter)
            letter.done(self._record(letter))
            if self._due(letter):
                self._mishap(letter)

    def _alone(self, key):
        """Two workers in the documents of one key at once is what must never be."""
        if key is None:
            return
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(hashtext(%s))", [key])
        if not self.env.cr.fetchone()[0]:
            raise Fault("bug.handler", f"Not alone with {key}.", subject="not alone")

    def _note(self, letter):
        document = letter.document
        if document.get("shared"):
            self._share(document["shared"])
        self.env.cr.execute(
            "INSERT INTO seam_chaos_effect (message_id, key, version, serial, amount)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                letter.message_id,
                document.get("id") or "",
                document.get("v"),
                document.get("n"),
                document.get("amount"),
            ],
        )

    def _record(self, letter):
        key = letter.identity.key
        return self._share(key) if key else None

    def _share(self, name):
        """Search, then create: what handlers should not do, and do."""
        Shared = self.env["seam.chaos.shared"]
        return Shared.search([("name", "=", name)]) or Shared.create({"name": name})

    def _due(self, letter):
        often = letter.document.get("tries")
        return Switch.on and (often is None or letter.tries <= often)

    def _mishap(self, letter):
        what = letter.document.get("do")
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "hang":
            time.sleep(3600)
        if what == "sleep":
            time.sleep(letter.document.get("seconds", 0.05))
        if what == "die":
            raise Died
        if what == "bug":
            raise ValueError("A mistake in the handler.")
        if what == "later":
            raise Fault("transport.timeout", "Not now.", retry_after=0.2)


class SeamHandlerChaosPartner(models.AbstractModel):
    """Makes a contact of each document, so that twice and never can be counted."""

    _name = "seam.handler.chaos.partner"
    _inherit = "seam.handler.chaos"
    _description = "Make contacts"

    _bound_model = "res.partner"

    def _record(self, letter):
        if letter.binding:
            return letter.binding._record()
        return self.env["res.partner"].create(
            {"name": letter.identity.key, "ref": letter.identity.key}
        )


class SeamHandlerChaosOut(models.AbstractModel):
    """Tells a partner of a record: what has no id of his in it, he makes."""

    _name = "seam.handler.chaos.out"
    _inherit = "seam.handler"
    _description = "Tell of shared records"

    _direction = "out"
    _sources = ("seam.chaos.shared",)

    def _build(self, records, topic):
        flow = self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])
        bindings = self.env["seam.binding"].sudo()
        found = bindings.search(
            [
                ("system_id", "=", flow.system_id.id),
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
            ]
        )
        known = {binding.res_id: binding.external_id for binding in found}
        return [
            {
                "name": record.name,
                "version": record.version,
                **({"id": known[record.id]} if record.id in known else {}),
            }
            for record in records
        ]
