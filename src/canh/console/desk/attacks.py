"""What to do about an attack on the transmission, in the active language. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from canh.console.desk import wording
from canh.intake.terms import Kind

if TYPE_CHECKING:
    from canh.alarms.models import Alarm


def attack_steps(alarm: Alarm) -> list[str]:
    """What to do about an attack on the transmission, in order; nothing for other alarms: they have procedures."""
    if alarm.kind != Kind.SECURITY:
        return []
    steps = {
        "downgrade": [
            _("Handle the event of the message as real: it has an alarm of its own."),
            _("Ask whether somebody is working on the panel. If so, have encryption switched on again at once."),
            _("If nobody is: somebody may be speaking in the panel's place. Send a guard, check the line and the"
              " communicator, call a test from the panel itself."),
            _("Close only after an encrypted message of this panel has come."),
        ],
        "wrong_key": [
            _("Ask whether the key, or the panel, has just been changed. If so, have the new key typed in; compare the"
              " number of digits."),
            _("If nobody has changed it: the panel may be unheard, or somebody tries keys. Look when its paths were"
              " last heard, and call the site."),
            _("Nothing in these messages can be read. Until one opens, treat the site as not watched."),
        ],
        "replay": [
            _("Somebody recorded messages of this panel and plays them again: the line is being listened to."),
            _("The message itself was handled when it first came; it raises nothing twice and gives no sign of life."),
            _("Send somebody to look at line, router and communicator. Compare the sender's address with the one the"
              " panel has."),
            _("Have the key replaced, at the panel and here. Report it as an attempted attack."),
        ],
    }  # fmt: skip
    return steps.get(wording.condition(alarm), [])
