"""What an operation may take: cost, budgets, turns and time, all of it decided in one place before it runs."""

from endpoint.limits.deadline import Gone
from endpoint.limits.gate import Admitted, Gate

__all__ = ["Admitted", "Gate", "Gone"]
