from decimal import Decimal

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import float_repr

from odoo.addons.seam.engine.fault import Fault

from .. import const

PENDING = "seam_http.changes"
MAX_LINES = 2000
MAX_DEPTH = 3
# Which of several things that happen to a record in one transaction is told.
WEIGHT = {"changed": 0, "archived": 1, "created": 2, const.DELETED: 3}


class SeamHandlerRecordOut(models.AbstractModel):
    """Documents of chosen fields of any model, sent when one of them changes."""

    _name = "seam.handler.record.out"
    _inherit = "seam.handler.record"
    _description = "Any Odoo record (send)"

    _direction = "out"

    @property
    def _sources(self):
        context = self.env.context
        flow = context.get("seam_flow") or context.get("default_flow_id")
        options = self.with_context(seam_flow=flow)._flow_options()
        return (options["model"],) if options.get("model") else ()

    def _concerns(self, flow, records):
        endpoint = flow.sudo().endpoint_id
        if endpoint.model != records._name:
            return records.browse()
        records = super()._concerns(flow, records.sudo().exists())
        return records.filtered_domain(endpoint._domain()) if records else records

    # -- what happened -------------------------------------------------------------------

    @api.model
    def _note(self, watches, records, topic, changed=None, documents=None):
        """Remember that records changed; flows are told with the transaction's end.

        :param watches: as ``seam.endpoint._watched`` has them
        :param changed: names of the fields, None: all
        :param documents: dict flow id → dict record id → document, of deleted records
        """
        origin = self.env.context.get("seam_origin")
        data = self.env.cr.precommit.data
        for flow_id, system_id, names, _deletes in watches:
            if system_id == origin or (changed is not None and not names & changed):
                continue
            if PENDING not in data:
                data[PENDING] = {}
                self.env.cr.precommit.add(self.sudo()._emit_noted)
            built = (documents or {}).get(flow_id, {})
            for id_ in records.ids:
                if documents is not None and id_ not in built:
                    continue
                key = flow_id, records._name, id_
                before = data[PENDING].get(key, ("changed", None))
                if WEIGHT[topic] >= WEIGHT[before[0]]:
                    data[PENDING][key] = (topic, built.get(id_))

    def _emit_noted(self):
        """Put what was noted into the outbox: after all writes, as the records are now."""
        noted = self.env.cr.precommit.data.pop(PENDING, {})
        batches = {}
        for (flow_id, model, id_), (topic, document) in noted.items():
            batches.setdefault((flow_id, model, topic), {})[id_] = document
        for (flow_id, model, topic), documents in batches.items():
            records = self.env[model].browse(documents)
            if topic != const.DELETED:
                flow = self.env["seam.flow"].browse(flow_id)
                records, documents = self._concerns(flow, records), None
            if records:
                self.env["seam.message"]._note_emission(flow_id, records, topic, documents)

    @api.model
    def _documents_before_deletion(self, watches, records):
        """:return: dict flow id → dict record id → document, for flows that send deletions
        of records that the partner has"""
        built = {}
        for flow_id, system_id, _names, deletes in watches:
            if not deletes:
                continue
            flow = self.env["seam.flow"].sudo().browse(flow_id)
            known = (
                self.env["seam.binding"]
                .sudo()
                .search(
                    [
                        ("system_id", "=", system_id),
                        ("res_model", "=", records._name),
                        ("res_id", "in", records.ids),
                    ]
                )
            )
            concerned = self._concerns(flow, records.browse(set(known.mapped("res_id"))))
            conf = self.env["seam.flow"]._conf_by_id(flow_id)
            documents = self.env["seam.message"]._build_quietly(conf, concerned, const.DELETED)
            built[flow_id] = {id_: documents.get(id_, {"id": id_}) for id_ in concerned.ids}
        return built

    # -- documents -----------------------------------------------------------------------

    def _build(self, records, topic):
        Model, options = self._flow_model(), self._flow_options()
        if records._name != Model._name:
            raise Fault("config.invalid", self.env._("The flow is about other records."))
        tree = _tree(options["paths"])
        return [self._document(record, tree) for record in records]

    def _document(self, record, tree):
        try:
            return {"id": record.id, **self._members(record, tree, 0)}
        except AccessError as error:
            return Fault(
                "access.denied",
                str(error.args[0]),
                fix=self.env._("Give the system's service user this right."),
                subject=str(error.args[0])[:120],
            )
        except Fault as fault:
            return fault

    def _members(self, record, tree, depth):
        return {name: self._member(record, name, below, depth) for name, below in tree.items()}

    def _member(self, record, name, below, depth):
        field = record._fields.get(name)
        if not field or field.type not in const.SENT_TYPES or field.groups or depth > MAX_DEPTH:
            raise Fault(
                "config.invalid",
                self.env._("%(field)s of %(kind)s cannot be sent.", field=name, kind=record._name),
                fix=self.env._("Remove it from the fields of the flow."),
                subject=f"{record._name}.{name}",
            )
        value = record[name]
        if field.type == "many2one":
            return self._linked(value, below, depth, self._marks(value)) if value else None
        if field.type in ("one2many", "many2many"):
            if len(value) > MAX_LINES:
                raise Fault(
                    "business.rule",
                    self.env._(
                        "%(field)s has more than %(count)s lines.", field=name, count=MAX_LINES
                    ),
                    subject=f"{record._name}.{name}",
                )
            marks = self._marks(value)
            return [self._linked(each, below, depth, marks) for each in value]
        return self._plain(record, field, value)

    def _linked(self, record, below, depth, marks):
        """A record that another one points to: what names it, and the chosen fields."""
        if not self.env["seam.endpoint"]._may_connect(record._name):
            return {"id": record.id, "name": record.sudo().display_name}
        external_id, codes = marks.get(record.id, (None, ()))
        return {
            "id": record.id,
            "name": record.display_name,
            "external_id": external_id,
            # of several codes nobody knows which one is meant
            "code": codes[0] if len(codes) == 1 else None,
            **self._members(record, below, depth + 1),
        }

    def _marks(self, records):
        """What the partner calls records.

        :return: dict record id → (his id of it, his codes of it by value map)
        """
        system = self.env["seam.flow"]._conf_by_id(self.env.context["seam_flow"]).system_id
        domain = [
            ("system_id", "=", system),
            ("res_model", "=", records._name),
            ("res_id", "in", records.ids),
        ]
        bound = self.env["seam.binding"].sudo().search(domain, order="id")
        mapped = self.env["seam.value.map"].sudo().search(domain, order="id")
        ids = {each.res_id: each.external_id for each in bound}
        codes = {}
        for each in mapped:
            codes.setdefault(each.res_id, []).append(each.external_code)
        return {id_: (ids.get(id_), codes.get(id_, ())) for id_ in {*ids, *codes}}

    def _plain(self, record, field, value):
        kind = field.type
        if kind == "boolean":
            return bool(value)
        if kind in ("integer",):
            return value
        if kind in ("float", "monetary"):
            return self._number(record, field, value)
        if value is False or value is None or value == "":
            return None
        if kind == "datetime":
            return value.isoformat() + "Z"
        return value.isoformat() if kind == "date" else str(value)

    def _number(self, record, field, value):
        digits = field.get_digits(self.env) if field.type == "float" else None
        places = digits[1] if digits else None
        if field.type == "monetary":
            currency = record[field.get_currency_field(record)] if record else None
            places = (currency or self.env.company.currency_id).decimal_places
        return Decimal(float_repr(value, places)) if places is not None else Decimal(repr(value))


def _tree(paths):
    """``["name", "line_ids.qty"]`` → ``{"name": {}, "line_ids": {"qty": {}}}``"""
    root = {}
    for path in paths:
        node = root
        for part in path.split("."):
            node = node.setdefault(part, {})
    return root
