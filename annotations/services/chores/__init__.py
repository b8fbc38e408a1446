"""What leads ask for that is about many items: a change to all of them, or a draw for people.

What is about few items is done by the process that was asked, so that its result is there at once; all else by a
worker. Either does it under the lease of the row, in the same way.
"""

from annotations.services.chores.asking import AT_ONCE, ask_action, ask_draw
from annotations.services.chores.doing import cancel_chore, do_chore, sweep_chores

__all__ = ["AT_ONCE", "ask_action", "ask_draw", "cancel_chore", "do_chore", "sweep_chores"]
