from odoo import models
from odoo.exceptions import AccessError, UserError

from odoo.addons.seam.engine import codec, contract, pointer
from odoo.addons.seam.engine.fault import Fault

from .. import const
from ..engine import calls, mapping, openapi_guess, openapi_reader, suggest
from ..engine.openapi_schema import Bundler
from .seam_mapping_line import rule_of

LINE_FIELDS = (
    "target",
    "source",
    "kind",
    "parameter",
    "missing",
    "default",
    "reference",
    "reference_field",
)
DEFAULTS = {"kind": "as_is", "missing": "omit"}
MAX_SAMPLE = 1024 * 1024
SHOWN = 80


class SeamEndpointPreview(models.Model):
    """What the mapping editor asks: state, live preview, suggestions. For administrators."""

    _inherit = "seam.endpoint"

    def mapping_state(self):
        """:return: dict for the mapping editor: ``lines``, ``sample``, ``targets``,
        ``choices``"""
        self._require_manager()
        line = self.env["seam.mapping.line"]
        return {
            "lines": [
                {"id": each.id, **{name: each[name] or "" for name in LINE_FIELDS}}
                for each in self.mapping_ids
            ],
            "sample": self.sample or "",
            "targets": [target._asdict() for target in self._targets()],
            "targets_are_fields": self._fills_record(),
            "choices": {
                name: line._fields[name]._description_selection(self.env)
                for name in ("kind", "missing", "reference")
            },
        }

    def mapping_preview(self, lines, sample, save=False):
        """Run lines on a sample, without writing any business record.

        :param lines: list of dicts of ``LINE_FIELDS`` with an ``id`` of the editor's
        :param save: keep the sample, and the lines if each of them can be used
        :return: dict ``result`` (text), ``problems`` (list of line, message), ``values``
            (dict line → text), ``sources`` (list of path and value), ``saved``
        """
        self._require_manager()
        if len(sample or "") > MAX_SAMPLE or len(lines) > mapping.MAX_RULES:
            raise UserError(self.env._("The sample or the mapping is too large."))
        rules = [rule_of(line, line["id"]) for line in lines]
        problems = [
            (rule.id, wrong) for rule in rules if (wrong := mapping.check_rule(rule))
        ] or self._unplantable(rules)
        saved = bool(save) and not problems
        if save:
            self._keep(lines if saved else None, sample)
        shown = {"result": "", "problems": problems, "values": {}, "sources": []}
        return {**shown, **self._run(rules, sample, problems), "saved": saved}

    def mapping_suggest(self, lines, sample):
        """:return: list of dicts of new lines: equal names on both sides"""
        self._require_manager()
        source = self._parsed(sample)
        found = suggest.lines(self._targets(), source, [line.get("target") for line in lines])
        values = dict(suggest.source_paths(source))
        for line in found:
            if line.get("reference"):
                line.update(self._reference_for(line["target"], values.get(line["source"])))
        return found

    def _reference_for(self, name, code):
        """By which field of a linked record a code of the sample finds it."""
        Target = self.env[self.env[self.model]._fields[name].comodel_name]
        for field in ("code", "default_code", "ref", Target._rec_name):
            known = Target._fields.get(field)
            if not known or known.type != "char" or known.groups or not isinstance(code, str):
                continue
            if (
                Target.has_access("read")
                and Target.search_count([(field, "=", code)], limit=2) == 1
            ):
                return {"reference": "field", "reference_field": field}
        return {"reference": "value_map"}

    def mapping_example(self):
        """:return: text of a real record: fetched from the partner, or built of a record"""
        self._require_manager()
        try:
            return self._example()
        except Fault as fault:
            raise UserError(f"{fault.message} {fault.fix}".strip()) from fault

    def _example(self, record=None):
        if self.direction == "out":
            record = record or self._any_record()
            if not self._paths():
                self.field_ids = self._guessed_fields()
            built = self.env["seam.message"]._build(self._conf(), record, "created")
            document = built.get(record.id)
            if isinstance(document, Fault):
                raise document
            return codec.pretty(codec.dump(document))
        if not self.path:
            raise UserError(self.env._("The partner calls us: paste what he sends."))
        _call, items = self._fetch_page()
        if not items:
            raise UserError(self.env._("The partner has no record to show."))
        return codec.pretty(items[0])

    def _guessed_fields(self):
        """:return: fields that the partner has a word for; the name, where he has none"""
        Fields, Model = self.env["ir.model.fields"], self.env[self.model]
        names = {
            name: "text"
            for name, field in Model._fields.items()
            if field.type in const.SENT_TYPES and field.store and not field.groups
        }
        found = {line["source"] for line in suggest.lines(self._targets(), names, [])}
        found = found or {Model._rec_name or "display_name"}
        return Fields.browse(Fields._get(self.model, name).id for name in sorted(found))

    def _conf(self):
        """:return: FlowConf as it is now"""
        self.env.flush_all()
        return self.env["seam.flow"]._conf_by_id(self.flow_id.id)

    def _fetch_page(self):
        """Fetch the first page as a pull would that begins with all history.

        :return: (http.Call of the first request, list of bodies)
        """
        conf = self._conf()
        client = self.system_id._client().recording()
        try:
            page = self.env[conf.connector]._list_pages(client, conf, {})
        finally:
            client.close()
        return next(iter(client.calls or []), None), [body for _topic, body in page.items]

    def _any_record(self):
        """:return: a record that the flow is for, to try it on"""
        if not self.model_id:
            raise UserError(self.env._("Choose a record type first."))
        found = self.env[self.model].search(self._domain(), limit=1, order="id")
        if not found:
            raise UserError(self.env._("There is no %s to try it on.", self.model_id.name))
        return found

    def _require_manager(self):
        if not self.env.user.has_group("seam.group_seam_manager"):
            raise AccessError(self.env._("Only administrators of Seam set up connections."))
        self.ensure_one()
        self.check_access("write")

    # -- run -----------------------------------------------------------------------------

    @staticmethod
    def _unplantable(rules):
        try:
            mapping.compile_rules(rules)
        except mapping.MappingError as error:
            return [(error.rule, str(error))]
        return []

    def _run(self, rules, sample, wrong):
        if not (sample or "").strip():
            return {}
        try:
            source = self._parsed(sample)
        except Fault as fault:
            return {"problems": [*wrong, (0, fault.message)]}
        shown = {"sources": _shown_sources(source)}
        bad = {id_ for id_, _message in wrong}
        try:
            compiled = mapping.compile_rules([rule for rule in rules if rule.id not in bad])
        except mapping.MappingError as error:
            return {**shown, "problems": [*wrong, (error.rule, str(error))]}
        maps = {each.name: each._as_dict() for each in self.system_id.code_list_ids}
        result, problems = compiled.apply(self._item(source), maps, source)
        found = [*wrong, *((problem.rule, problem.message) for problem in problems)]
        found += self._misfits(rules, result)
        found += [(0, message) for message in self._breaches(source, result)]
        return {
            **shown,
            "result": codec.pretty(codec.dump(result)),
            "problems": found,
            "values": {rule.id: _value_of(rule, result) for rule in rules},
        }

    def _item(self, source):
        http = {"push_items_at": self.push_items_at or ""}
        if self.direction == "in" and self.push_items_at and not self.path:
            return calls.items(http, "", source)[0]
        return source

    def _parsed(self, sample):
        return codec.parse((sample or "null").encode())

    def _fills_record(self):
        return self.handler == const.HANDLER_IN and bool(self.model)

    def _misfits(self, rules, result):
        """What Odoo's fields would not take, line by line."""
        if not self._fills_record() or not self.system_id.user_id:
            return []
        env = self.env(
            user=self.system_id.user_id,
            context={"seam_flow": self.flow_id.id, "allowed_company_ids": self.company_id.ids},
        )
        handler, Model = env[const.HANDLER_IN], env[self.model]
        lines = {mapping.parse_target(rule.target)[0][0]: rule.id for rule in rules if rule.target}
        found = []
        for name, value in result.items():
            try:
                handler._values(Model, {name: value})
            except Fault as fault:
                found.append((lines.get(name, 0), fault.message))
            except AccessError as error:
                found.append((lines.get(name, 0), str(error.args[0]).splitlines()[0]))
        return found

    def _breaches(self, source, result):
        """What the contract says: of what comes in before, of what goes out after it."""
        version = self.flow_id.contract_version_id
        if not version:
            return []
        checked = source if self.direction == "in" else result
        violations = contract.compile_schema(version.text).violations(checked)
        label = self.env._("Contract")
        return [
            f"{label}: {pointer.readable(each.pointer)} {each.message}".replace("  ", " ")
            for each in violations[:10]
        ]

    def _keep(self, lines, sample):
        if (sample or "") != (self.sample or ""):
            self.sample = sample
        if lines is None:
            return
        wanted = [
            {name: line.get(name) or DEFAULTS.get(name, False) for name in LINE_FIELDS}
            for line in lines
        ]
        now = [{name: each[name] or False for name in LINE_FIELDS} for each in self.mapping_ids]
        if wanted != now:
            self.mapping_ids.unlink()
            self.env["seam.mapping.line"].create(
                [
                    {**values, "endpoint_id": self.id, "sequence": 10 * number}
                    for number, values in enumerate(wanted, 1)
                ]
            )

    # -- targets -------------------------------------------------------------------------

    def _targets(self):
        """:return: list of suggest.Target: what a mapping can fill"""
        if self._fills_record():
            return self._field_targets()
        version = (
            self.env[self.handler]._contract_version()
            if self.direction == "in"
            else self.flow_id.contract_version_id
        )
        return _schema_targets(version.text) if version else []

    def _field_targets(self):
        Model, handler = self.env[self.model], self.env[const.HANDLER_IN]
        found = [
            suggest.Target(
                name + ("[]" if field.type == "many2many" else ""),
                field._description_string(self.env) or name,
                field.type,
                bool(field.required and not field.default and not field.compute),
                # a list has whole records, a message perhaps only what changed
                bool(self.path and not field.required),
            )
            for name, field in Model._fields.items()
            if handler._may_fill(field)
        ]
        return sorted(found, key=lambda target: (not target.required, target.path))


