"""How far long work is, as pages of both staff sites ask for it (``static/progress.js``)."""

STATE_WAITING, STATE_DONE = "waiting", "done"


def progress(
    state: str, finished_steps: int = 0, total: int = 0, words: str = ""
) -> dict[str, str | int]:
    """Answer a page: it is loaded again once the state is another than waiting.

    ``words`` are shown beside the bar, where the page has a place for them.
    """
    return {"state": state, "done": finished_steps, "total": total, "words": words}
