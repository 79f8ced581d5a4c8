"""The webhook: HTTP/1.1 for programs. Alertmanager's form, and a signed JSON form for anything else.

bytes → `http` → `proof` → `signals` or `alertmanager` → journal → `answer`. `link` is one connection, `clerk`
takes the requests of all.
"""

DOOR = "webhook"
"""The name of this door in the journal."""
SCHEME = "webhook:"
"""How its accounts begin."""
