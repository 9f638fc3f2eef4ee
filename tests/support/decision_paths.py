"""All paths through the questions of the decision guide."""

from lessons.guides.decision import follow


def every_path() -> list[tuple[str, ...]]:
    """The answers of every path, from the first question to a result."""
    complete: list[tuple[str, ...]] = []
    begun: list[tuple[str, ...]] = [()]
    while begun:
        answers = begun.pop()
        question = follow(answers).question
        if question is None:
            complete.append(answers)
        else:
            begun += [(*answers, option.value) for option in question.options]
    return complete
