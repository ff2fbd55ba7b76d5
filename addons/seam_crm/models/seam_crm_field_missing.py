import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.own_cursor import persist

from .seam_crm_field import DOCUMENTS
from .seam_flow import HANDLERS

_logger = logging.getLogger(__name__)

CODE = "drift.field"
# Codes of what a CRM refuses because it does not know a field.
REFUSED = ("config.invalid", "transport.rejected")
# Whose fields were compared so lately are not asked about again: daily, or when one is refused.
DAILY_HOURS = 20
SOON_HOURS = 1
# So many are named.
NAMED = 10


class SeamCrmFieldMissing(models.Model):
    """Fields that are mapped, and that the CRM has no more or does not show us any more.

    They are left out until they are there again, so that all others go on: Odoo is told
    nothing of them, and keeps what it has. One case for each system says which they are.
    """

    _inherit = "seam.crm.field"

    missing = fields.Char(
        "Not there any more",
        readonly=True,
        copy=False,
        help="The CRM has no such field any more, or does not show it to Seam's user. It is "
        "neither read nor written until it is there again; Odoo keeps what it has.",
    )
    missing_since = fields.Datetime("Missing since", readonly=True, copy=False)

    def write(self, vals):
        before = {line: line._vendor_names() for line in self}
        result = super().write(vals)
        renamed = self.filtered(lambda line: line.missing and line._vendor_names() != before[line])
        if renamed:
            # nobody knows of the other one yet; it is asked for
            super(SeamCrmFieldMissing, renamed).write({"missing": False, "missing_since": False})
        if renamed or "active" in vals:
            self._tell_missing(self.system_id)
        return result

    def unlink(self):
        systems = self.system_id
        result = super().unlink()
        self._tell_missing(systems)
        return result

    def _vendor_names(self):
        """:return: list of what the CRM calls the field, or the fields that make one"""
        usual = self.system_id._connector()._crm_vendor_fields(self.document)
        return (self.vendor_field or usual.get(self.document_field) or "").split()

    def _there(self):
        """What of a line is read and written. Half of a text would be another text; of activities
        each kind has a field of its own.

        :return: what the CRM calls it, "" where the connector knows; None: nothing of it
        """
        missing = set((self.missing or "").split())
        if not missing:
            return self.vendor_field or ""
        left = [name for name in self._vendor_names() if name not in missing]
        return " ".join(left) if left and self.document == "crm-activity" else None

    # -- asking ------------------------------------------------------------------------

    @api.model
    def _look(self, system, client, documents=None):
        """Ask a CRM whether it has what is mapped.

        :param client: SystemClient
        :param documents: list; default: all that have lines
        :return: lines of which something is missing
        :raise Fault: it was not reached, or refused
        """
        told = self._ask(system, client, documents)
        system._connector()._crm_looked(system.sudo(), client)
        return self._note(system, told, not documents)

    @api.model
    def _look_apart(self, system, client):
        """As ``_look``, noted in a transaction of its own.

        :return: whether something is missing that was not before
        """
        told = self._ask(system, client)

        def note(env):
            own = env[self._name].sudo()
            of = own.env["seam.system"].browse(system.id)
            known = own._mapped(of).filtered("missing")
            of._connector()._crm_looked(of, client)
            return bool(own._note(of, told) - known)

        return persist(self.env, note, read_committed=True)

    @api.model
    def _ask(self, system, client, documents=None):
        """:return: dict document → set of the CRM's names that are mapped and not there"""
        connector = system._connector()
        if not connector._crm_looks:
            return {}
        told = {}
        for document, lines in self._mapped(system).grouped("document").items():
            if documents is None or document in documents:
                names = {name for line in lines for name in line._vendor_names()}
                told[document] = connector._crm_missing(client, document, names) & names
        return told

    @api.model
    def _mapped(self, system):
        lines = self.sudo().with_context(active_test=True)
        return lines.search([("system_id", "=", system.id)])

    @api.model
    def _look_after_refusal(self, system, client):
        """A CRM does not know a field that it was asked for: find out which.

        :return: whether some are left out now that were not before
        """
        system = system.sudo()
        if not self._is_due(system, SOON_HOURS):
            return False
        try:
            return self._look_apart(system, client)
        except Fault as fault:
            _logger.warning("Fields of %s were not compared: %s", system.name, fault.message)
            return False

    @api.model
    def _is_due(self, system, hours):
        system = system.sudo()
        system.invalidate_recordset(["crm_looked_at"])
        last = system.crm_looked_at
        return not last or last < fields.Datetime.now() - timedelta(hours=hours)

    # -- noting ------------------------------------------------------------------------

    @api.model
    def _note(self, system, told, whole=True):
        """
        :param told: as of ``_ask``
        :param whole: whether all was asked for
        :return: lines of which something is missing
        """
        news = self.sudo().browse()
        for line in self._mapped(system):
            if line.document in told and line._note_missing(told[line.document]):
                news |= line
        self._tell_missing(system)
        if whole and system._connector()._crm_looks:
            system.sudo().crm_looked_at = fields.Datetime.now()
        if news:
            self._let_go_on(system, set(news.mapped("document")))
        return self._mapped(system).filtered("missing")

    def _note_missing(self, missing):
        """:return: whether something is missing that was not before"""
        names = [name for name in self._vendor_names() if name in missing]
        text = " ".join(names) or False
        if text == self.missing:
            return False
        known = set((self.missing or "").split())
        since = self.missing_since or fields.Datetime.now()
        self.write({"missing": text, "missing_since": text and since})
        return not known.issuperset(names)

    @api.model
    def _let_go_on(self, system, documents):
        """What was refused for a field that is left out now is tried again without it."""
        flows = self._flows(system).filtered(lambda flow: flow._crm_document() in documents)
        refused = [
            ("flow_id", "in", flows.ids),
            ("direction", "=", "out"),
            ("state", "=", "failed"),
            ("fault_code", "in", REFUSED),
            ("predecessor_id", "=", False),
        ]
        self.env["seam.message"].sudo().search(refused)._retry(
            self.env._("A field that the CRM does not have any more is left out.")
        )
        pulls = self.env["seam.pull"].sudo()
        stopped = pulls.search([("flow_id", "in", flows.ids), ("state", "=", "failed")])
        stopped = stopped.filtered(lambda pull: pull.exception_id.code in REFUSED)
        stopped.write({"next_at": fields.Datetime.now()})

    @api.model
    def _flows(self, system):
        return system.sudo().flow_ids.filtered(lambda flow: flow.handler in HANDLERS)

    # -- telling -----------------------------------------------------------------------

    @api.model
    def _tell_missing(self, systems):
        """Open, mend or close the one case of each system."""
        for system in systems:
            lines = self._mapped(system).filtered("missing")
            cases = self.env["seam.exception"].sudo()
            cases = cases.search(
                [("system_id", "=", system.id), ("code", "=", CODE), ("state", "!=", "resolved")]
            )
            if not lines:
                cases._resolve(
                    self.env._("All fields that are mapped are there, or are mapped no more.")
                )
            elif cases:
                name = self._missing_fault(system, lines).message[:500]
                cases.filtered(lambda case, name=name: case.name != name).write({"name": name})
            elif flows := self._flows(system):
                document = lines[0].document
                flow = min(
                    flows, key=lambda x, of=document: (x._crm_document() != of, x.direction, x.id)
                )
                cases._open_for_flow(flow, self._missing_fault(system, lines))

    def _missing_fault(self, system, lines):
        return Fault(
            CODE,
            self.env._(
                "%(system)s does not have, or does not show, fields that are mapped: %(fields)s.",
                system=system.name,
                fields=lines._missing_text(),
            ),
            fix=self.env._(
                "They are left out, and all others go on; Odoo keeps what it has. Make the fields "
                "again there, or let Seam's user see them; or map the lines to other fields, or "
                "archive them, under “CRM fields”. Then choose “Check again” there."
            ),
            subject="fields",
        )

    def _missing_text(self):
        documents = dict(DOCUMENTS)
        named = [
            f"{line.missing} ({documents[line.document]}: {line.field_id.field_description})"
            for line in self
        ]
        if len(named) > NAMED:
            more = self.env._("%s more", len(named) - NAMED)
            named = [*named[:NAMED], more]
        return ", ".join(named)

    # -- button ------------------------------------------------------------------------

    def action_crm_look(self):
        """Button: ask the CRM again which of the mapped fields it has."""
        system = self._asked_system()
        self.check_access("create")
        if not system._connector()._crm_looks:
            raise UserError(
                self.env._("The connector of %s cannot tell which fields the CRM has.", system.name)
            )
        client = system._client()
        try:
            lines = self._look(system, client)
        except Fault as fault:
            raise UserError(f"{fault.message} {fault.fix or ''}".strip()) from None
        finally:
            client.close()
        if lines:
            said = self.env._("Not there any more: %s.", lines._missing_text())
            return system._notice(said, "warning")
        return system._notice(self.env._("All fields that are mapped are there."), "success")
