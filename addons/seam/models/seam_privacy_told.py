from odoo import api, fields, models

OPEN = ("draft", "searching", "found")


class SeamPrivacyTold(models.Model):
    """Other systems have the person too. Which ones is told before the erasure, because what
    still has the person tells of it again; their names stay on record.

    Where one tells that it erased a person itself, a request is begun, and a privacy officer
    decides what becomes of the person here. Nothing is erased by itself.
    """

    _inherit = "seam.privacy.request"

    known_to = fields.Char("Exchanged with", readonly=True)
    known_to_text = fields.Text("Who else has the person", compute="_compute_known_to_text")
    taken_for_text = fields.Text("Taken for the person, too", compute="_compute_taken_for_text")

    def _compute_taken_for_text(self):
        """Who has the address of the person: of an inbox that many read, that is somebody else."""
        for request in self:
            found = request.sudo()
            found = found._partners() - found.partner_ids if request.state == "found" else ()
            names = [f"{partner.display_name} ({partner.id})" for partner in found]
            request.taken_for_text = "\n".join(names) or False

    def _compute_known_to_text(self):
        for request in self:
            lines = [
                " · ".join(filter(None, (system.name, system._connector()._erasing_text(system))))
                for system in (request._known_to() if request.state == "found" else ())
            ]
            request.known_to_text = "\n".join(lines) or False

    def _known_to(self):
        """:return: systems with which something of the person was exchanged"""
        self.env.cr.execute(
            """
            SELECT m.system_id FROM seam_privacy_finding f
              JOIN seam_message m ON m.id = f.message_id WHERE f.request_id = %(request)s
             UNION
            SELECT b.system_id FROM seam_privacy_finding f
              JOIN seam_binding b ON f.res_model = 'seam.binding' AND b.id = f.res_id
             WHERE f.request_id = %(request)s
            """,
            {"request": self.id},
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        return self.env["seam.system"].sudo().browse(ids).sorted("name")

    def _finish(self):
        self.known_to = ", ".join(self._known_to().mapped("name")) or False
        return super()._finish()

    @api.model
    def _begin(self, system, partners):
        """
        :param system: ``seam.system`` that erased them
        :param partners: contacts; of one of whom a request is open, none is begun
        """
        company = system.company_id
        known = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "in", OPEN),
                ("partner_ids", "in", partners.ids),
            ]
        )
        for partner in partners.sudo() - known.partner_ids:
            request = self.sudo().new({"partner_ids": partner.ids})
            request._onchange_partner_ids()
            self.sudo().create(
                {
                    "company_id": company.id,
                    "partner_ids": [(6, 0, partner.ids)],
                    "email": request.email,
                    "phone": request.phone,
                    "words": request.words,
                    "reason": self.env._("Erased in %s, for privacy", system.name),
                }
            )
            partner._message_log(
                body=self.env._(
                    "%s erased this contact for privacy. What was kept of the exchange is still "
                    "here: a privacy officer finds a request under Integrations ‣ Personal data.",
                    system.name,
                )
            )
