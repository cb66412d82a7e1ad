"""A port that a test is given is no other test's: not in this process, and not in that of another worker."""

import random
import socket

from tests.support.ports import free_port


def test_the_seed_of_a_test_decides_no_port() -> None:
    drawn = set()
    for _ in range(4):
        random.seed(7)  # as pytest-randomly does before each test, in every worker
        drawn.add(free_port())
    assert len(drawn) > 1


def test_neither_the_port_nor_those_beside_it_are_taken() -> None:
    port = free_port(beside=1)
    with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1)):
        assert free_port() not in {port, port + 1}
