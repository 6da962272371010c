package bench

import "math/rand/v2"

// source makes the requests of one client.
type source interface {
	// next returns the next request; nil when there is none. timed says
	// whether its latency counts.
	next() (request []byte, timed bool)
	// answered is given the body of an answer 200.
	answered(body []byte)
}

// held is a seat that a claim has taken.
type held struct {
	machine uint64
	token   [len(tokenShape)]byte
}

// newcomers ask for a seat with an identity that was never seen before.
type newcomers struct {
	request *template
	last    uint64 // identity
	step    uint64 // clients interleave
	seats   []held // taken, where the answers have floating tokens
}

func (s *newcomers) next() ([]byte, bool) {
	s.last += s.step
	s.request.setMachine(s.last)
	return s.request.bytes, true
}

func (s *newcomers) answered(body []byte) {
	if token := tokenIn(body); token != nil {
		h := held{machine: s.last}
		copy(h.token[:], token)
		s.seats = append(s.seats, h)
	}
}

// leavers give back what newcomers have taken.
type leavers struct {
	request *template
	seats   []held
}

func (s *leavers) next() ([]byte, bool) {
	if len(s.seats) == 0 {
		return nil, false
	}
	s.request.setMachine(s.seats[0].machine)
	copy(s.request.token, s.seats[0].token[:])
	s.seats = s.seats[1:]
	return s.request.bytes, true
}

func (*leavers) answered([]byte) {}

// holders call for filled seats, at random.
type holders struct {
	request *template
	filled  fill
	random  *rand.Rand
}

func (s *holders) next() ([]byte, bool) {
	n := s.filled.first + s.random.Uint64N(uint64(s.filled.seats))
	s.request.setMachine(n)
	if s.request.token != nil {
		s.request.setFilled(n)
	}
	return s.request.bytes, true
}

func (*holders) answered([]byte) {}

// guests take a seat and give it back, so that the license stays as full as it
// is. Only the claims are timed.
type guests struct {
	come  newcomers
	leave leavers
}

func (s *guests) next() ([]byte, bool) {
	if len(s.come.seats) == 0 {
		return s.come.next()
	}
	s.leave.seats, s.come.seats = s.come.seats, s.come.seats[:0]
	request, _ := s.leave.next()
	return request, false
}

func (s *guests) answered(body []byte) { s.come.answered(body) }
