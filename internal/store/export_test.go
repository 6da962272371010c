package store

// Waiting is how many commands wait for the writer.
func (s *Store) Waiting() int { return len(s.writer.seats) + len(s.writer.bulk) }
