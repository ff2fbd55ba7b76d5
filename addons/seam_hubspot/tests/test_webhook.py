import hashlib
import hmac
from base64 import b64encode

from odoo.tests import BaseCase, tagged

from odoo.addons.seam.engine.signature import BadSignature

from .. import webhook

ADDRESS = "https://odoo.example/seam/v1/hubspot/webhooks"
BODY = b'[{"objectId":12}]'
NOW = 1774206308.5
STAMP = "1774206308123"
SECRET = "the client secret"


@tagged("post_install", "-at_install")
class TestSignature(BaseCase):
    def headers(self, source):
        made = hmac.new(SECRET.encode(), source, hashlib.sha256).digest()
        return {
            "x-hubspot-signature-v3": b64encode(made).decode(),
            "x-hubspot-request-timestamp": STAMP,
        }

    def verify(self, headers, body=BODY, address=ADDRESS, now=NOW, secrets=(SECRET,)):
        webhook.verify(headers, body, list(secrets), address, now)

    def test_method_address_body_and_time_are_signed(self):
        good = self.headers(f"POST{ADDRESS}".encode() + BODY + STAMP.encode())
        self.verify(good)
        self.verify(good, secrets=("an older one", SECRET))
        for changed in (
            {"body": BODY + b" "},
            {"address": ADDRESS + "/batch"},
            {"now": NOW + 301},
            {"now": NOW - 301},
            {"secrets": ("another",)},
            {"secrets": ()},
        ):
            with self.assertRaises(BadSignature, msg=changed):
                self.verify(good, **changed)

    def test_hubspots_own_client_signs_alike(self):
        try:
            from hubspot.utils.signature import Signature  # noqa: PLC0415
        except ImportError:
            self.skipTest("hubspot-api-client is not installed.")
        made = Signature.get_signature(
            SECRET, BODY.decode(), "v3", http_uri=ADDRESS, timestamp=STAMP
        )
        self.assertEqual(made, webhook.sign(BODY, ADDRESS, STAMP, SECRET)["x-hubspot-signature-v3"])

    def test_signs_of_the_address_are_decoded(self):
        address = f"{ADDRESS}?to=a%40b.example&c=%2Fd%20e"
        signed = f"{ADDRESS}?to=a@b.example&c=/d%20e"
        self.verify(self.headers(f"POST{signed}".encode() + BODY + STAMP.encode()), address=address)

    def test_what_is_malformed(self):
        good = self.headers(f"POST{ADDRESS}".encode() + BODY + STAMP.encode())
        for name in good:
            for value in ("", "x", "-1", "１２３", "9" * 40):
                with self.assertRaises(BadSignature):
                    self.verify({**good, name: value})
