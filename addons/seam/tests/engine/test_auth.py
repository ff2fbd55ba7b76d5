"""Our calls prove who we are as the partner can check it, and nothing leaks from it."""

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from engine import auth, redact
from engine.auth import Login
from engine.fault import Fault
from engine.http import Response
from engine.signature import verify_standard_webhook

NOW = 1_800_000_000.7
BODY = b'{"a":1}'


def made(login, secret="s3cret", body=BODY, key="key-1"):
    return auth.headers(login, secret, body, NOW, key)


def test_nothing_is_added_where_nothing_is_wanted():
    assert made(Login()) == {}


def test_basic():
    header = made(Login("basic", user="Ümit"), "pä:ss")["Authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == "Ümit:pä:ss"


def test_an_api_key():
    assert made(Login("api_key")) == {"X-API-Key": "s3cret"}
    login = Login("api_key", header="Authorization", prefix="Token ")
    assert made(login) == {"Authorization": "Token s3cret"}


def test_a_token():
    assert made(Login("oauth2_client"), "t") == {"Authorization": "Bearer t"}
    assert made(Login("oauth2_refresh", header="x-access"), "t") == {"x-access": "t"}


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_the_body_is_signed(algorithm):
    login = Login("hmac", header="X-Hub", prefix=f"{algorithm}=", algorithm=algorithm)
    expected = hmac.new(b"s3cret", BODY, getattr(hashlib, algorithm)).hexdigest()
    assert made(login) == {"X-Hub": f"{algorithm}={expected}"}


def test_time_and_body_are_signed():
    login = Login("hmac", encoding="base64", signs="timestamp.body", stamp_header="X-Time")
    digest = hmac.new(b"s3cret", b"1800000000." + BODY, hashlib.sha256).digest()
    assert made(login) == {
        "X-Signature": base64.b64encode(digest).decode(),
        "X-Time": "1800000000",
    }


def test_a_standard_webhook_is_one_that_we_would_accept():
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
    headers = made(Login("webhook"), secret)
    assert headers["webhook-id"] == "key-1"
    verify_standard_webhook(headers, BODY, [secret], now=NOW)


@pytest.mark.parametrize(
    "login, secret", [(Login("api_key"), "two\nlines"), (Login("webhook"), "not base64!")]
)
def test_a_secret_that_cannot_be_used_is_not_quoted(login, secret):
    with pytest.raises(Fault) as caught:
        made(login, secret)
    assert caught.value.code == "config.invalid" and caught.value.fix
    assert secret not in json.dumps(caught.value.as_dict())


def test_headers_of_any_name_are_masked_if_they_carry_the_secret():
    login = Login("api_key", header="X-Shop-Id")
    shown = redact.headers({**made(login), "Accept": "*/*"}, login.secret_headers())
    assert shown == {"X-Shop-Id": redact.MASK, "Accept": "*/*"}


# -- tokens ----------------------------------------------------------------------------


def answer(status, content):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Response(status, {"content-type": "application/json"}, body, 0.1)


def read(status, content):
    return auth.read_grant(answer(status, content), "login.example", "Enter it anew.", "system:x")


def test_what_is_asked_for():
    assert auth.token_form("oauth2_client", "", "a b", "") == {
        "grant_type": "client_credentials",
        "scope": "a b",
    }
    assert auth.token_form("oauth2_refresh", "r", "", "api") == {
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "audience": "api",
    }


def test_the_client_is_proven_in_the_header_or_in_the_body():
    form, headers = auth.client_proof("my id", "a:b&c", in_body=False)
    assert form == {}
    pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "my+id:a%3Ab%26c"
    form, headers = auth.client_proof("id", "secret", in_body=True)
    assert (form, headers) == ({"client_id": "id", "client_secret": "secret"}, {})
    assert auth.client_proof("id", "", in_body=False) == ({"client_id": "id"}, {})


@pytest.mark.parametrize(
    "told, seconds",
    [(3600, 3600), ("300", 300), (None, 600), (-5, 600), ("soon", 600), (1e12, 30 * 86400)],
)
def test_a_token_lives_as_long_as_told(told, seconds):
    grant = read(200, {"access_token": "t", "expires_in": told, "refresh_token": "r2"})
    assert grant == ("t", seconds, "r2")


@pytest.mark.parametrize(
    "status, content, code",
    [
        (400, {"error": "invalid_grant"}, "auth.failed"),
        (401, b"no", "auth.failed"),
        (302, b"", "config.invalid"),
        (200, {"token": "t"}, "config.invalid"),
        (200, b"<html>", "config.invalid"),
        (404, b"", "transport.rejected"),
        (503, b"", "transport.unavailable"),
        (504, b"", "transport.unavailable"),
    ],
)
def test_no_token(status, content, code):
    with pytest.raises(Fault) as caught:
        read(status, content)
    assert caught.value.code == code


def test_why_a_token_is_refused_is_told_by_name_only():
    with pytest.raises(Fault) as caught:
        read(400, {"error": "invalid_grant", "error_description": "bad secret hunter2"})
    assert caught.value.message == "login.example refused to give a token (400: invalid_grant)."
    assert (caught.value.fix, caught.value.subject) == ("Enter it anew.", "system:x")
    with pytest.raises(Fault) as caught:
        read(400, {"error": "Hunter2 <b>"})
    assert "unter2" not in caught.value.message


# -- JWT bearer ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key, form=serialization.PrivateFormat.PKCS8, password=None):
    cover = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, form, cover).decode()


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize(
    "form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL]
)
@pytest.mark.parametrize("lines", ["\n", "", " ", "\r\n"])
def test_what_our_private_key_signs_is_proven_by_its_public_one(rsa_key, form, lines):
    """However the form laid out the key."""
    key = pem(rsa_key, form).replace("\n", lines)
    token = auth.jwt_assertion(key, "client", "user@example.com", "https://partner", NOW)
    head, claims, signature = token.split(".")
    assert json.loads(decoded(head)) == {"alg": "RS256", "typ": "JWT"}
    assert json.loads(decoded(claims)) == {
        "iss": "client",
        "sub": "user@example.com",
        "aud": "https://partner",
        "exp": 1_800_000_180,
    }
    rsa_key.public_key().verify(
        decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )


def test_a_key_that_cannot_be_used_is_not_quoted(rsa_key):
    locked = pem(rsa_key, password=b"secret")
    for text in (
        "",
        "s3cret",
        "-----BEGIN PRIVATE KEY-----s3cret-----END PRIVATE KEY-----",
        locked,
    ):
        with pytest.raises(Fault) as caught:
            auth.jwt_assertion(text, "client", "user", "aud", NOW)
        assert caught.value.code == "config.invalid" and caught.value.fix
        assert "s3cret" not in json.dumps(caught.value.as_dict())
