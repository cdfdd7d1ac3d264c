"""How many questions a second CareNotes answers, beside other servers on the same database: `python -m bench.queries`."""
