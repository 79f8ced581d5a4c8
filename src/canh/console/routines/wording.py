"""Routines in words, in the active language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def guidance(code: str) -> str:
    """What to do about what Canh itself noticed of routines; "" for another code."""
    told = {
        "all_clear_missing": _(
            "The premises were opened and no second person gave the all-clear. Call the landline of the premises, not "
            "a mobile phone: ask for two people by name and their codes, and type them on the page of the all-clear. A "
            "hesitating voice, a wrong code or no answer: treat it as a hold-up. It ends by itself with the all-clear."
        ),
        "all_clear_duress": _(
            "Somebody gave the all-clear with a duress code: treat it as a hold-up in progress. Do not call the "
            "premises, and let nobody there see that you know. Call 113 and say that the staff are held."
        ),
        "all_clear_wrong": _(
            "Codes that nobody has were typed several times. Call the premises and ask who is there; compare with who "
            "should open. Without a good answer treat it as a hold-up."
        ),
        "vault_one_person": _(
            "The vault was opened and no second person gave a code there. Call the head of the treasury desk; look at "
            "the camera of the vault. It ends by itself when the second person gives their code or the vault is closed."
        ),
        "vault_outside_window": _(
            "The vault was opened at a time at which it must stay closed. Look at the camera of the vault before you "
            "call; without a good answer call 113. It ends by itself when the vault is closed."
        ),
        "cash_over_limit": _(
            "More cash stays on the premises than its limit. Ask the head of the branch when it is collected; until "
            "then let the guard know. It ends by itself with a count within the limit."
        ),
        "crew_unknown": _(
            "A crew asks to be let in that nobody announced. They must stay outside. Call their company by the number "
            "you know, never by one they give; keep plate and description. If they press, call 113."
        ),
    }
    return told.get(code, "")
