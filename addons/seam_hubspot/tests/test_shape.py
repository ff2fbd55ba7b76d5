import importlib
import json

from odoo.tests import BaseCase, tagged

from .. import const, library
from .fake_hubspot import FakeHubspot
from .test_connector import SAMPLES


@tagged("post_install", "-at_install")
class TestShape(BaseCase):
    """Samples, and what the fake of HubSpot answers, have the shape that HubSpot's own client
    describes; what we ask has it by being made of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if library.missing():
            cls.skipTest(cls, library.missing())
        cls.models = importlib.import_module("hubspot.crm.contacts")
        cls.hubspot = FakeHubspot()
        cls.addClassCleanup(cls.hubspot.close)

    def fits(self, content, name, part="contacts", hidden=()):
        """Each key of ``content`` is one of a model's, and it has all that must be there."""
        model = getattr(importlib.import_module(f"hubspot.crm.{part}"), name)
        names = {json_name: field for field, json_name in model.attribute_map.items()}
        self.assertEqual(set(content) - set(names), set(hidden), name)
        # the model refuses what lacks a field that HubSpot describes as mandatory
        values = {names[key]: value for key, value in content.items() if key in names}
        made = model(**values)
        self.assertEqual(
            library.plain(made),
            {key: content[key] for key in content if key in names and content[key] is not None},
        )

    def test_samples(self):
        files = sorted((SAMPLES / "records").rglob("*.json"))
        self.assertTrue(files)
        for file in files:
            with self.subTest(sample=file.name):
                body = json.loads(file.read_text())["body"]
                record = body.get("record")
                if record:
                    # when it was made is not kept
                    content = {**record, "createdAt": record["updatedAt"]}
                    self.fits(content, "SimplePublicObject")

    def test_types_of_associations(self):
        """Those that HubSpot's own client has."""
        numbers = importlib.import_module("hubspot.crm.association_type").AssociationType
        self.assertEqual(len(const.ABOUT), 9)
        for (kind, about), number in const.ABOUT.items():
            name = f"{kind.prefix}_TO_{about.prefix}".upper()
            self.assertEqual(getattr(numbers, name), number, name)

    def ask(self, method, path, body=None, **query):
        status, content = self.hubspot._do(method, path.split("/"), query, body)
        self.assertLess(status, 300)
        return content

    def test_the_fake(self):
        self.hubspot.add_property("contacts", "seam_odoo_id")
        self.hubspot.properties["contacts"]["seam_odoo_id"]["hasUniqueValue"] = True
        number = self.hubspot.make("contacts", email="ada@example.com")
        self.hubspot.archive("contacts", self.hubspot.make("contacts", email="b@example.com"))
        path = "crm/v3/objects/contacts"
        self.fits(self.ask("GET", f"{path}/{number}"), "SimplePublicObject")
        listed = self.ask("GET", path, archived="true")
        self.fits(listed["results"][0], "SimplePublicObjectWithAssociations")
        found = self.ask("POST", f"{path}/search", {"limit": 1})
        self.fits(found, "CollectionResponseWithTotalSimplePublicObjectForwardPaging")
        wanted = {"inputs": [{"id": number}, {"id": "1"}]}
        trace = {"objectWriteTraceId": "a-1"}
        read = self.ask("POST", f"{path}/batch/read", wanted)
        times = {"startedAt": "2026-01-01T00:00:00Z", "completedAt": "2026-01-01T00:00:00Z"}
        self.fits({**read, **times}, "BatchResponseSimplePublicObjectWithErrors")
        self.fits(read["errors"][0], "StandardError")
        key = {"idProperty": "seam_odoo_id", "id": "a-1", "properties": {"email": "c@example.com"}}
        bad = {**key, "id": "a-2", "objectWriteTraceId": "a-2", "properties": {"email": "c"}}
        made = self.ask("POST", f"{path}/batch/upsert", {"inputs": [{**key, **trace}, bad]})
        self.fits(made["results"][0], "SimplePublicUpsertObject")
        self.fits({**made, **times}, "BatchResponseSimplePublicUpsertObjectWithErrors")
        self.fits(made["errors"][0], "StandardError", hidden=("correlationId",))
        inputs = [{"id": number, "properties": {"email": "d@example.com"}}]
        changed = self.ask("POST", f"{path}/batch/update", {"inputs": inputs})
        self.fits({**changed, **times}, "BatchResponseSimplePublicObject")
        self.fits(changed["results"][0], "SimplePublicObject")
        task = self.ask("POST", "crm/v3/objects/tasks", {"properties": {"hs_timestamp": "1"}})
        self.fits(task, "SimplePublicObject", "objects.tasks")
        self.fits(
            self.hubspot._owners()[0]
            | {
                "createdAt": "2026-01-01T00:00:00Z",
                "updatedAt": "2026-01-01T00:00:00Z",
                "type": "PERSON",
            },
            "PublicOwner",
            "owners",
        )
        self.fits(
            self.hubspot._pipeline()
            | {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z"},
            "Pipeline",
            "pipelines",
        )
