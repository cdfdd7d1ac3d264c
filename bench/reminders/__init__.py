"""The reminder queue at work: from the claim to the settlement, everything real but the provider."""
