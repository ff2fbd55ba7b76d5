import logging

from psycopg2 import InterfaceError, OperationalError

from odoo import api, models

from odoo.addons.seam.engine.fault import Fault

from .seam_flow import IN
from .seam_handler_crm_out import instant_of

_logger = logging.getLogger(__name__)


class SeamMessage(models.Model):
    _inherit = "seam.message"

    def _hand_over(self, conf, letters):
        """What a CRM accepted is agreed, whether or not its answer brought anything."""
        super()._hand_over(conf, letters)
        handler = self.env[conf.handler]
        accepted = [x for x in letters if x.outcome in ("done", "sent") and x.document]
        if accepted and hasattr(handler, "_agree"):
            self._agree(conf, handler, accepted)

    def _agree(self, conf, handler, letters):
        """One of whom it cannot be noted what the CRM accepted holds up nobody else: it has
        failed, and is looked up before anything of it is sent again."""
        try:
            with self.env.cr.savepoint():
                handler._agree(conf, letters)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(letters) > 1:
                for letter in letters:
                    self._agree(conf, handler, [letter])
                return
            _logger.exception("What became of %s could not be noted", letters[0].uuid)
            letters[0].unsure = True
            letters[0].refuse(self._as_fault(error))

    @api.model
    def _seen(self, conf, letters):
        """What a CRM told last of records to which nothing was sent since it was applied: by
        our own clock. What is sent does change the record there, and he tells that later; or
        his answer did.
        """
        ids = {letter.res_id for letter in letters if letter.res_id}
        if not ids or not hasattr(self.env[conf.handler], "_agree"):
            return super()._seen(conf, letters)
        (model,) = self.env[conf.handler]._sources
        self.env.cr.execute(
            """
            SELECT res_id, version, write_date FROM seam_binding
             WHERE system_id = %s AND res_model = %s AND res_id = ANY(%s)
             ORDER BY id
            """,
            [conf.system_id, model, list(ids)],
        )
        told = {id_: (version or 0, instant_of(at)) for id_, version, at in self.env.cr.fetchall()}
        agreed = self.env["seam.crm.agreement"].sudo()._of(conf.system_id, model, list(told))
        sent = {
            id_: max((entry.sent for entry in entries.values()), default=0)
            for id_, (entries, _changed) in agreed.items()
        }
        if self.env[conf.connector]._crm_dated:
            known = {id_: max(version, sent.get(id_, 0)) for id_, (version, _at) in told.items()}
        else:
            known = {id_: v for id_, (v, at) in told.items() if at >= sent.get(id_, 0)}
        return {(model, id_): version for id_, version in known.items() if version}

    @api.model
    def _crm_last_documents(self, system, document, count):
        """:return: list of the last documents that a system sent, as the user may see them"""
        handlers = [name for name in IN if self.env[name]._document == document]
        flows = system.flow_ids.filtered(lambda flow: flow.handler in handlers)
        found = self.browse()
        for flow in flows:
            found |= self.search(
                [("flow_id", "=", flow.id)], order="received_at desc, id desc", limit=count
            )
        documents = []
        for message in found:
            documents += message._crm_documents()
        return documents

    def _crm_documents(self):
        """:return: list of the documents of a message; none where it cannot be understood"""
        try:
            return self._documents()
        except Fault:
            return []
