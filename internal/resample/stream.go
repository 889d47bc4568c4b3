package resample

import "math/rand/v2"

// Stream returns the random stream of replicate i of a run with the given seed. Equal
// arguments give equal streams on every machine; the generator is PCG-DXSM with 128
// bits of state, of which seed and i are the halves.
func Stream(seed, i uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, i)) }

// Streams gives the same streams as Stream, one at a time and without allocating: the
// stream of an earlier call becomes that of the latest. It belongs to one goroutine.
type Streams struct {
	pcg  rand.PCG
	rand *rand.Rand
}

// At is the stream of replicate i of a run with the given seed.
func (s *Streams) At(seed, i uint64) *rand.Rand {
	s.pcg.Seed(seed, i)
	if s.rand == nil {
		s.rand = rand.New(&s.pcg)
	}
	return s.rand
}
