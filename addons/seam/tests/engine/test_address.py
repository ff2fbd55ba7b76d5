"""Connectors reach the public internet and what the administrator listed."""

import pytest
from engine.address import Allowed
from hypothesis import given
from hypothesis import strategies as st

PUBLIC = ["8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"]
INTERNAL = [
    "127.0.0.1",
    "127.255.255.254",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "198.18.0.1",
    "203.0.113.7",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "2002:7f00:1::",
    "3fff::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::1",
]


@pytest.mark.parametrize("address", [*PUBLIC, "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public_addresses_may_be_connected_to(address):
    assert Allowed().address(address)


@pytest.mark.parametrize("address", INTERNAL)
def test_internal_addresses_may_not(address):
    assert not Allowed().address(address)


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "127.1", "0x7f000001", "8.8.8.8/32"])
def test_what_is_no_address_may_not(text):
    assert not Allowed().address(text)


def test_a_listed_network_opens_itself_alone():
    allowed = Allowed(["10.1.0.0/16", " fd00::/8 ", "192.168.1.5"])
    assert allowed.address("10.1.2.3")
    assert allowed.address("::ffff:10.1.2.3")
    assert allowed.address("fd00:ec2::254")
    assert allowed.address("192.168.1.5")
    assert not allowed.address("10.2.0.1")
    assert not allowed.address("192.168.1.6")


def test_a_host_is_listed_by_name_or_by_its_network():
    allowed = Allowed(["Shop.Local", "10.1.0.0/16", "::1", ""])
    assert allowed.host("shop.local") and allowed.host("SHOP.LOCAL.")
    assert allowed.host("10.1.9.9") and allowed.host("[::1]")
    assert not allowed.host("my.shop.local") and not allowed.host("local")
    assert not allowed.host("10.2.0.1") and not allowed.host("")


def test_a_network_that_is_none_is_refused_when_it_is_entered():
    with pytest.raises(ValueError):
        Allowed(["10.0.0.0/99"])


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_in_whatever_dress(address):
    plain = Allowed().address(str(address))
    assert Allowed().address(f"::ffff:{address}") == plain
    assert Allowed().address(f"64:ff9b::{address}") == plain


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_let_through(address):
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        mapped = getattr(address, "ipv4_mapped", None)
        if not mapped or mapped.is_private:
            assert not Allowed().address(str(address))
