"""Which addresses people may name: those of the internet, and those that the host allows."""

import pytest

from common.destinations import Allowed, is_allowed

INSIDE = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.4.4",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "::7f00:1",
    "::ffff:0:127.0.0.1",
    "fe80::1",
    "fec0::1",
    "fd00:ec2::254",
    "ff02::1",
]
OUTSIDE = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INSIDE)
def test_address_inside_is_refused_unless_listed(address):
    assert not is_allowed("tools.example", address, 443, [])
    assert is_allowed("tools.example", address, 443, ["tools.example"])


@pytest.mark.parametrize("address", OUTSIDE)
def test_address_of_the_internet_is_allowed(address):
    assert is_allowed("tools.example", address, 443, [])
    assert not is_allowed("tools.example", address, 80, [], is_public_allowed=False)


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "expected"),
    [
        ("10.1.0.0/16", "a.example", "10.1.2.3", 80, True),
        ("10.1.0.0/16", "a.example", "10.2.2.3", 80, False),
        ("127.0.0.1", "localhost", "127.0.0.1", 80, True),
        ("127.0.0.1", "localhost", "::ffff:127.0.0.1", 80, True),
        ("127.0.0.1:9000", "localhost", "127.0.0.1", 9000, True),
        ("127.0.0.1:9000", "localhost", "127.0.0.1", 5432, False),
        ("[::1]:9000", "localhost", "::1", 9000, True),
        ("::1", "localhost", "::1", 1, True),
        ("tools.internal", "Tools.Internal.", "10.0.0.1", 80, True),
        ("tools.internal:81", "tools.internal", "10.0.0.1", 80, False),
        ("tools.internal", "evil.tools.internal", "10.0.0.1", 80, False),
        ("Tools.internal", "tools.internal", "10.0.0.1", 80, True),
    ],
)
def test_entry_of_the_list_allows_what_it_names(entry, host, address, port, expected):
    assert is_allowed(host, address, port, [entry]) == expected


@pytest.mark.parametrize(
    "entry", ["", "http://a.example", "a.example/x", "me@a.example", "a b", "a:x", "a:99999", "[::1"]
)
def test_entry_that_names_no_address_is_refused(entry):
    with pytest.raises(ValueError, match="neither an address"):
        Allowed.parse(entry)
