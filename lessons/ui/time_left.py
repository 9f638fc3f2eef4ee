"""A bar that shrinks while time runs out. The browser moves it: no rerun, no script."""


def time_left_html(seconds_left: float, lifetime: float) -> str:
    """The time that is left of `lifetime`, both in seconds, as a bar and a number that count down by themselves."""
    gone = min(lifetime, max(0.0, lifetime - seconds_left))
    return (
        f'<div class="time-left" style="--lifetime:{lifetime:.0f};--gone:{gone:.0f}" role="timer" '
        f'aria-label="{max(0, seconds_left):.0f} of {lifetime:.0f} seconds left when this was drawn">'
        "<i></i><span></span></div>"
    )
