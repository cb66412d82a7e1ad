"""The installation's key pairs: made once, the same ever after, and useless without the master key."""

from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.ledger.admin import open_ledger
from app.ledger.root_keys import WrappedKeyBroken, root_keys, unwrap, wrap
from app.ledger.schema import installation
from app.ledger.secret_files import MASTER_FILE, make_master
from core.ticket import seal
from tests.contract.ledger_rig import policy
from tests.ledger.press_rig import opened_rig


def test_key_pairs_are_made_once(home) -> None:
    with open_ledger(*home) as first, open_ledger(*home) as second:
        assert first.roots == second.roots
        assert seal.is_ed25519_signature(first.roots.root_public, b"m", second.roots.sign(b"m"))
        assert seal.x25519_public(first.roots.server_private) == first.roots.server_public
        assert "private" not in repr(first.roots)


def test_an_unused_database_with_another_master_gets_new_pairs(tmp_path: Path) -> None:
    with open_ledger(None, tmp_path) as office:
        before = office.roots
    (tmp_path / MASTER_FILE).unlink()
    with open_ledger(None, tmp_path) as office:
        assert office.roots.root_public != before.root_public
        office.create_event(policy())
        kept = office.roots
    with open_ledger(None, tmp_path) as office:
        assert office.roots == kept


def test_the_private_halves_lie_wrapped(tmp_path: Path) -> None:
    with opened_rig(None, tmp_path) as rig:
        with rig.office._database.reading() as connection:
            row = connection.execute(select(installation)).one()
        roots = rig.office.roots
        assert {len(row.root_private), len(row.server_private)} == {12 + 32 + 16}
        assert roots.root_private not in row.root_private
        rig.do(update(installation).values(root_private=row.server_private))  # one for the other
        with pytest.raises(WrappedKeyBroken):
            root_keys(rig.office._database, make_master(tmp_path))


def test_wrapping_is_bound_to_its_purpose_and_never_the_same_twice() -> None:
    master = bytes(range(32))
    wrapped = wrap(master, b"private", b"a")
    assert unwrap(master, wrapped, b"a", what="key") == b"private"
    assert wrap(master, b"private", b"a") != wrapped
    for other, about in ((master, b"b"), (bytes(32), b"a")):
        with pytest.raises(WrappedKeyBroken, match="key"):
            unwrap(other, wrapped, about, what="key")
