from odoo import fields, models

from odoo.addons.seam.engine.fault import Fault


class SeamShipmentAnswer(models.Model):
    """What the carrier's answer leaves in Odoo, once however often it comes."""

    _inherit = "seam.shipment"

    def _keep_label(self, content, asked):
        """Attach the labels, and note numbers and cost.

        :param content: dict, as the contract ``shipping-label-answer`` says
        :param asked: list of references of the parcels that labels were asked for
        :raise Fault: it is no such answer
        """
        self.ensure_one()
        self._check_answer(
            "shipping-label-answer",
            content,
            self.env._("Retry: the carrier is asked what became of it. No second label is bought."),
        )
        self._check_parcels(content, asked)
        self.lock_for_update()
        if self.state != "waiting":
            return
        files = self._files(content)
        currency = self._currency(content)
        self.write(
            {
                "state": "bought",
                "carrier_number": content["id"],
                "bought_at": fields.Datetime.now(),
                "cost": content.get("cost", 0.0),
                "currency_id": currency.id,
                "service": content.get("service") or self.service,
            }
        )
        promised = fields.Date.to_date(content.get("promised"))
        self.env["seam.parcel"].create(
            [
                {"shipment_id": self.id, "promised_date": promised, **parcel}
                for parcel in content["parcels"]
            ]
        )
        self._compare()
        if self.purpose == "return":
            self._tell_return(files)
        else:
            self._tell_picking(files)

    def _check_parcels(self, content, asked):
        told = [parcel["reference"] for parcel in content["parcels"]]
        if sorted(told) != sorted(asked):
            raise Fault(
                "schema.invalid",
                self.env._(
                    "%(name)s was asked for as parcels %(asked)s, and the carrier answered for "
                    "%(told)s.",
                    name=self.name,
                    asked=", ".join(asked),
                    told=", ".join(told),
                ),
                pointer="/parcels",
                fix=self.env._("Ask the carrier what it took. Retry: it is asked again."),
                subject="parcels",
            )

    def _currency(self, content):
        if not content.get("cost"):
            return self.company_id.currency_id
        found = self.env["res.currency"].search([("name", "=", content["currency"])], limit=1)
        if not found:
            raise Fault(
                "master.unknown",
                self.env._("Currency %s of the label's cost is not active.", content["currency"]),
                fix=self.env._("Activate it, then retry. No second label is bought."),
                subject=f"currency:{content['currency']}",
            )
        return found

    def _files(self, content):
        """:return: list of (name, bytes) for ``message_post``: labels, then documents"""
        carrier = self.carrier_id
        is_return = self.purpose == "return"
        label, paper = (
            carrier.get_return_label_prefix()
            if is_return
            else carrier._get_delivery_label_prefix(),
            carrier._get_delivery_doc_prefix(),
        )
        files = [
            self._file(f"{label}-{self.name}-{each.get('name', number)}", each, f"/labels/{n}")
            for n, (number, each) in enumerate(enumerate(content["labels"], 1))
        ]
        return files + [
            self._file(
                f"{paper}-{each['kind']}-{self.name}-{each.get('name', number)}",
                each,
                f"/documents/{number - 1}",
            )
            for number, each in enumerate(content.get("documents", ()), 1)
        ]

    def _tell_picking(self, files):
        picking = self.picking_id.sudo()
        picking.write(
            {
                "carrier_tracking_ref": ",".join(self.parcel_ids.mapped("tracking")),
                "carrier_price": self._price(picking.sale_id),
            }
        )
        picking.message_post(
            body=self.env._(
                "Label bought from %(carrier)s: %(numbers)s. Cost: %(cost)s.",
                carrier=self.carrier_id.name,
                numbers=picking.carrier_tracking_ref,
                cost=self.currency_id.format(self.cost),
            ),
            attachments=files,
        )
        picking._add_delivery_cost_to_so()
        if self.carrier_id.return_label_on_delivery:
            picking._seam_buy_return_label()

    def _tell_return(self, files):
        """The label is for the customer: on the return, or beside that of the delivery."""
        picking = self.picking_id.sudo()
        numbers = ",".join(self.parcel_ids.mapped("tracking"))
        if picking.picking_type_code == "incoming":
            picking.carrier_tracking_ref = numbers
        note = picking.message_post(
            body=self.env._(
                "Return label bought from %(carrier)s: %(numbers)s. Cost: %(cost)s.",
                carrier=self.carrier_id.name,
                numbers=numbers,
                cost=self.currency_id.format(self.cost),
            ),
            attachments=files,
        )
        if self.carrier_id.get_return_label_from_portal:
            note.attachment_ids.generate_access_token()

    def _price(self, sale):
        """:return: what the customer is to pay, in the currency of the sale, as of Odoo's
        own carriers: nothing where the delivery method is free above an amount
        """
        carrier, company = self.carrier_id, self.company_id
        cost = self.currency_id._convert(
            self.cost, sale.currency_id or company.currency_id, company, fields.Date.today()
        )
        if carrier.free_over and sale:
            goods = sale._compute_amount_total_without_delivery()
            if carrier._compute_currency(sale, goods, "pricelist_to_company") >= carrier.amount:
                cost = 0.0
        return carrier._apply_margins(cost, sale)
