package disclosure

import "math"

// Outward rounds limits to so many significant figures, the lower one down and the upper one up; an upper limit of +Inf stays.
func Outward(lower, upper float64, figures int) (float64, float64) {
	return toward(lower, figures, math.Floor), toward(upper, figures, math.Ceil)
}

// Figures rounds a number to so many significant figures.
func Figures(x float64, figures int) float64 { return toward(x, figures, math.Round) }

func toward(x float64, figures int, round func(float64) float64) float64 {
	if x == 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x
	}
	e := int(math.Floor(math.Log10(math.Abs(x)))) - figures + 1
	if e >= 0 {
		unit := math.Pow10(e)
		return round(nudge(x/unit, round)) * unit
	}
	unit := math.Pow10(-e) // dividing by it gives the nearest number to the decimal
	return round(nudge(x*unit, round)) / unit
}

// nudge keeps a number that is whole but for rounding errors from being rounded to the next one.
func nudge(x float64, round func(float64) float64) float64 {
	if r := math.Round(x); math.Abs(x-r) < 1e-9*math.Max(1, math.Abs(x)) {
		return r
	}
	return x
}

// Rounding rounds a number to so many significant figures in the given way.
func Rounding(x float64, figures int, round func(float64) float64) float64 {
	return toward(x, figures, round)
}
