"""Only who knows the secret gets in; everything else is one kind of refusal."""

import base64
import json
from datetime import datetime, timezone

import pytest
from engine import signature
from engine.signature import BadSignature
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOW = 1_700_000_000
BODY = b'{"number": "1"}'


def signed(body=BODY, secret=SECRET, at=NOW, message_id="msg_1"):
    return signature.sign_standard_webhook(message_id, at, body, secret)


def check(headers, body=BODY, secrets=(SECRET,), now=NOW):
    signature.verify_standard_webhook(headers, body, list(secrets), now)


def refused(reason, headers, **where):
    with pytest.raises(BadSignature) as caught:
        check(headers, **where)
    assert reason in caught.value.reason
    assert SECRET not in caught.value.reason


# --- Standard Webhooks ---


def test_a_signed_message_is_accepted():
    check(signed())


def test_the_example_of_the_specifications_reference_libraries_is_accepted():
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    check(headers, b'{"test": 2432232314}', now=1614265330)


def test_what_the_reference_library_signs_we_accept_and_the_reverse():
    body = json.dumps({"name": "café"}).encode()
    now = datetime.now(tz=timezone.utc)
    seconds = int(now.timestamp())
    theirs = Webhook(SECRET).sign("msg_2", now, body.decode())
    headers = {
        "webhook-id": "msg_2",
        "webhook-timestamp": str(seconds),
        "webhook-signature": theirs,
    }
    check(headers, body, now=seconds)
    assert Webhook(SECRET).verify(body, signed(body, at=seconds)) == {"name": "café"}


def test_a_body_that_is_no_text_can_be_signed():
    check(signed(b"\xff\x00"), b"\xff\x00")


def test_during_a_rotation_both_secrets_are_valid():
    for secret in (SECRET, OTHER):
        check(signed(secret=secret), secrets=[SECRET, OTHER])
    refused("No signature was made", signed(secret=OTHER))


def test_a_sender_in_rotation_may_send_several_signatures():
    headers = signed()
    other = signed(secret=OTHER)["webhook-signature"]
    headers["webhook-signature"] = f"v1a,ed25519 {other} {headers['webhook-signature']}"
    check(headers)


def test_a_secret_may_lack_its_prefix_and_its_padding():
    check(signed(), secrets=[SECRET.removeprefix("whsec_")])
    unpadded = base64.b64encode(b"sixteen bytes ok").decode().rstrip("=")
    check(signed(secret=unpadded), secrets=[f"whsec_{unpadded}=="])


@pytest.mark.parametrize(
    "changed",
    [{"webhook-id": "msg_2"}, {"webhook-timestamp": str(NOW + 1)}],
)
def test_id_and_time_are_signed_too(changed):
    refused("No signature was made", {**signed(), **changed})


def test_a_changed_body_is_refused():
    refused("No signature was made", signed(), body=BODY + b" ")


@pytest.mark.parametrize("seconds, side", [(301, "behind"), (-301, "ahead of")])
def test_an_old_or_future_message_is_refused_and_the_clock_named(seconds, side):
    refused(f"301 s {side} ours", signed(), now=NOW + seconds)
    refused("clock skew", signed(), now=NOW + seconds)
    check(signed(), now=NOW + seconds - (1 if seconds > 0 else -1))


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(name):
    headers = signed()
    del headers[name]
    refused(f"The header {name} is missing", headers)
    refused(f"The header {name} is missing", {**headers, name: " "})


@pytest.mark.parametrize("stamp", ["now", "1.5e9", "-1", "²", "9" * 13, "1700000000.0", "0x1"])
def test_a_time_that_is_no_number_is_refused(stamp):
    refused("whole seconds", {**signed(), "webhook-timestamp": stamp})


@pytest.mark.parametrize("value", ["v1", "v1,", "v1,@@@", "v2,abc", "abc", "v1,é", ","])
def test_a_malformed_signature_is_refused(value):
    with pytest.raises(BadSignature):
        check({**signed(), "webhook-signature": value})


@pytest.mark.parametrize("junk", ["!", "\n", "\u00a0", "="])
def test_a_good_signature_with_something_in_it_is_no_good_signature(junk):
    good = signature.sign_hmac(BODY, "key")
    with pytest.raises(BadSignature):
        signature.verify_hmac(BODY, good[:5] + junk + good[5:], ["key"])


@pytest.mark.parametrize("secrets", [[], [""], ["  "], [None]])
def test_without_a_secret_nothing_is_accepted(secrets):
    refused("No secret is set", signed(), secrets=secrets)
    with pytest.raises(BadSignature, match="No secret is set"):
        signature.verify_hmac(BODY, signature.sign_hmac(BODY, ""), secrets)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_@@", "é"])
def test_a_secret_that_is_no_base64_is_the_administrators_to_mend(secret):
    refused("enter it again", signed(), secrets=[secret])


@given(st.dictionaries(st.sampled_from(list(signed())), st.text(max_size=30)))
def test_whatever_the_headers_hold_the_answer_is_a_refusal(changed):
    headers = {**signed(), **changed}
    if any(signed()[name] != value.strip() for name, value in changed.items()):
        with pytest.raises(BadSignature):
            check(headers)


# --- plain HMAC ---


@pytest.mark.parametrize(
    "digest, encoding, expected",
    [
        # RFC 4231, test case 2.
        ("sha256", "hex", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ("sha256", "base64", "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="),
        # RFC 2202, test case 2.
        ("sha1", "hex", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    ],
)
def test_the_rfcs_own_examples(digest, encoding, expected):
    body = b"what do ya want for nothing?"
    assert signature.sign_hmac(body, "Jefe", digest, encoding) == expected
    signature.verify_hmac(body, expected, ["other", "Jefe"], digest, encoding)
    if encoding == "hex":
        signature.verify_hmac(body, expected.upper(), ["Jefe"], digest, encoding)


@pytest.mark.parametrize("given", ["", "W9zB", "@@@@", "é", "a" * 5000])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_any_other_signature_is_refused(given, encoding):
    with pytest.raises(BadSignature) as caught:
        signature.verify_hmac(b"what do ya want for nothing?", given, ["Jefe"], encoding=encoding)
    assert "Jefe" not in caught.value.reason


def test_a_signature_for_another_body_secret_or_digest_is_refused():
    good = signature.sign_hmac(BODY, "key")
    signature.verify_hmac(BODY, good, ["key"])
    for body, secret, digest in ((b"", "key", "sha256"), (BODY, "kex", "sha256")):
        with pytest.raises(BadSignature):
            signature.verify_hmac(body, good, [secret], digest)
    with pytest.raises(BadSignature):
        signature.verify_hmac(BODY, good, ["key"], "sha512")


def test_an_unknown_digest_is_the_programmers_error():
    with pytest.raises(ValueError, match="sha257"):
        signature.sign_hmac(BODY, "key", "sha257")
