import json

import jsonschema
from openapi_spec_validator import OpenAPIV31SpecValidator

from odoo.tests import new_test_user, tagged

from .http_common import SeamHttpCase

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://example.org/thing",
    "type": "object",
    "required": ["number"],
    "properties": {
        "number": {"$ref": "#/$defs/number"},
        "parts": {"type": "array", "items": {"$ref": "#"}},
        "link": {"const": {"$ref": "#/not/a/reference"}},
    },
    "$defs": {"number": {"type": "string", "pattern": "^T-[0-9]+$"}},
}


@tagged("post_install", "-at_install")
class TestOpenApi(SeamHttpCase):
    """What partners read is valid, complete, theirs, and true."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls.env["seam.contract"].create({"name": "thing"})
        cls.version = cls.env["seam.contract.version"].create(
            {
                "contract_id": contract.id,
                "version": "1.0",
                "text": json.dumps(SCHEMA),
                "sha256": "x",
            }
        )
        cls.flow.contract_version_id = cls.version
        cls.other = cls.make_system("other")
        cls.other_flow = cls.env["seam.flow"].create(
            {"name": "Goods", "code": "goods", "system_id": cls.other.id, "state": "active"}
        )

    def document(self, **kwargs):
        answer = self.get("/seam/v1/openapi.json", **{"key": self.key, **kwargs})
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()

    def paths(self, document):
        return {path for path in document["paths"] if path.count("/") > 3 and "{" not in path}

    def test_it_is_valid(self):
        document = self.document()
        OpenAPIV31SpecValidator(document).validate()
        self.assertEqual(document["openapi"], "3.1.0")

    def test_it_knows_every_answer(self):
        single = self.document()["paths"]["/seam/v1/partner/things"]["post"]
        self.assertEqual(
            set(single["responses"]),
            {"200", "202", "401", "404", "409", "413", "415", "422", "429", "503"},
        )
        headers = {
            parameter["name"] for parameter in self.document()["components"]["parameters"].values()
        }
        self.assertLessEqual(
            {"Idempotency-Key", "traceparent", "webhook-id", "webhook-timestamp", "ce-id"},
            headers,
        )

    def test_the_contract_works_where_it_stands(self):
        document = self.document()
        content = document["paths"]["/seam/v1/partner/things"]["post"]["requestBody"]["content"]
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        validator = jsonschema.Draft202012Validator(schema)
        self.assertTrue(validator.is_valid({"number": "T-1", "parts": [{"number": "T-2"}]}))
        self.assertFalse(validator.is_valid({"number": "1"}))
        self.assertFalse(validator.is_valid({"number": "T-1", "parts": [{}]}))
        self.assertTrue(
            validator.is_valid({"number": "T-1", "link": {"$ref": "#/not/a/reference"}})
        )

    def test_a_partner_sees_his_own_flows(self):
        self.assertEqual(
            self.paths(self.document()),
            {"/seam/v1/partner/things", "/seam/v1/partner/things/batch"},
        )
        other = self.document(key=self.make_key(self.other))
        self.assertNotIn("things", json.dumps(other["paths"]))

    def test_only_what_is_open(self):
        self.flow.state = "paused"
        self.assertTrue(self.paths(self.document()))
        self.flow.state = "draft"
        self.assertFalse(self.paths(self.document()))

    def test_a_viewer_sees_all_of_his_companies(self):
        company = self.env["res.company"].create({"name": "Second"})
        foreign = self.env["res.company"].create({"name": "Foreign"})
        self.viewer.company_ids |= company
        self.other.sudo().user_id = False
        self.other.company_id = company
        far = self.env["seam.system"].create(
            {"name": "Far", "code": "far", "company_id": foreign.id, "state": "active"}
        )
        self.env["seam.flow"].create(
            {"name": "Far", "code": "far", "system_id": far.id, "state": "active"}
        )
        self.authenticate("seam-viewer", "seam-viewer")
        paths = self.paths(self.document(key=None))
        self.assertIn("/seam/v1/partner/things", paths)
        self.assertIn("/seam/v1/other/goods", paths)
        self.assertNotIn("/seam/v1/far/far", paths)

    def test_every_flow_tells_its_address(self):
        flows = self.flow | self.other_flow
        self.assertEqual(
            [address.rpartition("/seam/")[2] for address in flows.mapped("address")],
            ["v1/partner/things", "v1/other/goods"],
        )

    def test_nobody_else(self):
        self.assertProblem(self.get("/seam/v1/openapi.json"), 401)
        self.assertProblem(self.get("/seam/v1/openapi.json", key="seam_wrong"), 401)
        new_test_user(self.env, "seam-nobody", groups="base.group_user")
        self.authenticate("seam-nobody", "seam-nobody")
        self.assertProblem(self.get("/seam/v1/openapi.json"), 403)

    def test_answers_are_as_described(self):
        document = self.document()
        responses = document["paths"]["/seam/v1/partner/things"]["post"]["responses"]
        for content, key in (({"number": "T-1"}, "a"), ({"number": "T-1"}, "a"), ({}, "b")):
            answer = self.post(content, key=key)
            self.check(document, responses[str(answer.status_code)], answer)
        batch = document["paths"]["/seam/v1/partner/things/batch"]["post"]["responses"]
        answer = self.post([{"number": "T-1"}, {}, {"number": "T-2"}], path=self.path + "/batch")
        self.check(document, batch["207"], answer)
        status = document["paths"]["/seam/v1/messages/{id}"]["get"]["responses"]
        self.drain()
        for item in answer.json():
            told = self.get(f"/seam/v1/messages/{item['id']}", key=self.key)
            self.check(document, status["200"], told)

    def check(self, document, response, answer):
        if "$ref" in response:
            response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        ((kind, content),) = response["content"].items()
        self.assertEqual(answer.headers["Content-Type"].split(";")[0], kind)
        jsonschema.validate(
            answer.json(), {**content["schema"], "components": document["components"]}
        )
