"""Events, sessions, bookings, the waiting list and calendar files."""
