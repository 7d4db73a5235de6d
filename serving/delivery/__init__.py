"""Messages of the outbox on their way: senders, the loop that runs them, the signed webhook."""
