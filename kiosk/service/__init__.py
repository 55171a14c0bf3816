"""The recognition service: one attempt, its answer, and the queue's sender."""
