"""What may be sent now: circuit breakers, the rates of providers, and their wish to be left alone."""
