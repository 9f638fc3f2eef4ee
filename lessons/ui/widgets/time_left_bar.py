"""A bar that shrinks while time runs out. The browser moves it: no rerun, no script."""

EXPIRED = "expired: still stored, no longer returned"


def time_left_html(seconds_left: float, lifetime: float, over: str) -> str:
    """The time that is left of `lifetime`, both in seconds and above 0, as a bar and a number that count down by themselves.

    When it is up, the browser says what is `over` in the same place.
    """
    return (
        f'<div class="time-left" style="--lifetime:{lifetime:.0f};--gone:{lifetime - seconds_left:.1f}" role="timer" '
        f'aria-label="{seconds_left:.0f} of {lifetime:.0f} seconds left when this was drawn">'
        '<i></i><span class="left held">readable, </span>'
        f'<span class="over">{over}</span></div>'
    )
