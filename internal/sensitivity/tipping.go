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

// tipping looks for the smallest departure from the base at which a claim fails: outwards from the base along the values of the
// curve, on either side, and then between the last value at which it holds and the first at which it does not. A
// claim that fails and holds again between two neighbouring values is not seen. Beyond a value without an estimate nothing is looked for.
func (a assumption) tipping(ctx context.Context, c *Curve, claim Claim, of Of) (TippingPoint, error) {
	out := TippingPoint{Claim: claim, Of: of, State: NeverTips}
	if c.Base.Status == estimators.Refused {
		out.State = NoBase
		return out, nil
	}
	if !claim.holdsAt(a.n, c.Base, of) {
		out.State = FailsAtBase
		return out, nil
	}
	for _, up := range []bool{true, false} {
		var side []Point
		for _, p := range c.Points {
			if p.Value != a.base && p.Value > a.base == up {
				side = append(side, p)
			}
		}
		if !up {
			slices.Reverse(side)
		}
		in := c.Base
		for _, p := range side {
			if p.Status == estimators.Refused {
				break
			}
			if claim.holdsAt(a.n, p, of) {
				in = p
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
	return out, nil
}

// departure is how far a value lies from the base, as a factor of 1 or more; +Inf from a base of 0.
func departure(v, base float64) float64 { return math.Exp(math.Abs(math.Log(v / base))) }

// bisect finds where between a value at which a claim holds and one at which it fails it begins to fail.
func (a assumption) bisect(ctx context.Context, claim Claim, of Of, in, out float64) (float64, error) {
	if in <= 0 || math.IsInf(in, 1) {
		return out, nil // from a base of 0 there is no ratio to halve
	}
	for range 100 {
		if math.Abs(math.Log(out/in)) <= a.accuracy {
			break
		}
		middle := math.Sqrt(in * out)
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
