package report

import "darkfigure/estimators"

// What tests look at inside the package.
var (
	Catalogue  = catalogue
	DutchCodes = func() map[string][2]string {
		out := map[string][2]string{}
		for c, d := range dutchCodes {
			out[c] = [2]string{d.meaning, d.do}
		}
		return out
	}
	Stylesheet = func() string { return stylesheet }
	ShortNames = shortNames
	Clean      = clean
	Wrap       = wrap
)

// Numbers formats in a language.
func Numbers(code string) interface {
	Whole(float64) string
	Fixed(float64, int) string
	Percent(float64) string
	PercentRange(lower, upper float64) string
	Limits(estimators.Interval) string
	Parameter(float64) string
} {
	return numbers{languages[code]}
}

type numbers struct{ l *language }

func (n numbers) Whole(x float64) string              { return n.l.whole(x) }
func (n numbers) Fixed(x float64, d int) string       { return n.l.fixed(x, d) }
func (n numbers) Percent(x float64) string            { return n.l.percent(x) }
func (n numbers) PercentRange(a, b float64) string    { return n.l.percentRange(a, b) }
func (n numbers) Limits(i estimators.Interval) string { return n.l.limits(i) }
func (n numbers) Parameter(x float64) string          { return n.l.parameter(x) }
func About(x float64, n int64) float64                { return about(x, n) }
func Outward(i estimators.Interval, n int64) (a, b float64) {
	o := outward(i, n)
	return o.Lower, o.Upper
}

// Bands are the limits of the stepped bands, the widest first.
func Bands(population float64, observed int64, is []estimators.Interval) [][3]float64 {
	var out [][3]float64
	for _, b := range bands(population, observed, is) {
		out = append(out, [3]float64{b.level, b.lower, b.upper})
	}
	return out
}

// RoundScale is the end of an axis and the step between its labels.
func RoundScale(top float64) (maximum, step float64) {
	s := roundScale(top)
	return s.max, s.step
}

// Humps are the peaks of how the estimates of resampled tables are spread; ok is false when there is nothing to draw.
func Humps(r *estimators.Resampling, observed int64) (peaks []float64, ok bool) {
	s, ok := spreadOf(r, observed)
	if !ok {
		return nil, false
	}
	for _, h := range s.humps() {
		peaks = append(peaks, h.peak)
	}
	return peaks, true
}

// Bins are the shares of the tables in equal parts of an axis that reaches to top, and the share beyond it.
func Bins(r *estimators.Resampling, observed int64, top float64) (bins []float64, beyond float64) {
	s, ok := spreadOf(r, observed)
	if !ok {
		return nil, 0
	}
	axis := roundScale(top)
	return s.bins(axis), 1 - s.failed - s.upTo(axis.max)
}
