"""What the environment says about where secrets lie: read before any vault is loaded, so that a typo ends the start."""

import os

from app.device.vaults.contract import VaultKind
from app.errors import AppError

CHOICE = "DOORLIGHT_VAULT"
"""`keyring`, `passphrase` or `file` in the environment decides before anything else."""


class ChoiceUnknown(AppError):
    """`DOORLIGHT_VAULT` names no kind of vault: better no start than keys where nobody meant them to lie."""

    def __init__(self, choice: str) -> None:
        super().__init__("vault_choice_unknown", choice=choice, known=", ".join(VaultKind))


def chosen() -> VaultKind | None:
    """What `DOORLIGHT_VAULT` says; None where it says nothing. Raises ChoiceUnknown."""
    choice = os.environ.get(CHOICE, "")
    if not choice:
        return None
    if choice not in set(VaultKind):
        raise ChoiceUnknown(choice)
    return VaultKind(choice)
