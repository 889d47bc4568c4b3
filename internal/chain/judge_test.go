package chain_test

import (
	"math"
	"testing"

	"darkfigure/internal/chain"
)

// Four chains of 100: sin(0.7·j), j = 1…400, plus 0, 0.1, 0.2 and 0.3. The numbers are those of the R package posterior,
// rhat, ess_bulk, ess_tail, ess_mean and mcse_mean of
// matrix(sin(0.7*(1:400)) + rep(c(0,.1,.2,.3), each=100), 100, 4).
func waves() [][]float64 {
	out := make([][]float64, 4)
	for j := range 400 {
		out[j/100] = append(out[j/100], math.Sin(0.7*float64(j+1))+0.1*float64(j/100))
	}
	return out
}

func TestJudgementsAgreeWithPosterior(t *testing.T) {
	w := waves()
	for _, x := range []struct {
		name      string
		got, want float64
	}{
		{"R-hat", chain.Judge(w).RHat, 1.025155601},
		{"bulk ESS", chain.Judge(w).BulkESS, 157.2956438},
		{"tail ESS", chain.Judge(w).TailESS, 215.9988542},
		{"mean ESS", chain.MeanESS(w), 151.3494322},
		{"MCSE of the mean", chain.MeanSE(w), 0.05818046496},
	} {
		if math.Abs(x.got-x.want) > 5e-10*x.want {
			t.Errorf("%s is %.10g, want %.10g", x.name, x.got, x.want)
		}
	}
}
