"""What every reply says to whoever shows it: nothing of it is a page, nothing of it is kept.

Owns these headers and the policy of the one page that there is.
"""

API_POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""A reply of this server is data: a browser that is led to it runs, loads and frames nothing."""
POLICY = b"content-security-policy"
_HSTS = (b"strict-transport-security", b"max-age=31536000")
"""Said under TLS alone (RFC 6797, section 7.2); a year, without the subdomains, which may be another's."""

SAFE_HEADERS: list[tuple[bytes, bytes]] = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


def safe_headers(told: list[tuple[bytes, bytes]], *, is_tls: bool) -> list[tuple[bytes, bytes]]:
    """What is added to the headers of a reply; a page that brings a policy of its own keeps it."""
    policy = [] if any(name.lower() == POLICY for name, _ in told) else [(POLICY, API_POLICY)]
    return [*SAFE_HEADERS, *policy, *([_HSTS] if is_tls else [])]
