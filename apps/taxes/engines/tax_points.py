"""One question for each tax point: an engine tells what holds at one instant."""

from __future__ import annotations

from dataclasses import replace

from apps.taxes.engines.protocol import TaxAnswer, TaxEngine, TaxRequest
from apps.taxes.treatment import Treatment


def ask_by_tax_point(engine: TaxEngine, request: TaxRequest) -> TaxAnswer:
    """Tell how each line is taxed at the instant at which its tax becomes due, whatever day the bill is of.

    Lines of one tax point are asked about together. The answer has the engine's own ids of all questions.

    Raises:
        TaxUnanswered: one of the questions has no answer (409).
    """
    points = [line.tax_point or request.at for line in request.lines]
    treatments: dict[int, Treatment] = {}
    references: list[str] = []
    for point in dict.fromkeys(points):
        group = [index for index, other in enumerate(points) if other == point]
        asked = replace(request, lines=[request.lines[index] for index in group], at=point)
        answer = engine.calculate(asked)
        treatments |= zip(group, answer.treatments, strict=True)
        references += [answer.reference] if answer.reference else []
    return TaxAnswer(tuple(treatments[index] for index in range(len(points))), ", ".join(references))
