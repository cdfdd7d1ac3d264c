"""Operations that go on: subscriptions, and the ways by which they come to clients."""
