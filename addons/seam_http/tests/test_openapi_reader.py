import json

from odoo.tests import BaseCase

from odoo.addons.seam.engine import contract

from ..engine import openapi_guess, openapi_reader
from ..engine.openapi_reader import DescriptionError, read

THREE = """
openapi: 3.0.3
info: {title: Garden, version: 2026-01-31}
servers:
  - url: https://{region}.garden.example/v1
    variables: {region: {default: eu}}
paths:
  /plants:
    parameters:
      - {name: tenant, in: header, required: true, schema: {type: string}}
    get:
      operationId: listPlants
      summary: All plants
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1}}
        - {name: per_page, in: query, schema: {type: integer, maximum: 80}}
        - {name: "filter[updated_at][gte]", in: query, schema: {type: string, format: date-time}}
      responses:
        "200":
          content:
            application/json:
              schema:
                type: object
                properties:
                  data: {type: array, items: {$ref: "#/components/schemas/Plant"}}
    post:
      operationId: createPlant
      requestBody: {$ref: "#/components/requestBodies/Plant"}
      responses:
        "201":
          content:
            application/json: {schema: {$ref: "#/components/schemas/Plant"}}
  /plants/{id}:
    put:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      requestBody: {content: {application/json: {schema: {$ref: "other.yaml#/Plant"}}}}
      responses: {"204": {description: done}}
components:
  requestBodies:
    Plant: {content: {application/json: {schema: {$ref: "#/components/schemas/Plant"}}}}
  schemas:
    Plant:
      type: object
      required: [id, name]
      properties:
        id: {type: integer, format: int64, readOnly: true}
        name: {type: string, maxLength: 40, example: Rose}
        country: {type: string, enum: [NO, SE]}
        height: {type: number, minimum: 0, exclusiveMinimum: true, nullable: true}
        updated_at: {type: string, format: date-time}
        code: {type: string, pattern: '^(?<=x)[a-'}
        parent: {nullable: true, allOf: [{$ref: "#/components/schemas/Plant"}]}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
"""

SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Old", "version": "1"},
    "host": "old.example",
    "basePath": "/api",
    "paths": {
        "/orders": {
            "get": {
                "parameters": [
                    {"name": "limit", "in": "query", "type": "integer"},
                    {"name": "offset", "in": "query", "type": "integer"},
                ],
                "responses": {
                    "200": {
                        "schema": {"type": "array", "items": {"$ref": "#/definitions/Order"}},
                        "examples": {"application/json": [{"number": "1"}]},
                    }
                },
            },
            "post": {
                "parameters": [
                    {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Order"}}
                ],
                "responses": {"200": {"description": "fine"}},
            },
        }
    },
    "definitions": {"Order": {"type": "object", "properties": {"number": {"type": "string"}}}},
    "securityDefinitions": {"basic": {"type": "basic"}},
}


