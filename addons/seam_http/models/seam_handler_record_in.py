from odoo import models
from odoo.fields import Command
from odoo.tools import float_is_zero

from odoo.addons.seam.engine import pointer
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from .. import const
from ..engine import field_value


class SeamHandlerRecordIn(models.AbstractModel):
    """Creates and changes records of the model that the flow's connection names.

    With the rights of the system's service user, by fields that the mapping names. The
    newest state counts; which record it is, the binding of the partner's id tells.
    """

    _name = "seam.handler.record.in"
    _inherit = "seam.handler.record"
    _description = "Any Odoo record"

    _contract = ("record", "1.0.0")

    @property
    def _bound_model(self):
        return self._flow_options().get("model") or None

    def _identify(self, document):
        return Identity(
            document["id"], document.get("version"), None, document.get("label") or None
        )

    def _needs(self):
        """The fields that the mapping fills, with the types they have now: one that is
        gone blocks the flow."""
        options = self._flow_options()
        model = options.get("model")
        if not model or model not in self.env:
            return {}
        known = self.env[model]._fields
        names = {target.partition(".")[0].removesuffix("[]") for target in options["targets"]}
        return {model: {name: known[name].type if name in known else "" for name in names}}

    # -- apply ---------------------------------------------------------------------------

    def _apply(self, letters):
        Model, new, taken = self._flow_model(), [], set()
        known = self._lookups(Model, [letter.document["values"] for letter in letters])
        for letter in letters:
            try:
                record = self._known_record(Model, letter)
                if letter.document.get("deleted"):
                    self._end(letter, record)
                    continue
                values = self._values(Model, letter.document["values"], known)
                if record:
                    self._change(letter, record, values)
                else:
                    self._require_first(letter, taken)
                    new.append((letter, self._new_values(Model, letter, values)))
            except Fault as fault:
                letter.refuse(fault)
        records = Model.create([values for _letter, values in new])
        for (letter, _values), record in zip(new, records, strict=True):
            letter.done(record, note=self.env._("Created."))

    def _known_record(self, Model, letter):
        """:return: the record that the partner's id is bound to, or one that is recognised"""
        record = letter.binding._record().with_env(self.env) if letter.binding else Model
        if letter.binding and not record:
            raise Fault(
                "master.unknown",
                self.env._("The record that %s was is gone from Odoo.", letter.identity.key),
                fix=self.env._("Remove its binding to have it created anew."),
                subject=f"gone:{Model._name}",
            )
        return record or self._recognised(Model, letter.document.get("values") or {})

    def _recognised(self, Model, values):
        name = self._flow_options()["match"]
        given = values.get(name) if name else None
        if not isinstance(given, str) or not given.strip():
            return Model
        found = Model.with_context(active_test=False).search([(name, "=", given)], limit=2)
        if len(found) > 1:
            raise Fault(
                "master.ambiguous",
                self.env._(
                    "More than one %(kind)s has %(value)s as its %(field)s.",
                    kind=Model._description,
                    value=given,
                    field=Model._fields[name].string,
                ),
                pointer=pointer.join(["values", name]),
                fix=self.env._("Bind the right one to the partner's ID, under Bindings."),
                subject=f"{Model._name}:{given}"[:120],
            )
        return found

    def _require_first(self, letter, taken):
        """Of two new documents that are recognised as one record, the second waits until
        the first one has made it.

        :param taken: set of what is made in this batch already
        """
        name = self._flow_options()["match"]
        value = letter.document["values"].get(name) if name else None
        if isinstance(value, str) and value.strip():
            if value in taken:
                raise Fault(
                    "db.conflict",
                    self.env._("Another document with %s is being applied.", value),
                    subject="match",
                )
            taken.add(value)

    def _new_values(self, Model, letter, values):
        if not self._flow_options()["may_create"]:
            raise Fault(
                "master.unknown",
                self.env._(
                    "%(kind)s %(key)s is not known in Odoo, and the flow creates none.",
                    kind=Model._description,
                    key=letter.identity.label or letter.identity.key,
                ),
                fix=self.env._("Choose the record that is meant."),
                subject=f"{Model._name}:{letter.identity.key}"[:120],
                extra={
                    "missing": {
                        "model": Model._name,
                        "code": letter.identity.key,
                        "via": "binding",
                        "name": letter.identity.label or "",
                    }
                },
            )
        return values

    def _change(self, letter, record, values):
        changes = {
            name: value for name, value in values.items() if not self._is_same(record, name, value)
        }
        if changes:
            record.write(changes)
        note = self.env._("Changed: %s.", ", ".join(changes)) if changes else ""
        letter.done(record, note=note or self.env._("Nothing differs."))

    @staticmethod
    def _is_same(record, name, value):
        field, now = record._fields[name], record[name]
        if field.type == "many2one":
            return now.id == (value or False)
        if field.type == "many2many":
            return set(now.ids) == set(value[0][2])
        if field.type in ("float", "monetary"):
            return float_is_zero((now or 0.0) - (value or 0.0), precision_digits=9)
        return (now or False) == (value or False)

    def _end(self, letter, record):
        """The partner has it no more."""
        if not record:
            letter.done(note=self.env._("It was deleted there, and is not known here."))
        elif self._flow_options()["on_delete"] == "archive" and "active" in record._fields:
            record.action_archive()
            letter.done(record, note=self.env._("Archived: it was deleted there."))
        else:
            letter.done(record, note=self.env._("Kept, though it was deleted there."))

    # -- values ----------------------------------------------------------------------------

    def _values(self, Model, given, known=None):
        """:param known: as ``_lookups`` returns it; None: look up what these values need
        :return: values for ``create`` and ``write``
        :raise Fault: one of them does not fit, with its pointer
        """
        known = self._lookups(Model, [given]) if known is None else known
        return {name: self._value(Model, name, value, known) for name, value in given.items()}

    def _value(self, Model, name, given, known):
        field = self._field(Model, name)
        try:
            if field.type in ("many2one", "many2many"):
                ids = [
                    self._referred(Model, name, code, known).id
                    for code in field_value.codes(field, given)
                ]
                return [Command.set(ids)] if field.type == "many2many" else (ids or [False])[0]
            return field_value.value(field, given)
        except field_value.Unfit as error:
            raise Fault(
                "mapping.failed",
                str(error),
                pointer=pointer.join(["values", name]),
                fix=self.env._("Mend the record at its origin, or the mapping of the flow."),
                subject=f"{Model._name}.{name}",
            ) from None

    def _field(self, Model, name):
        """:return: field_value.Field
        :raise Fault: it cannot be filled
        """
        field = Model._fields.get(name)
        if not self._may_fill(field):
            raise Fault(
                "config.invalid",
                self.env._(
                    "%(field)s of %(kind)s cannot be filled by a flow.",
                    field=name,
                    kind=Model._description,
                ),
                pointer=pointer.join(["values", name]),
                fix=self.env._("Remove the line from the mapping of the flow."),
                subject=f"{Model._name}.{name}",
            )
        digits = field.get_digits(self.env) if field.type == "float" else None
        places = digits[1] if digits else None
        if field.type == "monetary":
            places = self.env.company.currency_id.decimal_places
        return field_value.Field(
            name,
            field._description_string(self.env) or name,
            field.type,
            required=bool(field.required),
            size=getattr(field, "size", None) or 0,
            digits=places,
            choices=dict(field._description_selection(self.env))
            if field.type == "selection"
            else {},
        )

    @staticmethod
    def _may_fill(field):
        return bool(
            field
            and field.type in const.FILLED_TYPES
            and field.name not in const.FORBIDDEN_FIELDS
            and not field.groups
            and (not field.readonly or field.inverse or field.related)
            and (field.store or field.inverse or field.inherited)
        )

    def _lookups(self, Model, documents):
        """Find what all documents refer to, in one query for each field.

        :return: dict (field name, code) → records
        """
        wanted, found = {}, {}
        for given in documents:
            for name, value in given.items():
                field = Model._fields.get(name)
                if field and field.type in ("many2one", "many2many") and self._may_fill(field):
                    values = value if isinstance(value, list) else [value]
                    codes = {str(v).strip() for v in values if isinstance(v, (str, int))}
                    wanted.setdefault(name, set()).update(codes)
        for name, codes in wanted.items():
            how, other = self._how_referred(name)
            Target = self.env[Model._fields[name].comodel_name]
            for code, records in self._search_referred(Target, how, other, codes).items():
                found[name, code] = records
        return found

    def _how_referred(self, name):
        return self._flow_options()["references"].get(name) or ("value_map", "")

    def _referred(self, Model, name, code, known):
        """:return: the one record that a code means"""
        field = Model._fields[name]
        how, _other = self._how_referred(name)
        Target = self.env[field.comodel_name]
        found = known.get((name, code), Target)
        if len(found) == 1:
            return found
        subject = f"{Target._name}:{code}"[:120]
        place = pointer.join(["values", name])
        label = field._description_string(self.env)
        if found:
            raise Fault(
                "master.ambiguous",
                self.env._("%(field)s: more than one record is %(code)s.", field=label, code=code),
                pointer=place,
                fix=self.env._("Have the line of the mapping find it by a value map."),
                subject=subject,
            )
        raise Fault(
            "master.unknown",
            self.env._("%(field)s: %(code)s is not known in Odoo.", field=label, code=code),
            pointer=place,
            fix=self.env._("Choose the record that is meant."),
            subject=subject,
            extra={
                "missing": {
                    "model": Target._name,
                    "code": code,
                    "via": "binding" if how == "binding" else "value_map",
                    "name": code,
                }
            },
        )

    def _search_referred(self, Target, how, other, codes):
        """By the line's own way; and where people have given the code a meaning, by that.

        :return: dict code → records
        """
        system = self.env["seam.flow"]._conf_by_id(self.env.context["seam_flow"]).system_id
        if how == "binding":
            return self.env["seam.binding"]._find(system, Target._name, codes)
        found = self.env["seam.value.map"]._translate(system, Target._name, codes)
        if how not in ("name", "field"):
            return found
        name = other if how == "field" else Target._rec_name or "name"
        field = Target._fields.get(name)
        if not field or field.type != "char" or field.groups:
            raise Fault(
                "config.invalid",
                self.env._("%(kind)s has no text field %(field)s.", kind=Target._name, field=name),
                subject=f"{Target._name}.{name}",
            )
        for record in Target.search([(name, "in", list(codes - set(found)))]):
            found[record[name]] = found.get(record[name], Target) | record
        return found