def _schema_targets(text):
    schema = codec.parse(text.encode())
    api = openapi_reader.Api("", "", [], [], {}, Bundler(schema))
    targets = []
    for path, required in openapi_guess.paths(api, schema):
        kinds = _types_at(api, schema, path)
        kind = next((each for each in kinds if each != "null"), "")
        targets.append(suggest.Target(path, "", kind, required, "null" in kinds))
    return targets


def _types_at(api, schema, path):
    """:return: list of the types that JSON Schema allows at a target"""
    for name, each in mapping.parse_target(path):
        schema = openapi_guess.fields(api, schema).get(name)
        schema = api.bundler.resolve(schema)
        if each and isinstance(schema, dict):
            schema = api.bundler.resolve(schema.get("items"))
    if not isinstance(schema, dict):
        return []
    kinds = schema.get("type") or []
    kinds = kinds if isinstance(kinds, list) else [kinds]
    formats = {"date": "date", "date-time": "datetime"}
    given = formats.get(schema.get("format"))
    return [given or kind if kind == "string" else kind for kind in kinds]


def _value_of(rule, result):
    """What a line found, as a short text; of lists, what the first item has."""
    try:
        steps = mapping.parse_target(rule.target)
    except ValueError:
        return ""
    for number, (name, each) in enumerate(steps):
        if not isinstance(result, dict) or name not in result:
            return ""
        result = result[name]
        if each and number < len(steps) - 1:
            result = result[0] if result else None
    return _short(result)


def _short(value):
    if isinstance(value, list):
        return f"[{len(value)}]"
    text = value if isinstance(value, str) else codec.dump(value).decode()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _shown_sources(source):
    return [
        (path, "" if isinstance(value, (dict, list)) else _short(value))
        for path, value in list(suggest.source_paths(source))[: suggest.MAX_PATHS]
    ]
