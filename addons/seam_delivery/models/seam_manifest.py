from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

# Its message is at work, or comes again by itself.
IN_THE_AIR = ("pending", "working", "waiting", "sent")


class SeamManifest(models.Model):
    """The end of a day with a carrier: what its driver takes from one warehouse.

    A parcel is in one manifest. Its reference is in every call and never used again,
    so that a carrier who made it is not asked for a second one.
    """

    _name = "seam.manifest"
    _inherit = ["mail.thread", "seam.delivery.asked"]
    _description = "End of day manifest"
    _order = "id desc"
    _asked_by = "seam.handler.delivery.manifest"

    name = fields.Char("Reference", required=True, readonly=True)
    system_id = fields.Many2one(
        "seam.system",
        "Carrier",
        required=True,
        readonly=True,
        ondelete="restrict",
        groups="stock.group_stock_user,seam.group_seam_viewer",
    )
    carrier_name = fields.Char("Carrier's name", readonly=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    date = fields.Date("Pick-up", required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "To be handed in"),
            ("refused", "Refused"),
            ("closed", "Handed in"),
            ("released", "Given up"),
        ],
        required=True,
        readonly=True,
        default="waiting",
        index=True,
    )
    carrier_number = fields.Char("Number at the carrier", readonly=True)
    closed_at = fields.Datetime("Handed in at", readonly=True)
    shipment_ids = fields.One2many("seam.shipment", "manifest_id", "Shipments", readonly=True)
    shipment_count = fields.Integer(compute="_compute_shipment_count", string="Count")
    why = fields.Char("How it stands", compute="_compute_why")

    _name_uniq = models.Constraint("UNIQUE(name)", "There is a manifest of this reference already.")

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS seam_manifest_reference")

    @api.depends("shipment_ids")
    def _compute_shipment_count(self):
        for manifest in self:
            manifest.shipment_count = len(manifest.shipment_ids)

    def _compute_why(self):
        last = self._last_messages()
        for manifest in self:
            manifest.why = manifest._standing(last.get(manifest.id))

    def _by_name(self, text):
        return self.sudo().system_id._by_name(text, self.carrier_name or "")

    def _standing(self, message):
        if self.state == "closed":
            return self.env._("The carrier has it: %s.", self.carrier_number)
        if self.state == "released":
            return self.env._("It was given up, and its parcels are free for another one.")
        if self.state == "refused" and message and message.state not in IN_THE_AIR:
            begin = self.env._("The carrier did not take it.")
        else:
            begin = self.env._("It is going to be handed in.")
        return f"{begin} {self._reason(message)}".strip()

    # -- making ------------------------------------------------------------------------------

    @api.model
    def _make(self, shipments, date):
        """Hand in what the drivers take, one manifest for each carrier and warehouse.

        :param shipments: ``seam.shipment``
        :return: the manifests; empty where nothing of it can be handed in
        """
        shipments = shipments.sudo()
        shipments.lock_for_update()
        groups = {}
        for shipment in shipments.filtered(lambda s: s._is_for_manifest()):
            warehouse = shipment.picking_id.picking_type_id.warehouse_id
            system = shipment.carrier_id.seam_system_id
            groups.setdefault((system, warehouse), shipments.browse())
            groups[system, warehouse] |= shipment
        manifests = self.sudo().browse()
        for (system, warehouse), group in groups.items():
            manifests |= self._make_one(system, warehouse, group, date)
        self.env["seam.handler.delivery.manifest"]._emit(manifests)
        return self.browse(manifests.ids)

    def _make_one(self, system, warehouse, shipments, date):
        self.env.cr.execute("SELECT nextval('seam_manifest_reference')")
        (number,) = self.env.cr.fetchone()
        manifest = self.sudo().create(
            {
                "name": f"{warehouse.code}-DAY-{number}",
                "system_id": system.id,
                "carrier_name": system.name,
                "warehouse_id": warehouse.id,
                "company_id": warehouse.company_id.id,
                "date": date,
            }
        )
        shipments.manifest_id = manifest
        return manifest

    # -- answered ----------------------------------------------------------------------------

    def _keep(self, content):
        """Attach the list that the driver signs, once however often the answer comes.

        :param content: dict, as the contract ``shipping-manifest-answer`` says
        :raise Fault: it is no such answer
        """
        self.ensure_one()
        fix = self.env._("Retry: the carrier is asked what became of it.")
        self._check_answer("shipping-manifest-answer", content, fix)
        self.lock_for_update()
        if self.state not in ("waiting", "refused"):
            return
        prefix = self.shipment_ids.carrier_id[:1]._get_delivery_doc_prefix()
        files = [
            self._file(
                f"{prefix}-manifest-{self.name}-{each.get('name', number)}",
                each,
                f"/documents/{number - 1}",
            )
            for number, each in enumerate(content.get("documents", ()), 1)
        ]
        self.write(
            {
                "state": "closed",
                "carrier_number": content["id"],
                "closed_at": fields.Datetime.now(),
            }
        )
        self.message_post(
            body=self.env._(
                "%(carrier)s has the manifest: %(number)s.",
                carrier=self.carrier_name,
                number=content["id"],
            ),
            attachments=files,
        )

    def _keep_refusal(self, fault):
        """The carrier does not take it: a person hands it in again, or gives it up.

        :param fault: Fault; told what to do
        """
        self.ensure_one()
        self.lock_for_update()
        fault.fix = self.env._(
            "Mend what the carrier names, e.g. void a label that he does not know, and hand it in "
            "again. Or give it up: its parcels are free for another one then."
        )
        if self.state != "waiting":
            return
        self.state = "refused"
        self.message_post(
            body=self.env._(
                "%(carrier)s did not take the manifest: %(said)s No parcel of it is handed in. "
                "%(fix)s",
                carrier=self.carrier_name,
                said=f"{self._by_name(fault.message).rstrip('.')}.",
                fix=fault.fix,
            )
        )

    # -- by a person -------------------------------------------------------------------------

    def action_again(self):
        """Hand in once more what the carrier refused, as it is now."""
        self.check_access("read")
        for manifest in self.sudo():
            manifest.lock_for_update()
            last = manifest._messages()[:1]
            if manifest.state != "refused" or last.state not in ("failed", "discarded"):
                manifest._refuse_act()
            manifest.state = "waiting"
            if last.state == "failed":
                last._retry(self.env._("Handed in again."))
            else:
                self.env["seam.handler.delivery.manifest"]._emit(manifest)

    def action_release(self):
        """Free its parcels: the carrier refused it, or a person has made sure that he knows
        nothing of it.
        """
        self.check_access("read")
        may_tell = self.env.user.has_group("stock.group_stock_manager")
        for manifest in self.sudo():
            manifest.lock_for_update()
            if manifest.state != "refused" and not may_tell:
                raise AccessError(self.env._("Only an Inventory administrator may say so."))
            last = manifest._messages()[:1]
            if manifest.state not in ("waiting", "refused") or last.state in IN_THE_AIR:
                manifest._refuse_act()
            if last.state == "failed":
                last._discard(self.env._("The manifest was given up."))
            manifest._release(manifest.state == "refused")

    def _release(self, refused):
        text = self.env._(
            "%s has made sure that the carrier has no such manifest.", self.env.user.name
        )
        if refused:
            text = self.env._("Given up by %s.", self.env.user.name)
        self.state = "released"
        self.message_post(body=text)
        self.shipment_ids.manifest_id = False

    def _refuse_act(self):
        raise UserError(
            self.env._(
                "%s is on its way to the carrier, or was handed in meanwhile. Reload the page.",
                self.name,
            )
        )


class SeamShipment(models.Model):
    _inherit = "seam.shipment"

    def _is_for_manifest(self):
        """:return: whether it lies here for the driver, and in no manifest yet"""
        self.ensure_one()
        waits = self.state == "bought" and self.purpose == "delivery" and not self.manifest_id
        return waits and not self._gets_no_manifest()

    def _gets_no_manifest(self):
        """:return: whether no flow hands in lists at this carrier"""
        outgoing = self.env["seam.flow"]._outgoing("seam.handler.delivery.manifest")
        system = self.carrier_id.sudo().seam_system_id
        return system.id not in {system_id for _flow, system_id in outgoing}

    @api.model
    def _open_for_manifest(self, since=None, wanted=None):
        """:param since: bought since this moment (naive UTC); None: ever
        :param wanted: which of them, a function; None: those for a manifest
        :return: shipments of the user's companies that no driver took yet
        """
        domain = [
            ("state", "=", "bought"),
            ("purpose", "=", "delivery"),
            ("manifest_id", "=", False),
            ("company_id", "in", self.env.companies.ids),
        ]
        if since:
            domain.append(("bought_at", ">=", since))
        return self.search(domain).filtered(wanted or (lambda s: s._is_for_manifest()))
