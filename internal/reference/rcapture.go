package reference

import "testing"

// A Fit is one closed-population or log-linear model fitted by Rcapture.
type Fit struct {
	Source   Source `json:"-"`
	Function string
	Table    string
	Call     string
	Model    string // as darkfigure names it, such as "Mh-chao" or "[12,3]"

	N        float64 `json:"population"`
	SE       float64
	Deviance float64
	DF       int
	AIC, BIC float64
	Bias     float64  // asymptotic, reported and not subtracted
	Info     int      // 0 no warning, 1 the asymptotic bias is large
	Dropped  []string // Chao's model: eta terms estimated as negative and set to 0
	Warning  string
	Error    string // the program refused; nothing else is set

	Profile *ProfileInterval
}

// A ProfileInterval is a multinomial profile likelihood interval of Rcapture.
type ProfileInterval struct {
	Level   float64
	N       float64 `json:"population"` // where the multinomial profile is largest
	Lower   float64
	Upper   float64 // 0 when the search stopped
	Above   float64 // where the search stopped: the limit is greater than this
	Info    int     // 5 lower limit set to n, 6 search for the upper limit stopped
	Warning string
}

func fits(t testing.TB, file, function, table string) []Fit {
	t.Helper()
	src, out := load(t, file, func(f Fit) bool { return f.Function == function && (table == Every || f.Table == table) })
	for i := range out {
		out[i].Source = src
	}
	return out
}

// Closedp returns the twelve models of closedp.t: M0 Mt Mh-{chao,poisson,darroch,gamma}
// Mth-{…} Mb Mbh. Tables: hare hiv uk5 uk6 kosovo western nl5 korea hav.
// Mb of uk5 and Mbh of korea are below the number observed there, which is no target.
func Closedp(t testing.TB, table string) []Fit {
	t.Helper()
	return fits(t, "rcapture-closedp.json", "t", table)
}

// Closedp0 returns the five models of closedp.0: M0 and Mh-{chao,poisson,darroch,gamma},
// fitted to the counts of persons by number of captures. Tables as for [Closedp], and
// immigrants, where time is continuous.
func Closedp0(t testing.TB, table string) []Fit {
	t.Helper()
	return fits(t, "rcapture-closedp.json", "0", table)
}

// ClosedpNegative returns the models of [Closedp] with negative eta terms kept in
// Chao's model.
func ClosedpNegative(t testing.TB, table string) []Fit {
	t.Helper()
	return fits(t, "rcapture-closedp.json", "t-negative", table)
}

// Corrected returns the bias-corrected models of closedp.bc (N and SE only). A
// model with Error was refused there.
func Corrected(t testing.TB, table string) []Fit {
	t.Helper()
	return fits(t, "rcapture-corrected.json", "bc", table)
}

// Profiles returns M0, Mt, Mh-chao and Mth-{chao,poisson,darroch,gamma} of closedpCI.t, each
// with its Profile.
func Profiles(t testing.TB, table string) []Fit {
	t.Helper()
	return fits(t, "rcapture-profile.json", "t", table)
}

// Profiles0 returns M0 and Mh-{chao,poisson,darroch,gamma} of closedpCI.0, each with its Profile.
func Profiles0(t testing.TB, table string) []Fit {
	t.Helper()
	return fits(t, "rcapture-profile.json", "0", table)
}

// Interactions returns log-linear models of chosen interactions with their Profile.
// Tables: hiv kosovo uk5 western korea. One hiv model has level 0.9.
func Interactions(t testing.TB, table string) []Fit {
	t.Helper()
	return fits(t, "rcapture-profile.json", "mX", table)
}

// Description holds the descriptive statistics of a table.
type Description struct {
	Table    string
	Call     string
	Observed int64
	F        []int64 // F[i]: persons seen i+1 times
	U        []int64 // first seen on list i
	V        []int64 // last seen on list i
	N        []int64 // on list i
}

// Descriptive returns Rcapture's descriptive statistics, for the tables of [Closedp].
func Descriptive(t testing.TB, table string) []Description {
	t.Helper()
	_, out := load(t, "rcapture-descriptive.json", func(d Description) bool { return table == Every || d.Table == table })
	return out
}
