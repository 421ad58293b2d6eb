"""Which addresses are of the open internet."""

import pytest

from web.public_addresses import PrivateAddress, is_public, public_addresses, resolve

PRIVATE = """
127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 192.0.2.1
198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 fe80::1 fe80::1%eth0 fc00::1 fd12:3456::1 fec0::1 ff02::1 2001:db8::1 ::127.0.0.1 100::1
::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1::
2606:4700::1111%eth0
""".split()
PUBLIC = "8.8.8.8 1.1.1.1 172.15.0.1 172.32.0.1 41.90.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_leads_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is(address: str) -> None:
    assert is_public(address)


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
