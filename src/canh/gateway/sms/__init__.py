"""SMS: what GSM alarm panels send as text messages, through a modem on this machine.

    modem ─ reader (a process of its own, gammu) ─ parts ─ message ─ texts ─ journal ─▶ deleted from the SIM

A text message proves nothing of its sender. See docs/design/door-sms.md.
"""

DOOR = "sms"
