import json

from odoo import models

FORMAT, VERSION = "seam-setup", 1
PLAIN = ("boolean", "char", "float", "html", "integer", "selection", "text")
# What is the business of one database alone, or could tell of people.
OWN = {
    "seam.system": {"state", "active", "note"},
    "seam.flow": {"state", "state_reason", "sample"},
    "seam.endpoint": {"sample", "live"},
    "seam.endpoint.line": set(),
    "seam.mapping.line": set(),
}
OTHERS = {
    "seam.system": {"company_id", "user_id", "owner_id"},
    "seam.flow": {"system_id", "owner_id", "contract_version_id"},
    "seam.endpoint": {"flow_id", "model_id", "match_field_id"},
}


class SeamSystemExport(models.Model):
    """A set-up as a file without secrets, so that test and production stay alike."""

    _inherit = "seam.system"

    def action_export(self):
        """Button: download the set-up."""
        self.ensure_one()
        self.check_access("write")
        text = json.dumps(self._export(), indent=2, ensure_ascii=False, sort_keys=True)
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"seam-{self.code}.json",
                "raw": text.encode(),
                "mimetype": "application/json",
                "res_model": "seam.import.wizard",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",
        }

    def _export(self):
        """:return: dict by ``schemas/setup-1.json``"""
        self.ensure_one()
        flows = self.flow_ids.sorted("code")
        return {
            "format": FORMAT,
            "version": VERSION,
            "system": self._plain_values(self),
            "credentials": [
                {"purpose": each.purpose, "name": each.name}
                for each in self.credential_ids.sorted("id")
            ],
            "contracts": [
                {
                    "name": version.contract_id.name,
                    "title": version.contract_id.title or version.contract_id.name,
                    "version": version.version,
                    "text": version.text,
                }
                for version in flows.contract_version_id.sorted("display_name")
            ],
            "code_lists": [{"name": each.name, "codes": each.codes} for each in self.code_list_ids],
            "value_maps": self._export_value_maps(),
            "flows": [self._export_flow(flow) for flow in flows],
            "left_out": self._left_out(),
        }

    def _plain_values(self, record):
        """:return: dict of the stored settings of a record; those that are empty included"""
        own = OWN[record._name]
        return {
            name: record[name] if record._fields[name].type == "boolean" else record[name] or None
            for name, field in record._fields.items()
            if field.store
            and field.type in PLAIN
            and not field.related
            and not (field.compute and field.readonly)
            and not field.groups
            and name not in own
            and name not in models.MAGIC_COLUMNS
            and name not in self._chatter()
        } | self._zeros(record)

    def _zeros(self, record):
        """A number that is 0 is a setting, and not nothing."""
        return {
            name: 0
            for name, field in record._fields.items()
            if field.type in ("integer", "float")
            and field.store
            and not field.compute
            and not field.related
            and name not in OWN[record._name]
            and name not in models.MAGIC_COLUMNS
            and name not in self._chatter()
            and record[name] == 0
        }

    def _chatter(self):
        """:return: names of the fields that come with a record's discussion"""
        return {*self.env["mail.thread"]._fields, *self.env["mail.activity.mixin"]._fields}

    def _export_flow(self, flow):
        made = {"values": self._plain_values(flow)}
        if flow.contract_version_id:
            version = flow.contract_version_id
            made["contract"] = {"name": version.contract_id.name, "version": version.version}
        pull = self.env["seam.pull"].search([("flow_id", "=", flow.id)])
        if pull:
            made["pull"] = {"interval_minutes": pull.interval_minutes}
        if flow.endpoint_id:
            made["connection"] = self._export_endpoint(flow.endpoint_id)
        return made

    def _export_endpoint(self, endpoint):
        made = {
            "values": self._plain_values(endpoint),
            "lines": [self._plain_values(line) for line in endpoint.line_ids.sorted()],
            "mapping": [self._plain_values(line) for line in endpoint.mapping_ids.sorted()],
        }
        if endpoint.model_id:
            made["model"] = endpoint.model
            made["fields"] = sorted(endpoint.field_ids.mapped("name"))
        if endpoint.match_field_id:
            made["match_field"] = endpoint.match_field_id.name
        return made

    def _export_value_maps(self):
        values = self.env["seam.value.map"].search([("system_id", "=", self.id)])
        made = []
        for value in values:
            record = value.res_model in self.env and self.env[value.res_model].browse(value.res_id)
            if not record or not record.exists():
                continue
            xmlid = record.get_external_id().get(record.id, "")
            if xmlid.startswith("__"):
                xmlid = ""
            row = {"model": value.res_model, "code": value.external_code}
            name = record.display_name or ""
            made.append({**row, **({"xmlid": xmlid} if xmlid else {}), "name": name})
        return sorted(made, key=lambda row: (row["model"], row["code"]))

    def _left_out(self):
        """:return: sentences: what another database cannot know the records of"""
        found = []
        for record in (self, *self.flow_ids, *self.flow_ids.endpoint_id):
            for name, field in record._fields.items():
                if (
                    field.type == "many2one"
                    and field.store
                    and not field.related
                    and not field.compute
                    and name not in OTHERS[record._name]
                    and name not in models.MAGIC_COLUMNS
                    and name not in self._chatter()
                    and record[name]
                ):
                    label = field._description_string(self.env)
                    found.append(f"{record.display_name}: {label} = {record[name].display_name}")
        return found
