"""A manifest's lists, put together from their files: a base and its deltas, in order.

Owns the comparison with what was signed, count and hash of each list, and that a list which is in memory is not read
again. A damaged file is dropped, so that it is fetched anew.
"""

from app.runtime.trust_box import TrustBox
from app.store.trust_store import TrustStore
from core.sync.adoption import Objection
from core.sync.messages import Manifest, SegmentRow
from core.ticket.segments import Flawed, Kind, ListsOfSegments, Records, applied, records_from


class ManifestLists:
    """The lists of manifests whose files are in the store; `box` has the ones in memory."""

    def __init__(self, box: TrustBox, store: TrustStore) -> None:
        self._box = box
        self._store = store

    def keep_what_is_known(self, manifest: Manifest) -> None:
        """A new base that is just what is in memory needs no download: so a server may sweep up its deltas."""
        for row in manifest.segments:
            known = self._known(row.kind)
            if known is None:
                continue
            _, records = known
            name = bytes.fromhex(row.base.sha256)
            is_here = self._store.bytes_held(name) == row.base.bytes
            if not is_here and len(records.body) == row.base.bytes and records.sha256 == name:
                self._store.put(name, records.body)

    def lists_of(self, manifest: Manifest) -> ListsOfSegments | Objection:
        """The lists of a manifest whose files are all here, each of the count and the hash that were signed."""
        found: dict[Kind, Records] = {}
        for row in manifest.segments:
            kind = Kind.named(row.kind)
            if kind is None:
                continue
            records = self._list_of(kind, row)
            if isinstance(records, Flawed) or records.count != row.count or records.sha256.hex() != row.sha256:
                return self._list_differs(row)
            found[kind] = records
        none = ListsOfSegments()
        return ListsOfSegments(
            allow=found.get(Kind.ALLOW, none.allow),
            deny=found.get(Kind.DENY, none.deny),
            legacy=found.get(Kind.LEGACY, none.legacy),
            uses=found.get(Kind.USED, none.uses),
            marked=found.get(Kind.MARKS, none.marked),
        )

    def _list_of(self, kind: Kind, row: SegmentRow) -> Records | Flawed:
        """A list from its base and its deltas, or from the one in memory and the deltas that are new."""
        known = self._known(row.kind)
        deltas = row.deltas
        records: Records | Flawed
        if known is not None and (known[0].sha256, known[0].count) == (row.sha256, row.count):
            return known[1]
        if known is not None and known[0].base == row.base and deltas[: len(known[0].deltas)] == known[0].deltas:
            records, deltas = known[1], deltas[len(known[0].deltas) :]
        else:
            records = records_from(kind, self._store.read(bytes.fromhex(row.base.sha256)))
        for delta in deltas:
            if isinstance(records, Flawed):
                break
            records = applied(records, self._store.read(bytes.fromhex(delta.sha256)))
        return records

    def _list_differs(self, row: SegmentRow) -> Objection:
        """A list that is not what was signed; a file of it that lies here damaged is fetched anew."""
        is_whole = True
        for file in (row.base, *row.deltas):
            name = bytes.fromhex(file.sha256)
            if self._store.hash_of(name) != name:
                self._store.drop(name)
                is_whole = False
        return Objection.LIST_DIFFERS if is_whole else Objection.LIST_MISSING

    def _known(self, label: str) -> tuple[SegmentRow, Records] | None:
        """A list that is in memory, with its row."""
        taken = self._box.taken
        row = None if taken is None else segment_of(taken.manifest, label)
        lists = None if taken is None else taken.trust.lists
        if row is None or not isinstance(lists, ListsOfSegments):
            return None
        every = {each.kind.label: each for each in (lists.allow, lists.deny, lists.legacy, lists.uses, lists.marked)}
        return (row, every[label]) if label in every else None


def segment_of(manifest: Manifest, label: str) -> SegmentRow | None:
    """The row of one list, by its label."""
    return next((row for row in manifest.segments if row.kind == label), None)
