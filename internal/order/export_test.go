package order

import "context"

// Claimed is a job that a worker holds.
type Claimed struct{ job job }

// Claim takes what is due, as a worker does before it makes it.
func (s *Service) Claim(ctx context.Context) ([]Claimed, error) {
	jobs, err := s.claimJobs(ctx)
	var list []Claimed
	for _, j := range jobs {
		list = append(list, Claimed{j})
	}
	return list, err
}

// Finish is the rest of what a worker does.
func (s *Service) Finish(ctx context.Context, c Claimed) error { return s.workOn(ctx, c.job) }

// FinishLate is Finish with something that happens once the text is made.
func (s *Service) FinishLate(ctx context.Context, c Claimed, between func()) error {
	row, m, err := s.makeText(ctx, c.job)
	between()
	return s.conclude(ctx, c.job, row, m, err)
}
