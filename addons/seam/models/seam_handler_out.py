from odoo import api, models


class SeamHandlerOut(models.AbstractModel):
    """Odoo records to documents: what a handler of a flow out of Odoo does.

    Domain code calls ``_emit`` in the business transaction. What is sent stands when
    that transaction stands, and no partner is called before.
    """

    _inherit = "seam.handler"

    # "in" or "out": for which flows the handler can be chosen; None: for all
    _direction = "in"
    # models of the records that it makes documents of, for trying it
    _sources = ()

    def _build(self, records, topic):
        """Documents of records, in batch. Reads, writes nothing.

        :param records: of one model, with the rights of the system's service user
        :param topic: what happened, as ``_emit`` was told
        :return: list parallel to ``records``: a document (dict), or a Fault for a
            record of which none can be made
        """
        raise NotImplementedError

    def _received(self, letter):
        """Keep what the partner's answer brought, in the transaction that records it.

        Called where the connector's Answer has ``content``. It may come again for one
        record, after a look-up: what is there already is left as it is.

        :param letter: ``content``, ``res_model``, ``res_id``, ``topic``, ``document``
        :raise Fault: the message fails, and is looked up before it is sent again
        """

    def _refused(self, letter):
        """Note what a refusal leaves behind, in the transaction that records it.

        Called where the partner answered that he will not do it (``transport.rejected``),
        and no earlier try may have taken effect. The message fails for a person all the
        same. May say in ``letter.fault.fix`` what this means for the record.

        :param letter: ``fault``, ``res_model``, ``res_id``, ``topic``, ``document``
        """

    def _concerns(self, flow, records):
        """:return: those of ``records`` that the flow is for

        :param flow: ``seam.flow``, readable
        """
        if "company_id" not in records._fields:
            return records
        return records.filtered(lambda r: not r.company_id or r.company_id == flow.company_id)

    def _ordering_key(self, record):
        """:return: messages of one key are sent in order; of states, only the newest"""
        return f"{record._name}/{record.id}"

    def _correlation(self, records):
        """Business transactions that the records are a part of.

        :return: dict record id → correlation id. For the others it is taken from
            earlier messages of the record, or begins with it.
        """
        return {}

    @api.model
    def _emit(self, records, topic="", answer=False, documents=None):
        """Put documents of records into the outbox of every flow that carries them.

        :param topic: what happened, e.g. ``cancel``; "" where there is one kind only
        :param answer: also to the system whose message is being applied: it is a
            reply or a request of ours, and not its own change coming back
        :param documents: dict record id → document, where it cannot be built later,
            because the record is being deleted
        """
        origin = None if answer else self.env.context.get("seam_origin")
        for flow_id, system_id in self.env["seam.flow"]._outgoing(self._name):
            if system_id == origin:
                continue
            flow = self.env["seam.flow"].sudo().browse(flow_id)
            concerned = self._concerns(flow, records)
            if concerned:
                self.env["seam.message"]._note_emission(flow_id, concerned, topic, documents)
