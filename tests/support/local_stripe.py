"""localstripe, the Stripe that tests talk to: a process of its own, since nothing of this project imports it.

Owns its start and its end, and what a buyer does there: a card pays an amount. It keeps no idempotency keys
(`tests.support.replaying_stripe` does).
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from tests.support.ports import free_port
from tests.support.replaying_stripe import API_KEY, NOBODY

PATIENCE_S = 30.0


class Buyer:
    """Pays at localstripe, and looks at what is there."""

    def __init__(self, url: str) -> None:
        self.url = url
        headers = {"Authorization": f"Bearer {API_KEY}"}
        self._http = httpx.Client(base_url=url, headers=headers, trust_env=False, verify=NOBODY, timeout=PATIENCE_S)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def pay(self, amount: int, currency: str = "eur") -> tuple[str, str]:
        """A card pays; the payment intent and its charge."""
        card = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2040", "cvc": "123"}
        form = {"type": "card"} | {f"card[{name}]": value for name, value in card.items()}
        method = self._post("/v1/payment_methods", form)["id"]
        made = self._post(
            "/v1/payment_intents", {"amount": str(amount), "currency": currency, "payment_method": method}
        )
        paid = self._post(f"/v1/payment_intents/{made['id']}/confirm", {})
        return paid["id"], paid["latest_charge"]["id"]

    def refund(self, charge: str, amount: int) -> str:
        """Somebody gives money back at Stripe, past this program."""
        return str(self._post("/v1/refunds", {"charge": charge, "amount": str(amount)})["id"])

    def refunds(self, charge: str) -> list[dict[str, Any]]:
        """What went back of a charge."""
        told = self._http.get("/v1/refunds", params={"charge": charge, "limit": 100}).json()
        return list(told["data"])

    def _post(self, path: str, form: dict[str, str]) -> Any:
        reply = self._http.post(path, data=form)
        assert reply.status_code == 200, reply.text
        return reply.json()


@contextmanager
def local_stripe() -> Iterator[str]:
    """Where it listens, for as long as the context lasts."""
    port = free_port()
    command = [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:
        try:
            _wait_until_it_listens(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s and process.poll() is None:
        with suppress(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/v1/refunds", trust_env=False)
            return
        time.sleep(0.05)
    raise AssertionError("localstripe did not start")
