from odoo import api, models

from .letter import Identity


class SeamHandler(models.AbstractModel):
    """Domain code: documents to Odoo records and back. Knows no vendor."""

    _name = "seam.handler"
    _description = "Handler"

    # name and version of the document's contract, e.g. ("sale-order", "1.0.0")
    _contract = None
    # model of the record that a document becomes; its binding carries the version
    _bound_model = None
    # models in which the handler creates records: newly mandatory fields matter there
    _creates = ()

    def _identify(self, document):
        """:return: Identity of the document. Pure: reads nothing but the document."""
        return Identity()

    def _needs(self):
        """:return: ``{model: {field: type}}`` of all fields read and written."""
        return {}

    def _apply(self, letters):
        """Apply a batch and give every letter its outcome. Runs in a savepoint.

        :param letters: list of Letter of one flow, in order
        :raise Fault: one of them cannot be applied; nothing of the batch is kept and
            the engine tries smaller batches until the bad one stands alone
        """
        raise NotImplementedError

    def _contended(self, flow_id, codes):
        """Which of the codes that documents touch two workers must not share now.

        :param codes: set of ``Identity.touches``
        :return: set; the default is all of them
        """
        return codes

    def _impact(self, document):
        """What a document that is held up costs.

        :return: dict with any of ``amount`` (float), ``currency`` (ISO code),
            ``customer`` (name), ``promised`` (ISO date)
        """
        return {}

    @api.model
    def _contract_version(self):
        """:return: ``seam.contract.version`` of the document, empty when there is none"""
        Version = self.env["seam.contract.version"].sudo()
        if not self._contract:
            return Version
        name, version = self._contract
        return Version.search([("contract_id.name", "=", name), ("version", "=", version)], limit=1)

    @api.model
    def _drift(self):
        """Compare what the handler needs with what this ERP has.

        :return: list of sentences; empty when all is well
        """
        problems = []
        for model, needed in self._needs().items():
            if model not in self.env:
                problems.append(self.env._("Model %s is missing.", model))
                continue
            problems += self._field_drift(model, needed)
            if model in self._creates:
                problems += self._mandatory_drift(model, needed)
        return problems

    def _field_drift(self, model, needed):
        known = self.env[model]._fields
        for name, kind in needed.items():
            if name not in known:
                yield self.env._(
                    "Field %(field)s of %(model)s is missing.", field=name, model=model
                )
            elif known[name].type != kind:
                yield self.env._(
                    "Field %(field)s of %(model)s is of type %(found)s instead of %(needed)s.",
                    field=name,
                    model=model,
                    found=known[name].type,
                    needed=kind,
                )

    def _mandatory_drift(self, model, needed):
        """Mandatory fields that nobody fills: creating a record is sure to fail."""
        for name, field in self.env[model]._fields.items():
            filled = (
                name in needed
                or field.default
                or field.compute
                or field.related
                or field.inherited
                or name in models.MAGIC_COLUMNS
                or not field.store
            )
            if field.required and not filled:
                yield self.env._(
                    "Field %(field)s of %(model)s is mandatory now, and this flow "
                    "does not fill it. Give it a default value, or make it optional.",
                    field=name,
                    model=model,
                )


class SeamHandlerNone(models.AbstractModel):
    """Keeps messages without doing anything with them: to watch a new partner first."""

    _name = "seam.handler.none"
    _inherit = "seam.handler"
    _description = "Keep only"

    _direction = None

    def _apply(self, letters):
        for letter in letters:
            letter.done()
