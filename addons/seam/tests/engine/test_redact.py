"""No secret reaches a log, a stored header or an error text."""

import io
import logging

import pytest
from engine import redact, secret

MASK = redact.MASK


def test_of_headers_that_prove_something_only_the_name_is_kept():
    given = {
        "Authorization": "Bearer abc",
        "Proxy-Authorization": "Basic abc",
        "Cookie": "session=1",
        "Set-Cookie": "session=1",
        "X-WC-Webhook-Signature": "abc",
        "X-Shopify-Hmac-Sha256": "abc",
        "webhook-signature": "v1,abc",
        "X-Api-Key": "abc",
        "ApiKey": "abc",
        "X-Auth-Token": "abc",
        "X-Shopify-Access-Token": "abc",
        "Ocp-Apim-Subscription-Key": "abc",
    }
    assert redact.headers(given) == dict.fromkeys(given, MASK)


def test_other_headers_stay_as_they_are():
    given = {
        "Content-Type": "application/json",
        "Idempotency-Key": "order-1",
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "X-WC-Webhook-Topic": "order.created",
        "User-Agent": "WooCommerce/9.0 Hookshot (WordPress/6.5)",
    }
    assert redact.headers(given) == given


def test_a_secret_in_any_other_header_is_found_by_its_form():
    referer = "https://shop.example/?consumer_secret=cs_1&page=2"
    assert redact.headers({"Referer": referer}) == {
        "Referer": f"https://shop.example/?consumer_secret={MASK}&page=2"
    }


API_KEY = secret.new_api_key()[0]


@pytest.mark.parametrize(
    "text, clean",
    [
        ("Bearer eyJhbGciOi.J9-_x sent", f"Bearer {MASK} sent"),
        ("Authorization: Basic dXNlcjpwYXNz\nAccept: x", f"Authorization: {MASK}\nAccept: x"),
        ("authorization: token  abc def", f"authorization: {MASK}"),
        ("{'Authorization': 'Bearer a b', 'Accept': 'x'}", None),
        ('{"Authorization": "abc", "Accept": "x"}', None),
        ("GET /orders?consumer_key=ck_1&consumer_secret=cs_2&page=1", None),
        ("client_id=1&client_secret=abc&grant_type=x", None),
        ("https://shop:pa55@shop.example/api", f"https://{MASK}@shop.example/api"),
        ("postgres://u:p4ss@db/x", f"postgres://{MASK}@db/x"),
        ('{"access_token": "abc\\"def", "expires_in": 3600}', None),
        ("{'password': 'abc', 'login': 'x'}", None),
        ("secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw set", f"secret whsec_{MASK} set"),
        (f"key {API_KEY} used", f"key seam_{MASK} used"),
        (f"X-Key={API_KEY}", f"X-Key=seam_{MASK}"),
        ("Cookie: session_id=abc; x=y", f"Cookie: {MASK}"),
        ("pat-eu1-a1b2c3d4-0000-1111-2222-333344445555 is over", f"pat-{MASK} is over"),
        ("sid 00D5g0000000001!AQEAQabc.def_x is over", f"sid 00D{MASK} is over"),
        (
            "-----BEGIN PRIVATE KEY-----\nabc\ndef==\n-----END PRIVATE KEY----- was given",
            f"-----BEGIN PRIVATE KEY-----{MASK} was given",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY----- abc def -----END RSA PRIVATE KEY-----",
            f"-----BEGIN RSA PRIVATE KEY-----{MASK}",
        ),
    ],
    # A test is called the same in every run, and in every process of one run.
    ids=lambda text: str(text).replace(API_KEY, "seam_..."),
)
def test_what_looks_like_a_secret_is_masked_in_any_text(text, clean):
    shown = redact.text(text)
    assert MASK in shown
    if clean:
        assert shown == clean
    hidden = (
        "abc",
        "def",
        "cs_2",
        "ck_1",
        "pa55",
        "p4ss",
        "a b",
        "eyJ",
        "dXN",
        "MfKQ",
        API_KEY[5:],
    )
    assert not any(part in shown for part in hidden)
    for kept in ("page=1", "'Accept': 'x'", '"expires_in": 3600', "'login': 'x'", "grant_type=x"):
        assert (kept in shown) == (kept in text)


@pytest.mark.parametrize(
    "text",
    [
        "The bearer of bad news",
        "a secret = of life",
        "Order 1001 of seam_sale is done",
        "seam_woocommerce.flow_orders_in_from_woocommerce_by_webhook",
        "see https://shop.example/a@b",
        "mail to ann@example.com",
        "a pat-on-the-back, and the contact 00D5g0000000001",
        "-----BEGIN CERTIFICATE-----",
        "Enter the key, from -----BEGIN PRIVATE KEY----- to the end.",
    ],
)
def test_ordinary_words_stay(text):
    assert redact.text(text) == text


def test_given_secrets_are_masked_whatever_they_look_like():
    assert redact.text("hunter2 and hunter22", ["hunter2", "hunter22", ""]) == f"{MASK} and {MASK}"


def test_a_huge_text_does_not_hang():
    for text in ("a." * 200_000, "://" * 200_000, "'secret': '" * 50_000, "Bearer " * 100_000):
        redact.text(text)


# --- logging ---


@pytest.fixture
def log():
    """A logger with the filter on its handler, and what it wrote."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(redact.SecretFilter())
    logger = logging.getLogger("seam.test.redact")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, stream.getvalue
    logger.removeHandler(handler)


def test_arguments_of_a_log_line_are_redacted(log):
    logger, written = log
    logger.warning("calling %s with %s", "https://u:pa55@h/", {"Authorization": "Bearer abcdef"})
    assert "pa55" not in written() and "abcdef" not in written()
    assert "calling https://" in written()


def test_a_traceback_is_redacted(log):
    logger, written = log
    try:
        raise ValueError("failed: https://h/?consumer_secret=cs_1234")
    except ValueError:
        logger.exception("oops")
    assert "cs_1234" not in written()
    assert "ValueError: failed" in written() and "Traceback" in written()


def test_harmless_lines_are_untouched_and_none_is_dropped(log):
    logger, written = log
    logger.warning("%d orders", 5)
    logger.warning("100% done")
    assert written() == "5 orders\n100% done\n"


def test_a_wrong_logging_call_is_left_for_logging_to_report():
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%d %d", ("a",), None)
    assert redact.SecretFilter().filter(record) is True
    assert record.msg == "%d %d"
