package resample

import "math/rand/v2"

// Stream returns the random stream of replicate i of a run with the given seed. Equal
// arguments give equal streams on every machine; the generator is PCG-DXSM with 128
// bits of state, of which seed and i are the halves.
func Stream(seed, i uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, i)) }
