import copy
import json
from pathlib import Path
from unittest.mock import patch

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.http import Response
from odoo.addons.seam.engine.signature import BadSignature
from odoo.addons.seam.models.seam_system_client import SystemClient

from .common import SeamCase


class Answers:
    """The other side, as a list of answers. Patches the one HTTP method.

    :ivar calls: list of (path, params) that were asked
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.calls = []

    def __call__(self, method, path, *, params=None, **_kwargs):
        self.calls.append((path, dict(params or {})))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def patched(self):
        return patch.object(SystemClient, "request", self)


def answer(content, status=200, **headers):
    """:param content: what the other side says, as JSON. :return: Response"""
    body = json.dumps(content).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, names, body, 0.01)


class ConnectorCase(SeamCase):
    """What every connector must do, run on its samples. Subclass it, and set these:

    ``connector``   its code
    ``samples``     folder of ``*.json``: ``{"topic", "body", "documents"}``
    ``handler``     of the flow that takes the samples
    ``wire_contract``  name of the contract of what the partner sends, or None
    ``flow_code``   code of that flow
    ``sign(body, topic, secret)``  headers as the partner sends them
    ``break_body(body)``  the parsed body, with something missing

    Import this module, not the class: test runners collect what is imported.
    """

    connector = None
    samples = None
    handler = "seam.handler.none"
    wire_contract = None
    flow_code = "things"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first_secret = cls._make_secret("first secret of the partner")
        cls.second_secret = cls._make_secret("second secret of the partner")
        cls.flow = cls.make_flow(code=cls.flow_code, handler=cls.handler)
        if cls.wire_contract:
            cls.flow.contract_version_id = (
                cls.env["seam.contract"]
                .search([("name", "=", cls.wire_contract)])
                .current_version_id
            )

    @classmethod
    def _make_secret(cls, text, purpose="webhook"):
        cls.env["seam.credential"].create(
            {
                "name": text,
                "system_id": cls.system.id,
                "purpose": purpose,
                "secret_input": text,
            }
        )
        return text

    # -- for the subclass ------------------------------------------------------------

    def sign(self, body, topic, secret):
        raise NotImplementedError

    def break_body(self, body):
        raise NotImplementedError

    # -- what every connector must do ----------------------------------------------------

    def each_sample(self):
        files = sorted(Path(self.samples).glob("*.json"))
        self.assertTrue(files, f"There are no samples in {self.samples}.")
        for file in files:
            with self.subTest(sample=file.name):
                sample = codec.parse(file.read_bytes())
                yield sample, codec.dump(sample["body"])

    def call(self, body, headers):
        """What the intake does before it stores."""
        names = {name.lower(): value for name, value in headers.items()}
        self.env["seam.system"]._authenticate_call(self._conf(self.flow), names, body)
        return names

    def test_samples_are_translated_as_agreed(self):
        connector = self.env["seam.connector." + self.connector]
        conf = self._conf(self.flow)
        for sample, body in self.each_sample():
            wire = codec.parse(body)
            if conf.wire_validator():
                self.assertEqual(conf.wire_validator().violations(wire), [])
            before = copy.deepcopy(wire)
            documents = connector._to_documents(conf, sample["topic"], wire)
            self.assertEqual(wire, before, "translating must not change what came")
            self.assertEqual(documents, sample["documents"])
            for document in documents:
                validator = conf.document_validator()
                self.assertEqual(validator.violations(document) if validator else [], [])

    def test_every_secret_that_is_valid_opens(self):
        for sample, body in self.each_sample():
            for secret in (self.first_secret, self.second_secret):
                self.call(body, self.sign(body, sample["topic"], secret))

    def test_who_is_not_proven_is_refused(self):
        for sample, body in self.each_sample():
            good = self.sign(body, sample["topic"], self.first_secret)
            wrong = self.sign(body, sample["topic"], "another secret")
            for tried, headers in ((body + b" ", good), (body, wrong), (body, {})):
                with self.assertRaises(BadSignature):
                    self.call(tried, headers)

    def test_without_a_secret_nothing_is_accepted(self):
        self.system.credential_ids.unlink()
        for sample, body in self.each_sample():
            with self.assertRaises(BadSignature):
                self.call(body, self.sign(body, sample["topic"], ""))

    def test_the_same_delivery_again_is_known(self):
        for sample, body in self.each_sample():
            names = self.call(body, self.sign(body, sample["topic"], self.first_secret))
            first = self.receive(self.flow, body, headers=names)
            again = self.receive(self.flow, body, headers=names)
            self.assertEqual((first.status, again.status), ("stored", "duplicate"))
            self.assertEqual(first.id, again.id)
            self.assertEqual(self.message(first).topic or "", sample["topic"])

    def test_a_body_that_breaks_the_contract_is_kept_with_its_errors(self):
        for sample, body in self.each_sample():
            broken = codec.dump(self.break_body(codec.parse(body)))
            receipt = self.receive(self.flow, broken, topic=sample["topic"])
            self.assertEqual(receipt.state, "failed")
            self.assertTrue(self.message(receipt).fault_message)
            self.assertEqual(self.message(receipt)._body_bytes(), broken)

    def refuses_to_pull(self, code, cursor, *answers):
        """:return: code of the Fault with which pulling a flow of this code ends"""
        flow = self._conf(self.flow)._replace(code=code)
        with Answers(*answers).patched(), self.assertRaises(Fault) as caught:
            self.env["seam.connector." + self.connector]._list_pages(
                self.system._client(), flow, cursor
            )
        return caught.exception.code


class OutgoingConnectorCase(SeamCase):
    """What every connector that sends must do, run on its samples. Subclass it, and set:

    ``connector``   its code
    ``samples``     folder of ``*.json``: ``{"document", "request": {"method", "path",
        "json", …}}``, and where they matter ``topic``, ``external_id``, ``handler``
    ``conf(sample)``  FlowConf under which a sample is sent
    """

    connector = None
    samples = None
    # of a partner whose address is https://partner.example
    key = "6f1c0d5e-0000-4000-8000-000000000001"

    def conf(self, sample):
        raise NotImplementedError

    def each_sample(self):
        files = sorted(Path(self.samples).glob("*.json"))
        self.assertTrue(files, f"There are no samples in {self.samples}.")
        for file in files:
            with self.subTest(sample=file.name):
                sample = codec.parse(file.read_bytes())
                sending = Sending(
                    self.key,
                    sample.get("topic", ""),
                    sample["document"],
                    sample.get("external_id"),
                    "sale-order/1",
                )
                yield (
                    self.env["seam.connector." + self.connector],
                    self.conf(sample),
                    sending,
                    sample,
                )

    def test_requests_are_as_agreed_and_the_same_at_every_try(self):
        for connector, conf, sending, sample in self.each_sample():
            validator = conf.document_validator()
            self.assertEqual(validator.violations(sending.document) if validator else [], [])
            before = copy.deepcopy(sending.document)
            request = connector._to_request(conf, sending)
            for name, value in sample["request"].items():
                found = getattr(request, name)
                if name == "json":
                    found = codec.parse(codec.dump(found))
                self.assertEqual(found, value, name)
            self.assertEqual(connector._to_request(conf, sending), request)
            self.assertEqual(sending.document, before, "translating must not change the document")
            known = {name.lower() for name in request.headers}
            self.assertNotIn("authorization", known, "the client logs in, not the request")

    def test_statuses_mean_what_they_mean_everywhere(self):
        for connector, conf, sending, _sample in self.each_sample():
            for status, kinds in (
                (400, {"permanent", "ambiguous"}),
                (401, {"permanent"}),
                (403, {"permanent"}),
                (429, {"transient"}),
                (500, {"transient", "ambiguous"}),
                (503, {"transient", "ambiguous"}),
                (504, {"transient", "ambiguous"}),
            ):
                for body in (b"{}", b"<html>Sorry</html>", b"", b"[]", b"\xff"):
                    response = Response(status, {"retry-after": "77"}, body, 0.01)
                    meant = connector._interpret(conf, sending, response)
                    self.assertFalse(meant.accepted)
                    self.assertIn(meant.fault.kind, kinds, f"{status} {body}: {meant.fault}")
                    if status in (401, 403):
                        self.assertEqual(meant.fault.code, "auth.failed")
                    if status == 429:
                        self.assertEqual(meant.fault.retry_after, 77)

    def test_who_cannot_be_asked_now_is_asked_again_later(self):
        for connector, conf, sending, _sample in self.each_sample():
            away = Answers(*(answer({}, 503) for _try in range(5)))
            try:
                with away.patched():
                    connector._look_up(self.system._client(), conf, sending)
            except NotImplementedError:
                continue
            except Fault as fault:
                self.assertEqual(fault.kind, "transient")
            else:
                self.fail("A partner who is away has said nothing.")
