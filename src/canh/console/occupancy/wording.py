"""What to do about what is said of who is inside, in the active language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def guidance(code: str) -> str:
    """What to do about what people at the premises said, or did not say; "" for another code."""
    told = {
        "staff_panic": _(
            "Somebody of the staff pressed the call for help on their phone. Look at the camera, then call the "
            "premises and listen before you speak: they may not be alone. Call 113 unless you know that it is nothing."
        ),
        "lockdown": _(
            "Doors are shut and people hide. Call 113, say how many are inside, and keep the roll before you. Do not "
            "ring the phones of people who hide. It ends when somebody who leads there says that all is safe."
        ),
        "lockdown_help": _(
            "Somebody who hides needs help: the roll says who and where. Tell the police at once, with the room. It "
            "ends with the lockdown."
        ),
        "key_not_returned": _(
            "The premises close and a key is still out. Call who has it. If it is lost, have the lock changed before "
            "the premises are left alone. It ends by itself when the last key is back."
        ),
        "visitor_not_out": _(
            "The premises close and a visitor was not signed out. Have the guard look for them before the building is "
            "armed. It ends by itself when the last visitor is signed out."
        ),
    }
    return told.get(code, "")
