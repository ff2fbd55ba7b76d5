from datetime import timezone
from typing import NamedTuple

from odoo import api, fields, models, tools

STATUSES = [
    ("opt_in", "Agreed"),
    ("opt_out", "Objected"),
    ("unknown", "Neither: an objection was taken back"),
]
EMAIL = "email"


class Word(NamedTuple):
    """What was said last of an address and a purpose.

    :ivar at: naive UTC datetime
    """

    status: str
    at: object
    source: str

    def outweighs(self, other):
        """The newer word counts; of two of the same second the objection."""
        if other is None:
            return True
        if self.at != other.at:
            return self.at > other.at
        return self.status == "opt_out" and other.status != "opt_out"


class SeamCrmConsent(models.Model):
    """The last word about mail to an address: who said it, when, where.

    Odoo's own blacklist says who gets none, and always counts. It knows neither who
    agreed nor since when, so that is kept here. Nothing is put here that nobody said.
    """

    _name = "seam.crm.consent"
    _description = "Consent"
    _order = "at desc, id desc"
    _rec_name = "address"

    address = fields.Char("E-mail", required=True, readonly=True)
    purpose = fields.Selection([(EMAIL, "Marketing by e-mail")], required=True, readonly=True)
    status = fields.Selection(STATUSES, required=True, readonly=True)
    at = fields.Datetime("Since", required=True, readonly=True)
    source = fields.Char("Said where", readonly=True)
    system_id = fields.Many2one(
        "seam.system", "Told by", readonly=True, ondelete="set null", help="Empty: in Odoo."
    )

    _address_uniq = models.UniqueIndex("(address, purpose)")

    @api.model
    def _words(self, addresses):
        """:return: dict address → Word, of those of which something was said"""
        addresses = [address for address in addresses if address]
        found = self.sudo().search([("address", "in", addresses), ("purpose", "=", EMAIL)])
        words = {row.address: Word(row.status, row.at, row.source or "") for row in found}
        listed = self.env["mail.blacklist"].sudo().search([("email", "in", addresses)])
        for entry in listed:
            word = words.get(entry.email)
            if not word or word.status != "opt_out":
                at = entry.write_date.replace(microsecond=0)
                words[entry.email] = Word("opt_out", at, "Odoo")
        return words

    @api.model
    def _keep(self, address, word, system_id=None):
        self.env.cr.execute(
            """
            INSERT INTO seam_crm_consent (address, purpose, status, at, source, system_id,
                   create_uid, write_uid, create_date, write_date)
            VALUES (%(address)s, %(purpose)s, %(status)s, %(at)s, %(source)s, %(system)s,
                   %(uid)s, %(uid)s, %(now)s, %(now)s)
            ON CONFLICT (address, purpose) DO UPDATE
               SET status = excluded.status, at = excluded.at, source = excluded.source,
                   system_id = excluded.system_id, write_uid = excluded.write_uid,
                   write_date = excluded.write_date
            """,
            {
                **word._asdict(),
                "address": address,
                "purpose": EMAIL,
                "system": system_id,
                "uid": self.env.uid,
                "now": self.env.cr.now(),
            },
        )
        self.invalidate_model(flush=False)

    @api.model
    def _hear(self, address, word, system):
        """Take what a system says, unless something newer is known.

        :return: whether it is what counts now
        """
        known = self._words([address]).get(address)
        if known and (known.status, known.at) == (word.status, word.at):
            return True
        if not word.outweighs(known):
            return False
        self._keep(address, word, system.id)
        # only administrators write Odoo's list; what a person said counts all the same
        blacklist = self.env["mail.blacklist"].sudo().with_context(seam_consent=True)
        note = f"{system.name}: {word.source}".strip(": ")
        if word.status == "opt_out":
            blacklist._add(address, message=note)
        elif known and known.status == "opt_out":
            blacklist._remove(address, message=note)
        self._tell_about([address])
        return True

    @api.model
    def _said_here(self, addresses, status):
        """Somebody put addresses on Odoo's list, or took them off. To take off is no consent."""
        now = fields.Datetime.now().replace(microsecond=0)
        word = Word(status, now, f"Odoo: {self.env.user.name}")
        for address in addresses:
            self.sudo()._keep(address, word)
        self._tell_about(addresses)

    @api.model
    def _tell_about(self, addresses):
        """Have CRMs told of contacts with these addresses."""
        if not self.env["seam.flow"]._crm_tells("res.partner"):
            return
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        partners.search([("email_normalized", "in", list(addresses))])._seam_crm_tell()


class MailBlacklist(models.Model):
    _inherit = "mail.blacklist"

    @api.model_create_multi
    def create(self, vals_list):
        emails = [tools.email_normalize(vals.get("email")) for vals in vals_list]
        known = self.sudo().with_context(active_test=False).search([("email", "in", emails)])
        entries = super().create(vals_list)
        entries.filtered(lambda x: x not in known and x.active)._seam_said("opt_out")
        return entries

    def write(self, vals):
        before = {entry.id: entry.active for entry in self}
        result = super().write(vals)
        if "active" in vals:
            changed = self.filtered(lambda entry: entry.active != before[entry.id])
            changed.filtered("active")._seam_said("opt_out")
            changed.filtered(lambda entry: not entry.active)._seam_said("unknown")
        return result

    def _seam_said(self, status):
        if self and not self.env.context.get("seam_consent"):
            self.env["seam.crm.consent"]._said_here(self.mapped("email"), status)


def naive(moment):
    """:return: naive UTC datetime, to the second, of an aware one"""
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
