from odoo import api, models

from .seam_handler_crm_out import instant_of


class SeamMessage(models.Model):
    _inherit = "seam.message"

    def _hand_over(self, conf, letters):
        """What a CRM accepted is agreed, whether or not its answer brought anything."""
        super()._hand_over(conf, letters)
        handler = self.env[conf.handler]
        accepted = [x for x in letters if x.outcome in ("done", "sent") and x.document]
        if accepted and hasattr(handler, "_agree"):
            handler._agree(conf, accepted)

    @api.model
    def _seen(self, conf, letters):
        """What a CRM told last of records to which nothing was sent since it was applied: by
        our own clock. What is sent does change the record there, and he tells that later.
        """
        ids = {letter.res_id for letter in letters if letter.res_id}
        if not ids or not hasattr(self.env[conf.handler], "_agree"):
            return super()._seen(conf, letters)
        (model,) = self.env[conf.handler]._sources
        self.env.cr.execute(
            """
            SELECT res_id, version, write_date FROM seam_binding
             WHERE system_id = %s AND res_model = %s AND res_id = ANY(%s)
               AND version IS NOT NULL
             ORDER BY id
            """,
            [conf.system_id, model, list(ids)],
        )
        told = {id_: (version, instant_of(at)) for id_, version, at in self.env.cr.fetchall()}
        agreed = self.env["seam.crm.agreement"].sudo()._of(conf.system_id, model, list(told))
        sent = {
            id_: max((entry.sent for entry in entries.values()), default=0)
            for id_, (entries, _changed) in agreed.items()
        }
        return {
            (model, id_): version for id_, (version, at) in told.items() if at >= sent.get(id_, 0)
        }
