"""Gateway: the doors through which devices speak, one folder per protocol.

It writes only its own journal and answers only what the journal has kept. It knows the register
of panels and nothing of alarms.
"""
