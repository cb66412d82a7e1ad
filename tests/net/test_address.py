"""A server's address in its one spelling: what is told by its letters alone is what the HTTP library would say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.net.address import ServerAddressWrong, address_of, is_usual, server_of

LABEL = st.from_regex(r"[a-z0-9-]{1,12}|[0-9]{1,3}|0x[0-9a-f]{1,2}", fullmatch=True)
PORT = st.one_of(st.just(""), st.integers(0, 70_000).map(lambda port: f":{port}"))
NEAR = st.builds(
    lambda scheme, labels, port: f"{scheme}://{'.'.join(labels)}{port}",
    st.sampled_from(("http", "https", "HTTP", "ftp")),
    st.lists(LABEL, min_size=1, max_size=5),
    PORT,
)


@given(NEAR | st.text(max_size=40))
def test_a_usual_address_is_what_the_library_would_make_of_it(text: str) -> None:
    if is_usual(text):
        assert str(address_of(text)) == text


@given(NEAR)
def test_an_address_has_one_spelling_or_is_refused(text: str) -> None:
    try:
        told = str(address_of(text)).rstrip("/")
    except ServerAddressWrong:
        with pytest.raises(ServerAddressWrong):
            server_of(text)
    else:
        assert server_of(text) == server_of(told) == told


@pytest.mark.parametrize("text", ["http://door", "https://tickets.example:8443", "http://192.168.1.20:8000"])
def test_the_addresses_of_every_day_are_usual(text: str) -> None:
    assert is_usual(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://door:80",
        "https://door:443",
        "https://door:0",
        "https://door:70000",
        "https://xn--mnchen-3ya.example",
        "https://münchen.example",
        "https://Door.example",
        "https://anna@door.example",
        "https://door.example/path",
        "https://-door.example",
        "ftp://door.example",
        "http://0.0.0.00",
        "http://1.2.3.256",
        "http://1.2.3",
        "",
    ],
)
def test_all_others_are_left_to_the_library(text: str) -> None:
    assert not is_usual(text)
