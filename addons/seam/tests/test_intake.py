import base64
import json
import time
from datetime import date, timedelta

from odoo import fields
from odoo.tests import tagged

from .http_common import SeamHttpCase

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
OTHER_SECRET = "whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIHBhcnRuZXI="


@tagged("post_install", "-at_install")
class TestWhoCalls(SeamHttpCase):
    """Nothing is kept of a call whose sender is not proven."""

    def setUp(self):
        super().setUp()
        self.make_secret()

    def assertRefused(self, answer, status=401):
        self.assertProblem(answer, status)
        self.assertEqual(self.count(), 0)

    def test_an_api_key(self):
        self.assertEqual(self.post({"a": 1}).status_code, 202)

    def test_nothing_at_all(self):
        answer = self.post({"a": 1}, auth=False)
        self.assertRefused(answer)
        self.assertIn("Bearer", answer.headers["WWW-Authenticate"])

    def test_a_wrong_key(self):
        for token in ("seam_wrong", "", "•", self.key + "x", self.webhook_secret):
            headers = {"Authorization": f"Bearer {token}".encode()}
            self.assertRefused(self.post({"a": 1}, headers=headers))

    def test_the_key_of_another_system(self):
        other = self.make_key(self.make_system("other"))
        self.assertRefused(self.post({"a": 1}, headers=self.bearer(other)))

    def test_a_key_that_is_over_or_archived(self):
        yesterday = fields.Datetime.now() - timedelta(days=1)
        for key in (
            self.make_key(self.system, valid_until=yesterday),
            self.make_key(self.system, active=False),
        ):
            self.assertRefused(self.post({"a": 1}, headers=self.bearer(key)))

    def test_a_signature(self):
        answer = self.post_signed({"a": 1}, message_id="msg_7")
        self.assertEqual(answer.status_code, 202)
        self.assertEqual(self.stored(answer).key, "msg_7")

    def test_a_signature_by_another_secret(self):
        self.assertRefused(self.post_signed({"a": 1}, text=OTHER_SECRET))

    def test_a_signature_of_other_bytes(self):
        good = self.post_signed({"a": 1}).request.headers
        signed = {name: good[name] for name in good if name.lower().startswith("webhook-")}
        self.env["seam.message"].search([])._discard("Only its headers were wanted")
        before = self.count()
        answer = self.post({"a": 2}, headers=signed, auth=False)
        self.assertProblem(answer, 401)
        self.assertEqual(self.count(), before)

    def test_an_old_signature_or_one_from_the_future(self):
        for moment in (time.time() - 301, time.time() + 330):
            self.assertRefused(self.post_signed({"a": 1}, moment=moment))

    def test_a_signature_of_five_minutes_ago_just_counts(self):
        answer = self.post_signed({"a": 1}, moment=time.time() - 290)
        self.assertEqual(answer.status_code, 202)

    def test_both_secrets_count_during_a_rotation(self):
        self.make_secret(OTHER_SECRET)
        old = self.env["seam.credential"].search([("purpose", "=", "webhook")], order="id")[0]
        old.valid_until = fields.Datetime.now() + timedelta(hours=1)
        self.assertEqual(self.post_signed({"a": 1}, message_id="m1").status_code, 202)
        self.assertEqual(
            self.post_signed({"a": 2}, text=OTHER_SECRET, message_id="m2").status_code, 202
        )
        old.valid_until = fields.Datetime.now() - timedelta(seconds=1)
        self.assertProblem(self.post_signed({"a": 3}, message_id="m3"), 401)

    def test_no_secret_rejects(self):
        self.system.credential_ids.unlink()
        self.assertRefused(self.post_signed({"a": 1}))
        self.assertRefused(self.post({"a": 1}))

    def test_secrets_that_cannot_be_read_are_our_trouble(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE seam_credential SET value = 'x' WHERE purpose = 'webhook'")
        self.env.registry.clear_cache()
        answer = self.post_signed({"a": 1})
        self.assertRefused(answer, 503)
        self.assertIn("Retry-After", answer.headers)

    def test_the_answer_tells_no_secret(self):
        answer = self.post({"a": 1}, headers=self.bearer("seam_" + "s" * 43))
        self.assertNotIn("s" * 43, answer.text)


@tagged("post_install", "-at_install")
class TestWhereTo(SeamHttpCase):
    def test_an_unknown_system_or_flow(self):
        for path in ("/seam/v1/nobody/things", "/seam/v1/partner/nothing", "/seam/v1/x%0Ay/z"):
            for suffix in ("", "/batch"):
                self.assertProblem(self.post({"a": 1}, path=path + suffix), 404)

    def test_a_flow_out_of_odoo_takes_nothing_in(self):
        self.make_flow(code="out", direction="out")
        self.assertProblem(self.post({"a": 1}, path="/seam/v1/partner/out"), 404)

    def test_a_paused_flow_keeps_what_comes_in(self):
        self.flow.action_pause()
        answer = self.post({"a": 1})
        self.assertEqual((answer.status_code, answer.json()["state"]), (202, "pending"))
        self.drain()
        self.assertEqual(self.stored(answer).state, "pending")
        self.flow.action_activate()
        self.drain()
        self.assertEqual(self.stored(answer).state, "done")

    def test_a_blocked_flow_keeps_what_comes_in(self):
        self.flow.state = "blocked"
        answer = self.post({"a": 1})
        self.assertEqual(answer.status_code, 202)
        self.drain()
        self.assertEqual(self.stored(answer).state, "pending")

    def test_what_is_not_switched_on_asks_to_come_back(self):
        closings = (
            lambda: self.flow.write({"state": "draft"}),
            lambda: self.flow.write({"state": "active"}) and self.system.action_disable(),
            lambda: self.system.write({"state": "active", "active": False}),
        )
        for close in closings:
            close()
            answer = self.post({"a": 1})
            self.assertProblem(answer, 503)
            self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.assertEqual(self.count(), 0)

    def test_calls_over_the_limit(self):
        self.system.rate_limit = 1
        self.env.flush_all()
        self.env["seam.rate"]._take(self.system.id, 1)
        answer = self.post({"a": 2})
        self.assertProblem(answer, 429)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.assertEqual(self.count(), 0)

    def test_a_wrong_key_takes_nothing_from_the_limit(self):
        self.system.rate_limit = 1
        for _time in range(3):
            self.assertProblem(self.post({}, headers=self.bearer("seam_wrong")), 401)
        self.assertEqual(self.post({"a": 1}).status_code, 202)


@tagged("post_install", "-at_install")
class TestBody(SeamHttpCase):
    """What cannot be used is answered in detail, and kept for people to see."""

    def assertKept(self, body, code, pointer=None, **kwargs):
        answer = self.post(body, **kwargs)
        problem = self.assertProblem(answer, 422)
        message = self.stored(answer)
        self.assertEqual(message._body_bytes(), body)
        self.assertEqual((message.state, message.fault_code), ("failed", code))
        self.assertEqual(message.exception_id.state, "open")
        if pointer is not None:
            self.assertEqual(problem["errors"][0]["pointer"], pointer)
        for error in problem["errors"]:
            self.assertEqual(set(error), {"pointer", "code", "message"})
        return problem

    def test_good_bytes_are_kept_exactly(self):
        body = b' {"b" : 1.10,\n"a":"\\u00e9 \xc3\xa9", "z": 12345678901234567890} '
        answer = self.post(body)
        self.assertEqual(answer.status_code, 202)
        self.assertEqual(self.stored(answer)._body_bytes(), body)

    def test_a_large_body_is_kept_exactly(self):
        body = json.dumps({"a": "x" * 900_000}).encode()
        message = self.stored(self.post(body))
        self.assertTrue(message.sudo().body_attachment_id)
        self.assertEqual(message._body_bytes(), body)

    def test_empty(self):
        self.assertKept(b"", "schema.malformed")

    def test_not_json(self):
        for body in (b"{", b"hello", b"a=1&b=2", b"<a/>", b"{'a': 1}", b'{"a": 1,}'):
            self.assertKept(body, "schema.malformed")

    def test_nested_too_deeply(self):
        self.assertKept(b"[" * 10_000 + b"]" * 10_000, "schema.too_deep")
        self.assertKept(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "schema.too_deep")

    def test_a_name_twice(self):
        self.assertKept(b'{"a": {"b": 1, "b": 2}}', "schema.malformed", "/a/b")

    def test_numbers_that_are_none(self):
        for text in (b"NaN", b"Infinity", b"-Infinity"):
            self.assertKept(b'{"a": %s}' % text, "schema.malformed", "/a")

    def test_huge_numbers(self):
        for text in (b"9" * 100_000, b"1e400", b"1e999999999", b"-1E+99999"):
            self.assertKept(b'{"a": %s}' % text, "schema.malformed", "/a")

    def test_other_encodings(self):
        text = '{"a": "é"}'
        self.assertKept(text.encode("utf-16"), "schema.encoding")
        self.assertKept(text.encode("utf-32-be"), "schema.encoding")
        self.assertKept(text.encode("latin-1"), "schema.encoding")
        self.assertKept(
            text.encode(),
            "schema.encoding",
            headers={"Content-Type": "application/json; charset=iso-8859-1"},
        )

    def test_lone_surrogates(self):
        self.assertKept(b'{"a": "\\ud800"}', "schema.malformed", "/a")
        self.assertKept(b'{"a": "\xed\xa0\x80"}', "schema.encoding")

    def test_nul_characters(self):
        self.assertKept(b'{"a": "x\\u0000y"}', "schema.malformed", "/a")
        self.assertKept(b'{"a": "x\x00y"}', "schema.malformed")

    def test_too_large(self):
        answer = self.post(json.dumps({"a": "x" * 2 * 1024 * 1024}).encode())
        self.assertIn("1048576", self.assertProblem(answer, 413)["detail"])
        self.assertEqual(self.count(), 0)

    def test_another_content_type(self):
        for kind in ("text/xml", "text/plain", "application/x-www-form-urlencoded", None):
            answer = self.post({"a": 1}, headers={"Content-Type": kind})
            self.assertProblem(answer, 415)
        answer = self.post(
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        )
        self.assertProblem(answer, 415)
        self.assertEqual(self.count(), 0)

    def test_types_that_end_in_json(self):
        answer = self.post({"a": 1}, headers={"Content-Type": "application/hal+json"})
        self.assertEqual(answer.status_code, 202)

    def test_a_breach_of_the_contract_is_told_in_full(self):
        self.flow.contract_version_id = self.contract(
            {
                "type": "object",
                "required": ["number"],
                "properties": {"lines": {"items": {"properties": {"qty": {"minimum": 1}}}}},
            }
        )
        problem = self.assertKept(
            b'{"lines": [{"qty": 1}, {"qty": -1}, {"qty": 0}]}', "schema.invalid"
        )
        self.assertEqual(
            {error["pointer"] for error in problem["errors"]},
            {"", "/lines/1/qty", "/lines/2/qty"},
        )

    def test_a_contract_that_ends_is_announced(self):
        self.flow.contract_version_id = self.contract({})
        self.flow.contract_version_id.sunset_date = date.today() + timedelta(days=30)
        self.assertIn("GMT", self.post({"a": 1}).headers["Sunset"])

    def contract(self, schema):
        contract = self.env["seam.contract"].create({"name": "thing"})
        return self.env["seam.contract.version"].create(
            {
                "contract_id": contract.id,
                "version": "1.0",
                "text": json.dumps(schema),
                "sha256": "x",
            }
        )


@tagged("post_install", "-at_install")
class TestAgain(SeamHttpCase):
    """Partners send again; one message results."""

    def test_the_same_again(self):
        first = self.post({"a": 1}, key="k1")
        again = self.post({"a": 1}, key="k1")
        self.assertEqual((first.status_code, again.status_code), (202, 200))
        self.assertEqual(first.json()["id"], again.json()["id"])
        self.assertEqual(first.json()["trace_id"], again.json()["trace_id"])
        self.assertTrue(again.json()["duplicate"])
        self.assertNotIn("duplicate", first.json())
        self.assertEqual(self.count(), 1)

    def test_the_same_after_it_is_done(self):
        first = self.post({"a": 1}, key="k1")
        self.drain()
        again = self.post({"a": 1}, key="k1")
        self.assertEqual((again.status_code, again.json()["state"]), (200, "done"))
        self.drain()
        self.assertEqual(len(self.stored(first).event_ids), 1)

    def test_without_a_key_equal_bytes_are_the_same(self):
        self.post({"a": 1})
        self.assertEqual(self.post({"a": 1}).status_code, 200)
        self.assertEqual(self.post({"a": 2}).status_code, 202)

    def test_a_key_with_another_body(self):
        first = self.post({"a": 1}, key="k1")
        problem = self.assertProblem(self.post({"a": 2}, key="k1"), 409)
        self.assertEqual(problem["id"], first.json()["id"])
        self.assertEqual(self.stored(first)._body_bytes(), b'{"a": 1}')

    def test_what_was_refused_stays_refused(self):
        first = self.assertProblem(self.post(b"{", key="k1"), 422)
        again = self.assertProblem(self.post(b"{", key="k1"), 422)
        self.assertEqual(first, again)
        self.assertEqual(self.count(), 1)

    def test_what_people_mended_here_is_not_refused_again(self):
        message = self.stored(self.post(b"{", key="k1"))
        message.with_user(self.operator)._edit("{}", "A brace was missing")
        again = self.post(b"{", key="k1")
        self.assertEqual((again.status_code, again.json()["state"]), (200, "replaced"))

    def test_a_key_belongs_to_its_flow(self):
        self.make_flow(code="others")
        self.post({"a": 1}, key="k1")
        answer = self.post({"a": 2}, key="k1", path="/seam/v1/partner/others")
        self.assertEqual(answer.status_code, 202)

    def test_a_key_that_is_too_long(self):
        self.assertProblem(self.post({"a": 1}, key="k" * 256), 422)
        self.assertEqual(self.post({"a": 1}, key="k" * 255).status_code, 202)

    def test_odd_keys(self):
        for key in ("k 1", "é", "%00", "a|b", "'; DROP TABLE seam_message"):
            headers = {"Idempotency-Key": key.encode()}
            self.assertEqual(self.post({"a": 1}, headers=headers).status_code, 202)
            self.assertEqual(self.post({"a": 1}, headers=headers).status_code, 200)


@tagged("post_install", "-at_install")
class TestHeaders(SeamHttpCase):
    def test_the_trace_goes_on(self):
        answer = self.post(
            {"a": 1},
            headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "tracestate": "shop=1"},
        )
        self.assertEqual(answer.json()["trace_id"], TRACE)
        self.assertIn(TRACE, answer.headers["traceparent"])
        self.assertEqual(answer.headers["tracestate"], "shop=1")
        message = self.stored(answer)
        self.assertEqual(message.trace_id, TRACE)
        self.assertIn(TRACE, message.traceparent)

    def test_without_a_trace_one_begins(self):
        for given in ({}, {"traceparent": "00-" + "0" * 32 + "-00f067aa0ba902b7-01"}):
            answer = self.post({"a": len(given)}, headers=given)
            self.assertRegex(answer.headers["traceparent"], "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$")
            self.assertIn(answer.json()["trace_id"], answer.headers["traceparent"])
            self.assertNotEqual(answer.json()["trace_id"], "0" * 32)

    def test_a_refusal_of_a_document_carries_the_trace(self):
        answer = self.post(b"{", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
        self.assertIn(TRACE, answer.headers["traceparent"])

    def test_no_secret_is_kept_with_the_headers(self):
        self.opener.cookies.set("shop", "topsecret1")
        answer = self.post(
            {"a": 1},
            headers={
                "X-Api-Key": "topsecret2",
                "X-Shop-Signature": "topsecret3",
                "X-Note": "password=topsecret4&a=1",
                "X-Shop": "north",
            },
        )
        kept = self.stored(answer).headers
        text = json.dumps(kept)
        self.assertNotIn("topsecret", text)
        self.assertNotIn(self.key, text)
        self.assertEqual(kept["x-shop"], "north")
        self.assertLessEqual({"authorization", "cookie"}, set(kept))


@tagged("post_install", "-at_install")
class TestCloudEvents(SeamHttpCase):
    event = {"specversion": "1.0", "id": "e1", "source": "/shop", "type": "order.created"}

    def structured(self, kind="cloudevents", **members):
        return {"headers": {"Content-Type": f"application/{kind}+json"}, **members}

    def test_binary(self):
        headers = {f"ce-{name}": value for name, value in self.event.items()}
        answer = self.post(b'{ "a": 1 }', headers=headers)
        self.assertEqual(answer.status_code, 202)
        message = self.stored(answer)
        self.assertEqual(message.topic, "order.created")
        self.assertEqual(message._body_bytes(), b'{ "a": 1 }')
        self.assertEqual(self.post(b'{ "a": 1 }', headers=headers).status_code, 200)
        self.assertProblem(self.post(b'{ "a": 2 }', headers=headers), 409)

    def test_structured(self):
        answer = self.post({**self.event, "data": {"a": 1.50}}, **self.structured())
        self.assertEqual(answer.status_code, 202)
        message = self.stored(answer)
        self.assertEqual(message.topic, "order.created")
        self.assertEqual(json.loads(message._body_bytes()), {"a": 1.5})

    def test_structured_with_encoded_data(self):
        data = base64.b64encode(b'{ "a": 1 }').decode()
        answer = self.post({**self.event, "data_base64": data}, **self.structured())
        self.assertEqual(self.stored(answer)._body_bytes(), b'{ "a": 1 }')

    def test_events_of_one_id_from_two_sources_are_two(self):
        for source in ("/shop", "/depot"):
            event = {**self.event, "source": source, "data": {"a": 1}}
            self.assertEqual(self.post(event, **self.structured()).status_code, 202)

    def test_long_sources_are_not_mixed_up(self):
        source = "/" + "x" * 600
        for number in range(2):
            event = {**self.event, "source": source, "id": str(number), "data": number}
            self.assertEqual(self.post(event, **self.structured()).status_code, 202)

    def test_a_batch(self):
        events = [{**self.event, "id": str(n), "data": {"a": n}} for n in (1, 2, 1)]
        answer = self.post(
            events, path=self.path + "/batch", **self.structured("cloudevents-batch")
        )
        self.assertEqual(answer.status_code, 202)
        self.assertEqual([item.get("duplicate") for item in answer.json()], [None, None, True])

    def test_an_event_that_is_none(self):
        for body in (
            {"id": "e1"},
            {**self.event, "specversion": "0.3"},
            {**self.event, "data": 1, "data_base64": "MQ=="},
            [],
        ):
            answer = self.post(body, **self.structured())
            self.assertProblem(answer, 422)
            self.assertEqual(self.stored(answer)._body_bytes(), json.dumps(body).encode())

    def test_a_nul_in_an_attribute(self):
        headers = {f"ce-{name}": value for name, value in self.event.items()}
        answer = self.post({"a": 1}, headers={**headers, "ce-id": "e%001"})
        self.assertProblem(answer, 422)

    def test_a_bad_event_in_a_batch_stands_alone(self):
        events = [{**self.event, "data": 1}, {"id": "e2"}, {**self.event, "id": "e3", "data": 3}]
        answer = self.post(
            events, path=self.path + "/batch", **self.structured("cloudevents-batch")
        )
        self.assertEqual(answer.status_code, 207)
        self.assertEqual([item.get("status") for item in answer.json()], [None, 422, None])


@tagged("post_install", "-at_install")
class TestBatch(SeamHttpCase):
    """One result for each item, in the order of the items."""

    def batch(self, content, **kwargs):
        return self.post(content, path=self.path + "/batch", **kwargs)

    def lines(self, *lines, kind="application/x-ndjson"):
        return self.batch(b"\n".join(lines), headers={"Content-Type": kind})

    def test_an_array(self):
        answer = self.batch([{"a": n} for n in range(1000)])
        self.assertEqual(answer.status_code, 202)
        ids = [item["id"] for item in answer.json()]
        messages = self.env["seam.message"].search([("uuid", "in", ids)], order="position")
        self.assertEqual(messages.mapped("uuid"), ids)
        self.assertEqual(messages[7]._body_bytes(), b'{"a": 7}')

    def test_items_are_kept_exactly(self):
        answer = self.batch(b'[ {"a" : 1.10} ,\n2, "x" ]')
        bodies = [self.message_of(item)._body_bytes() for item in answer.json()]
        self.assertEqual(bodies, [b'{"a" : 1.10}', b"2", b'"x"'])

    def test_good_bad_and_known_items(self):
        self.post({"a": 1})
        answer = self.batch(b'[{"a": 1}, {"a": NaN}, {"a": 2}, {"a": 2}, {"a": 1, "a": 2}]')
        self.assertEqual(answer.status_code, 207)
        items = answer.json()
        self.assertEqual([item.get("status", 0) for item in items], [0, 422, 0, 0, 422])
        self.assertEqual([item.get("duplicate") for item in items], [True, None, None, True, None])
        again = self.batch(b'[{"a": 1}, {"a": NaN}]')
        self.assertEqual([item.get("status", 0) for item in again.json()], [0, 422])
        self.assertEqual(items[4]["errors"][0]["pointer"], "/a")
        self.assertEqual(self.message_of(items[1])._body_bytes(), b'{"a": NaN}')

    def test_lines(self):
        answer = self.lines(b'{"a": 1}', b"", b'{"a":', b'{"a": 2}\r', b"nonsense", b'{"a": 1}')
        self.assertEqual(answer.status_code, 207)
        self.assertEqual([i.get("status", 0) for i in answer.json()], [0, 422, 0, 422, 0])
        self.assertTrue(answer.json()[-1]["duplicate"])

    def test_other_names_of_lines(self):
        for number, kind in enumerate(
            ("application/ndjson", "application/jsonl", "application/x-ndjson; charset=utf-8")
        ):
            answer = self.lines(b'{"a": %d}' % number, b'{"b": %d}' % number, kind=kind)
            self.assertEqual(answer.status_code, 202, kind)
            self.assertEqual(len(answer.json()), 2)

    def test_one_key_for_the_whole_batch(self):
        first = self.batch([{"a": 1}, {"a": 2}], key="b1")
        again = self.batch([{"a": 1}, {"a": 2}], key="b1")
        self.assertEqual((first.status_code, again.status_code), (202, 202))
        self.assertTrue(all(item["duplicate"] for item in again.json()))
        changed = self.batch([{"a": 1}, {"a": 3}], key="b1")
        self.assertEqual(changed.status_code, 207)
        self.assertEqual([item.get("status", 0) for item in changed.json()], [0, 409])

    def test_too_many(self):
        self.assertProblem(self.batch([0] * 1001), 413)
        self.assertProblem(self.lines(*[b"1"] * 1001), 413)
        self.assertEqual(self.count(), 0)

    def test_an_item_that_is_too_large(self):
        self.system.max_bytes = 100
        self.assertProblem(self.batch(["x" * 101]), 413)

    def test_nothing_in_it(self):
        answer = self.batch(b"[]")
        self.assertEqual((answer.status_code, answer.json()), (202, []))

    def test_no_batch_at_all_is_kept_for_people_to_see(self):
        for body in (b'{"a": 1}', b"", b"[1, 2", b"[1 2]", b"[" * 600 + b"]" * 600):
            answer = self.batch(body)
            problem = self.assertProblem(answer, 422)
            self.assertTrue(problem["errors"])
            self.assertEqual(self.stored(answer)._body_bytes(), body)

    def test_the_trace_is_shared(self):
        answer = self.batch([1, 2], headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
        self.assertEqual({item["trace_id"] for item in answer.json()}, {TRACE})

    def message_of(self, item):
        return self.env["seam.message"].search([("uuid", "=", item["id"])])