class TestReader(BaseCase):
    def operation(self, api, id_):
        return next(each for each in api.operations if each.id == id_)

    def test_what_a_description_offers(self):
        api = read(THREE)
        self.assertEqual((api.title, api.version), ("Garden", "2026-01-31"))
        self.assertEqual(api.servers, ["https://eu.garden.example/v1"])
        self.assertEqual(
            [(each.method, each.path) for each in api.operations],
            [("GET", "/plants"), ("POST", "/plants"), ("PUT", "/plants/{id}")],
        )
        listed = self.operation(api, "listPlants")
        self.assertEqual([p.name for p in listed.parameters][:2], ["tenant", "page"])
        self.assertEqual(api.security["key"]["name"], "X-Key")

    def test_schemas_become_contracts(self):
        api = read(THREE)
        made = api.bundler.bundle(self.operation(api, "createPlant").request_schema, "request", "P")
        text = json.dumps(made)
        check = contract.compile_schema(text)
        good = {"name": "Rose", "country": "NO", "height": None, "parent": None}
        self.assertEqual(check.violations(good), [])
        self.assertEqual(check.violations({**good, "parent": good}), [])
        for wrong in (
            {},
            {**good, "height": 0},
            {**good, "country": "DE"},
            {**good, "parent": {"x": 1}},
            {**good, "updated_at": "now"},
        ):
            self.assertTrue(check.violations(wrong), wrong)
        answer = api.bundler.bundle(self.operation(api, "createPlant").response_schema, "response")
        self.assertEqual(answer["$defs"]["Plant"]["required"], ["id", "name"])
        self.assertIn("pattern", " ".join(api.notes))

    def test_a_reference_out_of_the_file_is_noted_and_not_fetched(self):
        api = read(THREE)
        schema = self.operation(api, "put /plants/{id}").request_schema
        self.assertEqual(set(api.bundler.bundle(schema, "request")), {"$schema"})
        self.assertIn("other.yaml#/Plant is in another file", " ".join(api.notes))

    def test_the_list_its_ids_and_its_paging_are_guessed(self):
        api = read(THREE)
        listed = self.operation(api, "listPlants")
        path, item = openapi_guess.items(api, listed.response_schema)
        self.assertEqual(path, "data")
        self.assertEqual(
            openapi_guess.identity(api, item),
            {"key_at": "id", "version_at": "updated_at", "label_at": "name"},
        )
        self.assertEqual(
            openapi_guess.paging(api, listed),
            {
                "kind": "page",
                "page_param": "page",
                "first_page": 1,
                "size_param": "per_page",
                "size": 80,
                "since_param": "filter[updated_at][gte]",
                "since_format": "iso",
            },
        )
        self.assertEqual(openapi_guess.sample(api, item)["name"], "Rose")
        self.assertEqual(openapi_guess.external_id(api, item), "id")
        targets = dict(openapi_guess.paths(api, item))
        self.assertNotIn("id", targets, "it is only read")
        self.assertTrue(targets["name"])

    def test_swagger_2(self):
        api = read(json.dumps(SWAGGER))
        self.assertEqual(api.servers, ["https://old.example/api"])
        listed, created = api.operations
        self.assertEqual(openapi_guess.items(api, listed.response_schema)[0], "@")
        self.assertEqual(openapi_guess.paging(api, listed)["kind"], "offset")
        self.assertEqual(listed.response_example, [{"number": "1"}])
        made = api.bundler.bundle(created.request_schema, "request")
        self.assertEqual(made["$ref"], "#/$defs/Order")

    def test_names_that_look_like_numbers_are_texts(self):
        text = """
openapi: 3.0.0
paths:
  /a:
    get:
      responses:
        200: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}
components: {schemas: {A: {type: object, properties: {01: {type: string}, no: {type: string}}}}}
"""
        api = read(text)
        made = api.bundler.bundle(api.operations[0].response_schema, "response")
        self.assertEqual(set(made["$defs"]["A"]["properties"]), {"01", "no"})

    def test_webhooks_of_3_1(self):
        document = {
            "openapi": "3.1.0",
            "info": {},
            "webhooks": {
                "newPlant": {
                    "post": {
                        "requestBody": {
                            "content": {
                                "application/json": {"schema": {"type": ["object", "null"]}}
                            }
                        }
                    }
                }
            },
        }
        (hook,) = read(json.dumps(document)).operations
        self.assertTrue(hook.webhook)

    def test_what_cannot_be_used_is_refused_in_a_sentence(self):
        bomb = "openapi: 3.0.0\na: &a [x,x,x,x,x,x,x,x,x,x]\n" + "\n".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]"
            for n in range(8)
        )
        for text, part in (
            ("", "no object"),
            ("hello", "no object"),
            ("{}", "neither “openapi” nor “swagger”"),
            ('{"openapi": "4.0.0"}', "not supported"),
            ('{"openapi": "3.0.0",', "JSON"),
            ("openapi: [", "line"),
            ("openapi: 3.0.0\nx: !!python/object/apply:os.system [echo]", "neither JSON nor YAML"),
            (bomb, "too large"),
            ("openapi: 3.0.0\na: &a {b: *a}", "contains itself"),
            ("openapi: 3.0.0\na: " + "[" * 500 + "]" * 500, "too deeply nested"),
            ('{"openapi": "3.0.0", "a": ' + "[" * 5000 + "]" * 5000 + "}", "deeply"),
            ("openapi: 3.0.0\na: " + "x" * (9 * 1024 * 1024), "larger than"),
        ):
            with self.subTest(part=part), self.assertRaises(DescriptionError) as caught:
                read(text)
            self.assertIn(part, str(caught.exception))

    def test_a_reference_to_itself_does_not_hang(self):
        document = {
            "openapi": "3.0.0",
            "paths": {"/a": {"get": {"responses": {"200": {"$ref": "#/x"}}}}},
            "x": {"$ref": "#/x"},
        }
        api = openapi_reader.read(json.dumps(document))
        self.assertEqual(api.operations, [])
        self.assertIn("leads back to itself", " ".join(api.notes))
