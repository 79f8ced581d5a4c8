"""Django's own words that reach our pages, named here so that our catalogue may say them better.

Django's Vietnamese lacks some of them and says others in a way nobody speaks. Nothing imports this
module: the translation of these texts is looked up by Django itself.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy, ngettext_lazy

TEXTS = (
    gettext_lazy("Enter a whole number."),
    gettext_lazy("Ensure this value is greater than or equal to %(limit_value)s."),
    gettext_lazy("Ensure this value is less than or equal to %(limit_value)s."),
    gettext_lazy("Null characters are not allowed."),
    gettext_lazy("Select a valid choice. %(value)s is not one of the available choices."),
    gettext_lazy("Select a valid choice. That choice is not one of the available choices."),
    gettext_lazy("The password is too similar to the %(verbose_name)s."),
    gettext_lazy("This field is required."),
    gettext_lazy("This field cannot be blank."),
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        1,
    ),
)
