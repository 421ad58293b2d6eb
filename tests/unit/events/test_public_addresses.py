"""The addresses that count as public."""

from ipaddress import ip_network

import pytest

from services.webhooks.public_addresses import PrivateAddress, is_public, public_addresses, resolve

PRIVATE = """
127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 192.0.2.1
198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 fe80::1 fe80::1%eth0 fc00::1 fd12:3456::1 fec0::1 ff02::1 2001:db8::1 ::127.0.0.1 100::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1::
2606:4700::1111%eth0 ::ffff:8.8.8.8%eth0 ::8.8.8.8 64:ff9b:1::808:808 2002:808:808:: 4000::1 5eff:ffff::1
"""
PUBLIC = """
8.8.8.8 1.1.1.1 172.15.0.1 172.32.0.1 41.90.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808
1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0
191.255.255.255 192.0.1.0 192.0.3.0 192.31.195.255 192.31.197.0 192.52.192.255 192.52.194.0 192.88.98.255 192.88.100.0
192.167.255.255 192.169.0.0 192.175.47.255 192.175.49.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0
203.0.112.255 203.0.114.0 223.255.255.255 2001:200:: 2001:db7:ffff::1 2001:db9:: 2001:ffff:ffff::1 2003::
2620:4f:7fff::1 2620:4f:8001:: 3fff:1000::
"""

# Every row of www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-, both of 2025-10-09. Leaves out the two
# blocks with IPv4 addresses of any kind: ::ffff:0:0/96 and 64:ff9b::/96.
SPECIAL_PURPOSE = """
0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.0.0/29
192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24
192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4
255.255.255.255/32
::1/128 ::/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32 2001:1::1/128 2001:1::2/128 2001:1::3/128
2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28 2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16
2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10
"""


@pytest.mark.parametrize("address", PRIVATE.split())
def test_an_address_that_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_an_address_of_the_open_internet_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("block", SPECIAL_PURPOSE.split())
def test_no_address_that_is_set_apart_for_a_special_purpose_is(block: str) -> None:
    network = ip_network(block)

    assert not is_public(str(network[0]))
    assert not is_public(str(network[-1]))


async def test_a_name_must_have_no_other_addresses() -> None:
    async def one_of_each(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(PrivateAddress):
        await public_addresses("hooks.example.com", 443, resolver=one_of_each)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "0x7f000001", "2130706433", "::1"])
async def test_this_machine_is_known_however_it_is_written(host: str) -> None:
    with pytest.raises(PrivateAddress):
        await public_addresses(host, 80)


async def test_an_address_is_its_own() -> None:
    assert await public_addresses("8.8.8.8", 443) == ["8.8.8.8"]
    assert await resolve("127.0.0.1", 80) == ["127.0.0.1"]
