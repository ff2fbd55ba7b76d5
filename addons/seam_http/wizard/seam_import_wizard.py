import base64
import json
from decimal import Decimal
from functools import cache
from pathlib import Path

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.seam.engine import codec, contract, pointer
from odoo.addons.seam.engine.fault import Fault

from ..models.seam_system_export import FORMAT, VERSION

SCHEMA = Path(__file__).parents[1] / "schemas" / "setup-1.json"
MAX_BYTES = 20 * 1024 * 1024
# Differ between test and production: what a system has already is left as it is.
KEPT = (
    "allowed_hosts",
    "auth_user",
    "base_url",
    "client_id",
    "environment",
    "name",
    "token_audience",
    "token_url",
)


class SeamImportWizard(models.TransientModel):
    """Take over a set-up from a file: look at what would change, then do it.

    Doing it twice changes nothing the second time. Nothing is removed, nothing is
    activated, and there is no secret in the file: which are missing is told.
    """

    _name = "seam.import.wizard"
    _description = "Import a set-up"

    file = fields.Binary("Set-up file", attachment=False)
    file_name = fields.Char()
    user_id = fields.Many2one(
        "res.users",
        "Service user",
        help="For a system that is new here: with whose rights its records are written.",
    )
    preview = fields.Text("What would change", readonly=True)
    kept = fields.Text("What stays as it is here", readonly=True)
    missing = fields.Text("What you have to do yourself", readonly=True)
    ready = fields.Boolean(readonly=True)
    system_id = fields.Many2one("seam.system", readonly=True)

    # -- buttons ---------------------------------------------------------------------------

    def action_preview(self):
        self.ensure_one()
        data = self._data()
        system = self._system(data)
        self.write(
            {
                "preview": "\n".join(self._changes(system, data)) or self.env._("Nothing."),
                "kept": "\n".join(self._kept(system, data)),
                "missing": "\n".join(self._missing(system, data)),
                "ready": True,
            }
        )
        return self._again()

    def action_import(self):
        """:return: action that opens the system"""
        self.ensure_one()
        self.env["seam.system"].check_access("create")
        data = self._data()
        system = self._apply_system(self._system(data), data["system"])
        versions = self._apply_contracts(data.get("contracts", []))
        self._apply_code_lists(system, data.get("code_lists", []))
        self._apply_value_maps(system, data.get("value_maps", []))
        for flow in data["flows"]:
            self._apply_flow(system, flow, versions)
        self.system_id = system
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.system",
            "res_id": system.id,
            "view_mode": "form",
        }

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a set-up"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    # -- reading -----------------------------------------------------------------------------

    def _data(self):
        """:return: the file's content, by its schema
        :raise UserError: it is none of ours, or of a version that is not known
        """
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        body = base64.b64decode(self.file)
        if len(body) > MAX_BYTES:
            raise UserError(self.env._("The file is too large to be a set-up."))
        try:
            data = _with_floats(codec.parse(body))
        except Fault as fault:
            raise UserError(self.env._("The file cannot be read: %s", fault.message)) from fault
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise UserError(self.env._("This is not a set-up that Seam has exported."))
        if data.get("version") != VERSION:
            raise UserError(
                self.env._(
                    "The file is of version %(theirs)s, and this Seam reads version %(ours)s: "
                    "export it from a Seam that is as old or as new as this one.",
                    theirs=str(data.get("version"))[:20],
                    ours=VERSION,
                )
            )
        for violation in _validator().violations(data):
            raise UserError(
                self.env._(
                    "The file is damaged at %(place)s: %(message)s",
                    place=pointer.readable(violation.pointer) or "/",
                    message=violation.message,
                )
            )
        self._require_installed(data)
        return data

    def _require_installed(self, data):
        """:raise UserError: a connector, handler or record type is not installed here"""
        connector = data["system"]["connector"]
        known = dict(self.env["seam.system"]._fields["connector"]._description_selection(self.env))
        if connector not in known:
            raise UserError(self.env._("Install the addon of the connector “%s” first.", connector))
        handlers = dict(self.env["seam.flow"]._fields["handler"]._description_selection(self.env))
        for flow in data["flows"]:
            handler = flow["values"]["handler"]
            if handler not in handlers:
                raise UserError(self.env._("Install the addon of “%s” first.", handler))
            model = flow.get("connection", {}).get("model")
            if model and not self.env["seam.endpoint"]._may_connect(model):
                raise UserError(
                    self.env._("There is no record type “%s” here that can be connected.", model)
                )

    def _system(self, data):
        return (
            self.env["seam.system"]
            .with_context(active_test=False)
            .search([("code", "=", data["system"]["code"])])
        )

    # -- preview -------------------------------------------------------------------------------

    def _changes(self, system, data):
        """:return: sentences, one for each thing that would differ"""
        if not system:
            yield self.env._("New system %s", data["system"]["name"])
        now = system._export() if system else {"system": {}, "flows": []}
        skipped = KEPT if system else ()
        yield from self._differences(
            self.env._("System"), now["system"], data["system"], skipped, told=bool(system)
        )
        yield from self._contract_changes(data)
        lists = {each["name"]: each["codes"] for each in now.get("code_lists", [])}
        for each in data.get("code_lists", []):
            if lists.get(each["name"]) != each["codes"]:
                yield self.env._("Code list %s", each["name"])
        yield from self._value_map_changes(system, data)
        flows = {flow["values"]["code"]: flow for flow in now["flows"]}
        for flow in data["flows"]:
            yield from self._flow_changes(flows.get(flow["values"]["code"]), flow)

    def _flow_changes(self, now, flow):
        name = flow["values"]["name"]
        if not now:
            yield self.env._("New flow %s", name)
            return
        yield from self._differences(name, now["values"], flow["values"])
        for part, label in (
            ("contract", self.env._("contract")),
            ("pull", self.env._("fetching")),
        ):
            if now.get(part) != flow.get(part) and flow.get(part):
                yield f"{name}: {label} {_short(now.get(part))} → {_short(flow.get(part))}"
        old, new = now.get("connection"), flow.get("connection")
        if not new:
            return
        old = old or {"values": {}, "lines": [], "mapping": []}
        yield from self._differences(name, old["values"], new["values"])
        for part, label in (
            ("model", self.env._("record type")),
            ("match_field", self.env._("recognised by")),
            ("fields", self.env._("fields to send")),
            ("lines", self.env._("query and headers")),
            ("mapping", self.env._("mapping")),
        ):
            if old.get(part) != new.get(part):
                yield f"{name}: {label} {_short(old.get(part))} → {_short(new.get(part))}"

    def _differences(self, name, old, new, skipped=(), told=True):
        if not told:
            return
        for key, value in new.items():
            if key not in skipped and key in old and old[key] != value:
                yield f"{name}: {key} {_short(old[key])} → {_short(value)}"

    def _contract_changes(self, data):
        for each in data.get("contracts", []):
            if not self._known_version(each):
                yield self.env._("Contract %s", f"{each['name']} {each['version']}")

    def _value_map_changes(self, system, data):
        for row in data.get("value_maps", []):
            record, known = self._meaning(row), self._known_meaning(system, row)
            if record and known != record:
                yield f"{row['code']} = {record.display_name}"

    def _kept(self, system, data):
        if not system:
            return
        for name in KEPT:
            theirs = data["system"].get(name)
            if theirs is not None and (system[name] or None) != theirs:
                yield f"{name}: {_short(system[name] or None)} ({_short(theirs)})"
        codes = {flow["values"]["code"] for flow in data["flows"]}
        for flow in system.flow_ids.filtered(lambda each: each.code not in codes):
            yield self.env._("Flow %s is not in the file and is left alone.", flow.name)

    def _missing(self, system, data):
        there = set(system.credential_ids.mapped("purpose"))
        names = dict(
            self.env["seam.credential"]._fields["purpose"]._description_selection(self.env)
        )
        for purpose in dict.fromkeys(each["purpose"] for each in data.get("credentials", [])):
            if purpose not in there:
                yield self.env._("Enter: %s", names.get(purpose, purpose))
        if not system:
            yield self.env._("Activate the system and its flows.")
        for row in data.get("value_maps", []):
            if not self._meaning(row):
                name = row.get("name") or row["model"]
                yield self.env._("Say what %(code)s means: %(name)s is not here.", **{
                    "code": row["code"], "name": name,
                })  # fmt: skip
        yield from data.get("left_out", [])

    # -- doing it --------------------------------------------------------------------------------

    def _apply_system(self, system, given):
        values = self._fitting("seam.system", given)
        if system:
            system.write({name: v for name, v in values.items() if name not in KEPT})
            return system
        return self.env["seam.system"].create({**values, "user_id": self.user_id.id})

    def _fitting(self, model, given):
        """:return: values of the fields that there are here, empty ones as Odoo has them"""
        known = self.env[model]._fields
        return {
            name: False if value is None else value
            for name, value in given.items()
            if name in known
            and name not in models.MAGIC_COLUMNS
            and not known[name].groups
            and not (value is None and known[name].required)
        }

    def _known_version(self, given):
        """:raise UserError: the same version with another text is here already"""
        found = self.env["seam.contract.version"].search(
            [
                ("contract_id.name", "=", given["name"]),
                ("version", "=", given["version"]),
            ]
        )
        if found and found.text != given["text"]:
            raise UserError(
                self.env._(
                    "Contract %(name)s %(version)s is here with another text. What was agreed "
                    "does not change silently: give one of them another version.",
                    name=given["name"],
                    version=given["version"],
                )
            )
        return found

    def _apply_contracts(self, given):
        """:return: dict (name, version) → ``seam.contract.version``"""
        made = {}
        for each in given:
            known = self._known_version(each)
            try:
                made[each["name"], each["version"]] = known or self.env["seam.contract"]._take_over(
                    each["name"], each["version"], each.get("title"), each["text"]
                )
            except contract.ContractError as error:
                raise UserError(str(error)) from error
        return made

    def _apply_code_lists(self, system, given):
        known = {each.name: each for each in system.code_list_ids}
        for each in given:
            if each["name"] not in known:
                self.env["seam.code.list"].create({**each, "system_id": system.id})
            elif known[each["name"]].codes != each["codes"]:
                known[each["name"]].codes = each["codes"]

    def _meaning(self, row):
        """:return: the record that a row means here, or an empty one"""
        if row["model"] not in self.env:
            return None
        Model = self.env[row["model"]]
        record = row.get("xmlid") and self.env.ref(row["xmlid"], raise_if_not_found=False)
        if record and record._name == row["model"]:
            return record
        name = Model._rec_name
        found = name and row.get("name") and Model.search([(name, "=", row["name"])], limit=2)
        return found if found and len(found) == 1 else Model

    def _known_meaning(self, system, row):
        found = self.env["seam.value.map"]._translate(system.id, row["model"], [row["code"]])
        return found.get(row["code"])

    def _apply_value_maps(self, system, given):
        for row in given:
            record = self._meaning(row)
            if record and self._known_meaning(system, row) != record:
                self.env["seam.value.map"]._learn(system.id, row["model"], row["code"], record)

    def _apply_flow(self, system, given, versions):
        values = self._fitting("seam.flow", given["values"])
        agreed = given.get("contract")
        version = agreed and versions.get((agreed["name"], agreed["version"]))
        if version:
            values["contract_version_id"] = version.id
        flow = system.flow_ids.filtered(lambda each: each.code == values["code"])
        if flow:
            flow.write(values)
        else:
            flow = self.env["seam.flow"].create({**values, "system_id": system.id})
        if given.get("connection"):
            self._apply_endpoint(flow, given["connection"])
        if given.get("pull"):
            self._apply_pull(flow, given["pull"])

    def _apply_pull(self, flow, given):
        Pull = self.env["seam.pull"]
        pull = Pull.search([("flow_id", "=", flow.id)]) or Pull.create({"flow_id": flow.id})
        pull.interval_minutes = given["interval_minutes"]

    def _apply_endpoint(self, flow, given):
        Fields = self.env["ir.model.fields"]
        model, values = given.get("model"), self._fitting("seam.endpoint", given["values"])
        values["model_id"] = self.env["ir.model"]._get(model).id if model else False
        match = given.get("match_field")
        values["match_field_id"] = Fields._get(model, match).id if model and match else False
        chosen = [Fields._get(model, name).id for name in given.get("fields", [])] if model else []
        values["field_ids"] = [(6, 0, [id_ for id_ in chosen if id_])]
        values["line_ids"] = self._rows(
            "seam.endpoint.line", flow.endpoint_id.line_ids, given["lines"]
        )
        values["mapping_ids"] = self._rows(
            "seam.mapping.line", flow.endpoint_id.mapping_ids, given["mapping"]
        )
        if flow.endpoint_id:
            flow.endpoint_id.write(values)
        else:
            self.env["seam.endpoint"].create({**values, "flow_id": flow.id})

    def _rows(self, model, known, given):
        """:return: commands that put the given rows in place of those that are there"""
        new = [(0, 0, self._fitting(model, row)) for row in given]
        return [*((2, row.id, 0) for row in known), *new]


@cache
def _validator():
    return contract.compile_document(json.loads(SCHEMA.read_text()), "The set-up file")


def _with_floats(value):
    """Settings are no amounts: Odoo's fields want floats."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _with_floats(each) for name, each in value.items()}
    return [_with_floats(each) for each in value] if isinstance(value, list) else value


def _short(value):
    if isinstance(value, list):
        return f"[{len(value)}]"
    if isinstance(value, dict):
        return " ".join(str(each) for each in value.values())
    text = "–" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
