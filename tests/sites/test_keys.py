"""A key is changed without cutting the panel off."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from canh.audit.models import Line
from canh.engine.steps import all_steps
from canh.kit import clock
from canh.sites import actions, actions_keys, queries
from canh.sites.models import Panel
from tests.cast import BANK_KEY, Cast
from tests.clock import Hands, stopped

NEW = "F0" * 32
OLD = bytes.fromhex(BANK_KEY)


def known() -> queries.PanelEntry:
    return queries.panel_directory()["1001"]


def end_rotations() -> None:
    [step] = [s for s in all_steps() if s.name == "sites.end_rotations"]
    step()


def later(hands: Hands, hours: float) -> None:
    hands.forward(hours * 3600)


def test_both_keys_open_and_the_end_is_known(cast: Cast) -> None:
    with stopped() as hands:
        before = queries.directory_revision()
        made = actions_keys.rotate_key(cast.bank_panel, NEW, 24, actor_id=cast.chi.id)
        assert made.key_hex == NEW
        assert queries.directory_revision() > before
        entry = known()
        assert (entry.key, entry.old_keys) == (bytes.fromhex(NEW), (OLD,))
        assert entry.old_keys_until == clock.now_us() + 24 * 3600 * 1_000_000
        later(hands, 25)
        assert (known().key, known().old_keys) == (bytes.fromhex(NEW), ())


def test_the_old_key_is_forgotten_when_its_time_is_over(cast: Cast) -> None:
    with stopped() as hands:
        actions_keys.rotate_key(cast.bank_panel, NEW, 1, actor_id=cast.chi.id)
        later(hands, 0.5)
        end_rotations()
        assert Panel.objects.get(id=cast.bank_panel.id).old_key_sealed is not None
        later(hands, 0.6)
        before = queries.directory_revision()
        end_rotations()
        panel = Panel.objects.get(id=cast.bank_panel.id)
        assert (panel.old_key_sealed, panel.old_key_until) == (None, None)
        assert queries.directory_revision() > before
        end_rotations()
    lines = list(
        Line.objects.filter(subject=f"panel:{panel.id}").order_by("id").values_list("action", "actor_id", "detail")
    )
    assert lines[-2:] == [("panel.rotate", cast.chi.id, {"overlap_h": 1}), ("panel.key_end", None, {})]


def test_a_person_may_end_it_early(cast: Cast) -> None:
    actions_keys.rotate_key(cast.bank_panel, NEW, 24, actor_id=cast.chi.id)
    assert actions_keys.end_rotation(cast.bank_panel, actor_id=cast.chi.id)
    assert known().old_keys == ()
    assert not actions_keys.end_rotation(cast.bank_panel, actor_id=cast.chi.id)


def test_a_replaced_key_opens_nothing_even_while_it_rotates(cast: Cast) -> None:
    actions_keys.rotate_key(cast.bank_panel, NEW, 24, actor_id=cast.chi.id)
    actions.replace_key(cast.bank_panel, "AA" * 16, actor_id=cast.chi.id)
    assert (known().key, known().old_keys) == (b"\xaa" * 16, ())


@pytest.mark.parametrize(
    ("key", "hours"), [(NEW, 0), (NEW, 721), (NEW, -1), ("", 24), ("zz", 24), (BANK_KEY, 24)]
)  # fmt: skip
def test_what_is_refused(cast: Cast, key: str, hours: int) -> None:
    with pytest.raises(ValidationError):
        actions_keys.rotate_key(cast.bank_panel, key, hours, actor_id=cast.chi.id)
    assert (known().key, known().old_keys) == (OLD, ())


def test_a_panel_without_a_key_is_given_one_otherwise(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        actions_keys.rotate_key(cast.school_panel, NEW, 24, actor_id=cast.chi.id)
