"""Why a deed was not done, and what helps, in a sentence.

Owns the codes of the server that have a sentence of their own; for all others a panel's word for the fault stands in.
"""

from app.organizer.panel_present import fault_sentence
from app.organizer.refusal_words import RefusalCode
from app.organizer.words import OrganizerWords
from core.sync.answers import Later, Rejected


def refusal_text(answer: Later | Rejected, words: OrganizerWords) -> str:
    """One or two sentences, each ended: what is in the way, and the cure where there is one."""
    if isinstance(answer, Rejected) and answer.code in set(RefusalCode):
        return words.refusals[RefusalCode(answer.code)]
    return fault_sentence(answer, words)
