"""Events on their way to those who follow them: relayed in order, read once for each process, resumed from any position."""
