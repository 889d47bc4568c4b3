package linkageerror

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Rate is a share that is not known exactly. Its law is Beta(Mean·Size, (1−Mean)·Size): Size is the number of pairs that
// would tell as much if they were reviewed. A Size of 0 means that the rate is known exactly, as does a Mean of 0 or 1.
type Rate struct {
	Mean float64 `json:"mean"`
	Size float64 `json:"size"`
}

// RateWithin is the rate whose law has the given mean and, as nearly as two moments can tell, holds 95 % between lower and
// upper: its standard deviation is (upper − lower)/3.92. The rate is known exactly when lower is upper.
func RateWithin(mean, lower, upper float64) (Rate, error) {
	if !(mean >= 0 && mean <= 1) || !(lower <= upper) || lower < 0 || upper > 1 {
		return Rate{}, fmt.Errorf("the rate %v with limits %v and %v is not a share", mean, lower, upper)
	}
	sd := (upper - lower) / 3.92
	if sd == 0 || mean == 0 || mean == 1 {
		return Rate{Mean: mean}, nil
	}
	// Var = mean·(1−mean)/(Size+1); a law that is wider than Beta(½, ½) at its mean is taken to be worth one pair.
	return Rate{Mean: mean, Size: math.Max(1, mean*(1-mean)/(sd*sd)-1)}, nil
}

func (r Rate) check(what string) error {
	if !(r.Mean >= 0 && r.Mean <= 1) {
		return fmt.Errorf("the %s is %v, not a share between 0 and 1", what, r.Mean)
	}
	if r.Size != 0 && !(r.Size >= 1 && !math.IsInf(r.Size, 1)) {
		return fmt.Errorf("the %s is said to be worth %v pairs: give 1 or more, or 0 when it is known exactly", what, r.Size)
	}
	return nil
}

func (r Rate) draw(rng *rand.Rand) float64 {
	if r.Size == 0 || r.Mean == 0 || r.Mean == 1 {
		return r.Mean
	}
	return distuv.Beta{Alpha: r.Mean * r.Size, Beta: (1 - r.Mean) * r.Size, Src: rng}.Rand()
}
