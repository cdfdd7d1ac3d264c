"""How the resolvers of one run behave."""

from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st

Timing = Literal["sync", "async", "mixed"]


@dataclass(frozen=True)
class Profile:
    """The rates are per thousand answers."""

    seed: int
    timing: Timing
    null: int = 0
    raised: int = 0
    returned: int = 0  # an exception as a value
    wrong: int = 0  # a value that does not fit its type


def profiles() -> st.SearchStrategy[Profile]:
    rate = st.sampled_from((0, 20, 100))
    return st.builds(
        Profile,
        seed=st.integers(0, 9999),
        timing=st.sampled_from(("sync", "async", "mixed")),
        null=rate,
        raised=rate,
        returned=rate,
        wrong=rate,
    )
