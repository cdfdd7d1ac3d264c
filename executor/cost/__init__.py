"""What an operation may cost, worked out before it runs: GraphQL Cost Directives, https://ibm.github.io/graphql-specs/cost-spec.html.

`directives` are written on the fields of a Strawberry schema and printed with it, `weights` reads them back, `formulas`
makes of an operation a function of its variables: a document that is known costs microseconds.
"""

from executor.cost.directives import Cost, ListSize
from executor.cost.formulas import Formula
from executor.cost.sums import Sum
from executor.cost.weights import LENGTH, Length, Weights

__all__ = ["LENGTH", "Cost", "Formula", "Length", "ListSize", "Sum", "Weights"]
