package sensitivity

import (
	"context"
	"math"
	"slices"

	"darkfigure/estimators"
)

// holds reports whether a claim is made at a point: by the estimate, or by the limit on the side of the claim.
func (c Claim) holdsAt(n float64, p Point, of Of) bool {
	v := p.Population
	if of == OfInterval {
		if v = p.Upper; c.above() {
			v = p.Lower
		}
	}
	return c.Holds(n, v)
}

// above reports whether the claim is that there are more people than some number.
func (c Claim) above() bool {
	_, above := c.threshold(1)
	return above
}

// searchFactor is how far from the base a tipping point is looked for, either way, wherever the range of the curve ends.
const searchFactor = 100.0

// tipping looks for the smallest departure from the base at which a claim fails: outwards from the base along the values of the
// curve and by doublings beyond them, to a hundred times the base or a hundredth (to 100 or 1/100 from a base of 0 or without bound), and then between the last value at
// which it holds and the first at which it does not. A claim that fails and holds again between two neighbouring values is not seen. Beyond a value without an
// estimate nothing is looked for, up to it there is. Points beyond the curve are kept in far.
func (a assumption) tipping(ctx context.Context, c *Curve, claim Claim, of Of, far map[float64]Point) (TippingPoint, error) {
	out := TippingPoint{Claim: claim, Of: of, State: NeverTips, From: a.base, To: a.base}
	if c.Base.Status == estimators.Refused {
		out.State = NoBase
		return out, nil
	}
	if !claim.holdsAt(a.n, c.Base, of) {
		out.State = FailsAtBase
		return out, nil
	}
	for _, up := range []bool{true, false} {
		side := c.side(a.base, up)
		in := c.Base
		for i := 0; ; i++ {
			var p Point
			switch v := beyond(a.base, in.Value, up); {
			case i < len(side):
				p = side[i]
			case v == in.Value:
				p = Point{Value: v, Status: estimators.Refused} // the end of the search
			default:
				var known bool
				if p, known = far[v]; !known {
					var err error
					if p, err = a.point(ctx, v); err != nil {
						return out, err
					}
					far[v] = p
				}
			}
			var err error
			if p.Status == estimators.Refused {
				if p, err = a.edge(ctx, claim, of, in, p); err != nil {
					return out, err
				}
			}
			if p.Status == estimators.Refused {
				break
			}
			if claim.holdsAt(a.n, p, of) {
				in = p
				out.From, out.To = math.Min(out.From, p.Value), math.Max(out.To, p.Value)
				continue
			}
			v, err := a.bisect(ctx, claim, of, in.Value, p.Value)
			if err != nil {
				return out, err
			}
			if d := departure(v, a.base); out.State != Tips || d < out.Departure {
				out.State, out.Value, out.Departure = Tips, v, d
			}
			break
		}
	}
	if out.State == Tips {
		out.From, out.To = 0, 0
		const slack = 1e-6 // a point at the end of the range lies in it
		out.Beyond = out.Value < c.From*(1-slack) && out.Value < a.base || out.Value > c.To*(1+slack) && out.Value > a.base
	}
	return out, nil
}

// edge looks between a value at which a claim holds and one without an estimate for one at which it fails; the latter when there is none.
func (a assumption) edge(ctx context.Context, claim Claim, of Of, in, refused Point) (Point, error) {
	last := in.Value
	if !(last > 0) || math.IsInf(last, 1) {
		return refused, nil
	}
	for range 12 {
		if last == refused.Value {
			break
		}
		p, err := a.point(ctx, math.Sqrt(last*refused.Value))
		switch {
		case err != nil:
			return p, err
		case p.Status == estimators.Refused:
			refused = p
		case claim.holdsAt(a.n, p, of):
			last = p.Value
		default:
			return p, nil
		}
	}
	return refused, nil
}

// side are the points of a curve on one side of the base, outwards.
func (c *Curve) side(base float64, up bool) []Point {
	var side []Point
	for _, p := range c.Points {
		if p.Value != base && p.Value > base == up {
			side = append(side, p)
		}
	}
	if !up {
		slices.Reverse(side)
	}
	return side
}

// beyond is the next value outwards where the curve has no more; that itself at the end of the search.
func beyond(base, last float64, up bool) float64 {
	centre := base
	if !(base > 0) || math.IsInf(base, 1) {
		centre = 1
	}
	switch {
	case up && last < centre*searchFactor:
		return math.Min(math.Max(last, centre/searchFactor)*2, centre*searchFactor)
	case !up && last > centre/searchFactor:
		return math.Max(math.Min(last, centre*searchFactor)/2, centre/searchFactor)
	}
	return last
}

// departure is how far a value lies from the base as a factor of 1 or more; +Inf from a base of 0, or one without bound.
func departure(v, base float64) float64 { return math.Exp(math.Abs(math.Log(v / base))) }

// bisect finds where between a value at which a claim holds and one at which it fails it begins to fail.
func (a assumption) bisect(ctx context.Context, claim Claim, of Of, in, out float64) (float64, error) {
	for range 100 {
		middle := math.Sqrt(in * out)
		switch { // from a base of 0, or without bound, there is no ratio to halve: it is approached
		case in == 0 && out > 1e-6:
			middle = out / 2
		case math.IsInf(in, 1) && out < 1e6:
			middle = out * 2
		case in == 0 || math.IsInf(in, 1) || math.Abs(math.Log(out/in)) <= a.accuracy:
			return out, nil
		}
		p, err := a.point(ctx, middle)
		if err != nil {
			return 0, err
		}
		if p.Status == estimators.Refused || claim.holdsAt(a.n, p, of) {
			in = middle
		} else {
			out = middle
		}
	}
	return out, nil
}
