"""What the clients of a test did, as far as it can be played again (scene.py)."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_STEPS = 200
MOST_BYTES = 1 << 16


@dataclass(frozen=True)
class Act:
    """What one client did: connect, pour, hear, half_close, close or reset."""

    who: str
    does: str
    data: bytes = b""


@dataclass
class Script:
    """What the clients of a test did, in order, as far as it can be played again."""

    acts: list[Act] = field(default_factory=list)
    whole: bool = True

    def add(self, who: str, does: str, data: bytes = b"") -> None:
        """Take down one more; of too many, or too large ones, none is played again."""
        known = sum(len(act.data) for act in self.acts[-4:])
        if len(self.acts) >= MOST_STEPS or known + len(data) > MOST_BYTES:
            self.whole = False
        if self.whole:
            self.acts.append(Act(who, does, data))

    @property
    def cast(self) -> list[str]:
        """The names of all clients, in the order in which they came."""
        return list(dict.fromkeys(act.who for act in self.acts))

    def heard(self, who: str) -> bytes:
        """All that one client has heard."""
        acts = (act for act in self.acts if act.who == who and act.does == "hear")
        return b"".join(act.data for act in acts)
