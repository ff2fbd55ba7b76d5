import re

from psycopg2.extras import Json

from odoo import api, models

from odoo.addons.seam.engine import person
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_privacy_search import Mention

from . import judge

ACTIVITY = "mail.activity"
# Where a document of a deal or an activity names a contact or a company by its id.
NAMED = {"crm-deal": ("contact", "company"), "crm-activity": ("about",)}
PERSONS = ("contact", "company", None)


class SeamPrivacyRequest(models.Model):
    """What people wrote of a person in a CRM names the person by an id only: “Call her back”.

    Its messages are found by the id of the contact, also one that was merged away; and what
    is told later of the same activity, by the activity.
    """

    _inherit = "seam.privacy.request"

    def _look_at_links(self, last):
        partners = self._partners()
        ids = partners and self._of_records(ACTIVITY, self._activities(partners))
        findings = self.env["seam.privacy.finding"]
        findings._note(self, "seam.message", ids or [], "link")
        findings._note(self, "mail.message", self._notes(partners), "link")
        return super()._look_at_links(last)

    def _notes(self, partners):
        """What the systems' users noted on the contacts and their opportunities: values that
        were set back, or went. What people wrote there is Odoo's own.

        :return: list of ids
        """
        self.env.cr.execute(
            """
            SELECT m.id FROM mail_message m
             WHERE m.message_type = 'notification' AND m.body <> '' AND m.author_id IN (
                   SELECT u.partner_id FROM seam_system s JOIN res_users u ON u.id = s.user_id
                    WHERE s.company_id = %(company)s)
               AND (m.model = 'res.partner' AND m.res_id = ANY(%(partners)s)
                    OR m.model = 'crm.lead' AND m.res_id IN (
                       SELECT id FROM crm_lead WHERE partner_id = ANY(%(partners)s)))
            """,
            {"company": self.company_id.id, "partners": partners.ids},
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _erase_rows(self, model, ids):
        """Of notes on Odoo's own records the text goes, for it quotes values."""
        super()._erase_rows(model, ids)
        if model == "mail.message":
            self.env.cr.execute(
                "UPDATE mail_message SET body = %s WHERE id = ANY(%s) AND model NOT LIKE 'seam.%%'",
                [person.MASK, ids],
            )

    def _activities(self, partners):
        """:return: list of ids of activities of these contacts, and of their opportunities"""
        self.env.cr.execute(
            """
            SELECT id FROM mail_activity
             WHERE res_model = 'res.partner' AND res_id = ANY(%(partners)s)
             UNION ALL
            SELECT a.id FROM mail_activity a JOIN crm_lead l ON l.id = a.res_id
             WHERE a.res_model = 'crm.lead' AND l.partner_id = ANY(%(partners)s)
            """,
            {"partners": partners.ids},
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _ids_there(self):
        """:return: dict ``seam.system`` → set of the person's ids, those merged away too"""
        found = {}
        for system, bindings in self._bindings(self._partners()).grouped("system_id").items():
            ids = set(bindings.mapped("external_id"))
            merged = self.env["seam.crm.merged"].sudo()
            domain = [
                ("system_id", "=", system.id),
                ("res_model", "=", "res.partner"),
                ("into_id", "in", list(ids)),
            ]
            found[system] = ids | set(merged.search(domain).mapped("external_id"))
        return found

    def _of_bindings(self, partners):
        """Under an id that was merged away, too."""
        found = super()._of_bindings(partners)
        for system, ids in self._ids_there().items():
            flows = system.with_context(active_test=False).flow_ids.filtered(
                lambda flow: self.env[flow.handler]._bound_model == "res.partner"
            )
            self.env.cr.execute(
                "SELECT id FROM seam_message WHERE flow_id = ANY(%s) AND ordering_key = ANY(%s)",
                [flows.ids, list(ids)],
            )
            found += [row[0] for row in self.env.cr.fetchall()]
        return found

    def _mentions(self):
        mentions = super()._mentions()
        for system, ids in self._ids_there().items():
            flows = system.with_context(active_test=False).flow_ids
            mentions += self._mentions_in(system, flows, ids)
        return mentions

    def _mentions_in(self, system, flows, ids):
        """Hook.

        :param ids: set of ids of the person in this system
        :return: list of Mention
        """
        some = flows.filtered(lambda f: getattr(self.env[f.handler], "_document", None) in NAMED)
        if not some:
            return []
        return [Mention(tuple(some.ids), pattern(ids), lambda m: self._is_named(m, ids))]

    def _is_named(self, message, ids):
        """:return: whether a document names a contact or company by one of these ids; one that
        cannot be read any more counts as if it did"""
        try:
            documents = message._documents()
        except Fault:
            return True
        names = NAMED[self.env[message.flow_id.handler]._document]
        for document in documents:
            told = document.get("fields") or {}
            for named in filter(None, map(told.get, names)):
                if named.get("type") in PERSONS and named.get("id") in ids:
                    return True
        return False

    def _add_parts(self):
        """What was told of an activity before and after."""
        super()._add_parts()
        handlers = [name for name in self.env if name.startswith("seam.handler.crm.activity")]
        self.env.cr.execute(
            """
            WITH told AS (
                SELECT m.flow_id, m.ordering_key, m.res_model, m.res_id
                  FROM seam_privacy_finding f JOIN seam_message m ON m.id = f.message_id
                  JOIN seam_flow w ON w.id = m.flow_id AND w.handler = ANY(%(handlers)s)
                 WHERE f.request_id = %(request)s AND f.state = 'found')
            SELECT m.id FROM seam_message m JOIN told USING (flow_id, ordering_key)
             UNION
            SELECT m.id FROM seam_message m JOIN told t
                ON m.res_model = t.res_model AND m.res_id = t.res_id
             WHERE m.company_id = %(company)s AND t.res_model = %(activity)s
            """,
            {
                "handlers": handlers,
                "request": self.id,
                "company": self.company_id.id,
                "activity": ACTIVITY,
            },
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        self.env["seam.privacy.finding"]._note(self, "seam.message", ids, "link")


def pattern(ids):
    """:return: pattern that finds these ids, as a connector may write them: ``contact:12`` is
    told as 12 by HubSpot itself
    """
    bare = {id_.rpartition(":")[2] or id_ for id_ in ids}
    words = "|".join(re.escape(id_) for id_ in sorted(bare))
    return rf"(?<![0-9A-Za-z])(?:{words})(?![0-9A-Za-z])"


class SeamCrmAgreement(models.Model):
    """A checksum of a short value can be guessed: none is left of a record that is gone."""

    _inherit = "seam.crm.agreement"

    @api.autovacuum
    def _gc_gone(self):
        self.env.cr.execute("SELECT DISTINCT res_model FROM seam_crm_agreement")
        for (model,) in self.env.cr.fetchall():
            self._forget_gone(model)

    @api.model
    def _forget_gone(self, model):
        if model not in self.env:
            return
        self.env.cr.execute(
            f"""
            DELETE FROM seam_crm_agreement a
             WHERE a.res_model = %s AND NOT EXISTS (
                   SELECT 1 FROM "{self.env[model]._table}" r WHERE r.id = a.res_id)
            """,
            [model],
        )
        self.invalidate_model(flush=False)

    @api.model
    def _forget_before(self, model, ids):
        """What values of these records were before goes; what both sides have now stays."""
        self.env.cr.execute(
            """
            UPDATE seam_crm_agreement a
               SET agreed = (
                   SELECT jsonb_object_agg(e.key, jsonb_set(e.value, '{4}', '[]'))
                     FROM jsonb_each(a.agreed) AS e)
             WHERE a.res_model = %s AND a.res_id = ANY(%s) AND a.agreed <> '{}'::jsonb
            """,
            [model, list(ids)],
        )
        self._forget_doubts(model, ids)
        self.invalidate_model(flush=False)

    def _forget_doubts(self, model, ids):
        """Of what nobody knows whether it arrived, which fields they are stays: they are told anew."""
        self.env.cr.execute(
            """
            SELECT id, agreed FROM seam_crm_agreement
             WHERE res_model = %s AND res_id = ANY(%s) AND agreed ? %s
            """,
            [model, list(ids), judge.DOUBT],
        )
        for id_, agreed in self.env.cr.fetchall():
            known = judge.doubts({judge.DOUBT: judge.Entry(*agreed[judge.DOUBT])})
            self.env.cr.execute(
                "UPDATE seam_crm_agreement SET agreed = agreed || %s WHERE id = %s",
                [Json(judge.note_doubts({}, dict.fromkeys(known, ""), 0)), id_],
            )
