"""Vietnamese text: one written form, and a folded form for search.

Searching "dong da" must find "Đống Đa". Unicode decomposition strips the tone marks but leaves
đ, which is a letter of its own; so it is replaced by hand.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
else:
    CharField = models.CharField


def nfc(text: str) -> str:
    """The composed form in which all text is stored."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case without marks, single spaces: 'Phường Đống  Đa' -> 'phuong dong da'."""
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(plain.split())


class NfcCharField(CharField):
    """Text kept in composed form, whatever the keyboard sent."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return nfc(value) if isinstance(value, str) else value


class FoldedField(CharField):
    """Search column: filled from other text fields of the row each time it is saved."""

    def __init__(self, *args: Any, sources: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.sources = sources
        kwargs.setdefault("max_length", 500)
        kwargs.update(editable=False, default="", db_index=True)
        super().__init__(*args, **kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        folded = fold(" ".join(str(getattr(model_instance, name)) for name in self.sources))
        setattr(model_instance, self.attname, folded[: self.max_length])
        return folded[: self.max_length]

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for key in ("editable", "default", "db_index"):
            kwargs.pop(key, None)
        return name, path, args, {**kwargs, "sources": self.sources}
