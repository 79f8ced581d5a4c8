"""`ENGINE = "canh.kit.sqlite"`: every `atomic()` takes its turn, then `BEGIN IMMEDIATE`.

Done in the backend, so that no caller can forget it: sessions and logins queue like the engine.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import base

from canh.kit.turn import Turn


class DatabaseWrapper(base.DatabaseWrapper):
    _turn: Turn | None = None

    def _my_turn(self) -> Turn | None:
        name = str(self.settings_dict["NAME"])
        if self._turn is None and "memory" not in name:
            self._turn = Turn(name)
        return self._turn

    def _start_transaction_under_autocommit(self) -> None:
        turn = self._my_turn()
        if turn is None:
            return super()._start_transaction_under_autocommit()  # type: ignore[misc,no-any-return]
        turn.take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            turn.give()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            if self._turn is not None:
                self._turn.close()
                self._turn = None

    def _give_turn(self) -> None:
        # A failed COMMIT leaves the transaction open: keep the turn until the ROLLBACK.
        still_inside = self.connection is not None and self.connection.in_transaction
        if self._turn is not None and not still_inside:
            self._turn.give()
