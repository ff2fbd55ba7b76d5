import requests

from odoo import api, fields, models

from odoo.addons.seam.engine.fault import Fault


class SeamBench(models.Model):
    """What the bare route stores, and jobs that do nothing, or send."""

    _name = "seam.bench"
    _description = "Benchmark"
    _log_access = False

    body = fields.Binary(attachment=False, readonly=True)
    sent = fields.Boolean()

    @api.model
    def nothing(self):
        """A queue_job that does nothing: what one job costs."""

    @api.model
    def send(self, url, ids):
        """What many write by hand: a loop over rows, a commit after each answer."""
        with requests.Session() as session:
            for row in self.browse(ids):
                answer = session.post(
                    url,
                    json=row._document(),
                    headers={"Idempotency-Key": f"bench-{row.id}"},
                    timeout=(5, 30),
                )
                answer.raise_for_status()
                row.sent = True
                if len(ids) > 1:
                    self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def load_contacts(self, url, token, path=None):
        """What many write by hand: a page a job; each contact is looked for, and made."""
        fields = "FirstName, LastName, Email, Phone, Title, MailingStreet, MailingCity"
        question = f"SELECT {fields}, MailingPostalCode, MailingCountry FROM Contact"
        answer = requests.get(
            f"{url}{path or '/services/data/v62.0/query'}",
            params=None if path else {"q": question},
            headers={"Authorization": f"Bearer {token}"},
            timeout=(5, 30),
        )
        answer.raise_for_status()
        page = answer.json()
        partners = self.env["res.partner"].with_context(tracking_disable=True)
        for row in page["records"]:
            country = self.env["res.country"].search([("name", "=", row["MailingCountry"])])
            values = {
                "name": f"{row['FirstName']} {row['LastName']}",
                "email": row["Email"],
                "phone": row["Phone"],
                "function": row["Title"],
                "street": row["MailingStreet"],
                "city": row["MailingCity"],
                "zip": row["MailingPostalCode"],
                "country_id": country.id,
            }
            known = partners.search([("email_normalized", "=", row["Email"])], limit=1)
            if known:
                known.write(values)
            else:
                partners.create(values)
        if "nextRecordsUrl" in page:
            self.with_delay(channel="root.bench").load_contacts(url, token, page["nextRecordsUrl"])

    def _document(self):
        self.ensure_one()
        return {
            "id": self.id,
            "lines": [
                {"line": number, "sku": f"SKU-{self.id}-{number}", "quantity": number}
                for number in range(10)
            ],
        }


class SeamHandlerBenchOut(models.AbstractModel):
    _name = "seam.handler.bench.out"
    _inherit = "seam.handler"
    _description = "Benchmark: rows out of Odoo"

    _direction = "out"
    _sources = ("seam.bench",)

    def _build(self, records, topic):
        return [record._document() for record in records.sudo()]


class SeamHandlerBenchRefuse(models.AbstractModel):
    _name = "seam.handler.bench.refuse"
    _inherit = "seam.handler"
    _description = "Benchmark: refuses what is not good"

    def _apply(self, letters):
        for letter in letters:
            sku = letter.document["sku"]
            if sku.startswith("BAD"):
                letter.refuse(
                    Fault(
                        "master.unknown",
                        f"There is no product with the code {sku}.",
                        fix="Choose which product is meant.",
                        subject=sku,
                    )
                )
            else:
                letter.done()


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    handler = fields.Selection(
        selection_add=[
            ("seam.handler.bench.out", "Benchmark"),
            ("seam.handler.bench.refuse", "Benchmark: refuse"),
        ],
        ondelete={
            "seam.handler.bench.out": "cascade",
            "seam.handler.bench.refuse": "cascade",
        },
    )
