package sensitivity

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"darkfigure/estimators"
)

// A fourfold is a table of two lists: m people on both, b and c on the first and the second only.
type fourfold struct{ m, b, c float64 }

func (d fourfold) observed() float64 { return d.m + d.b + d.c }

// fourfoldOf takes the counts of two lists that overlap and of which neither lies within the other.
func fourfoldOf(t *estimators.Table) (fourfold, error) {
	names := t.Lists()
	if len(names) != 2 {
		return fourfold{}, estimators.Refuse("not-two-lists", "the table has %d lists; this assumption is about two", len(names))
	}
	t = t.Collapse()
	if z := t.StructuralZeros(); len(z) > 0 {
		r := estimators.Refuse("not-identifiable", "by design nobody can be on %s, so the odds ratio of the two lists says nothing about N", z[0].Join(names, " and "))
		r.Cells = z
		return fourfold{}, r
	}
	y := t.Counts()
	d := fourfold{m: float64(y[0b11]), b: float64(y[0b01]), c: float64(y[0b10])}
	switch {
	case d.observed() == 0:
		return d, estimators.Refuse("empty-table", "nobody is on %s or %s", names[0], names[1])
	case d.m == 0:
		r := estimators.Refuse("no-overlap", "nobody is on both %s and %s, so that N has no upper limit at any odds ratio", names[0], names[1])
		r.Cells, r.Lists = []estimators.Pattern{0b11}, names
		return d, r
	case d.b == 0 || d.c == 0:
		i := 0
		if d.b > 0 {
			i = 1
		}
		r := estimators.Refuse("saturated", "everybody on %s is also on %s, so that nobody is hidden at any odds ratio", names[i], names[1-i])
		r.Lists = names
		return d, r
	}
	return d, nil
}

// withOdds is the law of the hidden number when the odds ratio of the lists is known: θ·bc/m people are hidden. The interval is
// that of Sadinle (2009, Communications in Statistics 38:1909) with the factor θ: ½ is added to every cell, and the
// limits are symmetric in the logarithm of the hidden number, whose variance is 1/m + 1/b + 1/c + 1/(hidden). Where hardly anybody is hidden the logarithm
// varies without bound, and the upper limit would grow as θ falls; but what is an upper limit at one θ is one at every lower θ, so that below 1 the least limit of those from θ
// to 1 is taken.
func (d fourfold) withOdds(odds, z float64) law {
	hidden := odds * d.b / d.m * d.c
	m, b, c := d.m+0.5, d.b+0.5, d.c+0.5
	f, known := odds*b/m*c, 1/m+1/b+1/c
	limit := func(f, z float64) float64 { return d.limit(f * math.Exp(z*math.Sqrt(known+1/f))) }
	out := law{hidden: hidden, lower: limit(f, -z), upper: limit(f, z)}
	// log f + z·√(known + 1/f) is least where 4·known·f² + 4f = z².
	if least := z * z / (2 + 2*math.Sqrt(1+known*z*z)); odds < 1 && z > 0 && f < least {
		out.upper = limit(math.Min(least, b/m*c), z)
	}
	return out
}

// limit is N at a limit of the hidden number made from cells with ½ added.
func (d fourfold) limit(f float64) float64 { return d.observed() + math.Max(0, f-0.5) }

// withRisk is the law when the risk ratio ψ = P(2 | 1)/P(2 | not 1) is known. The share of the first list that is on
// the second is m/n1, so that of those not on the first m/(n1·ψ) are, and c of them are known: c·(ψ·n1/m − 1)
// are hidden. The interval is made as for the odds ratio, by the delta method on the logarithm; below 1 its upper limit is at most that at 1.
func (d fourfold) withRisk(risk, z float64) (law, bool) {
	hidden, variance := d.risk(risk)
	if !(hidden > 0) {
		return law{}, false
	}
	f, v := fourfold{d.m + 0.5, d.b + 0.5, d.c + 0.5}.risk(risk)
	if !(f > 0) {
		f, v = hidden, variance // so near the least ratio possible that ½ makes the difference
	}
	factor := math.Exp(z * math.Sqrt(v+1/f))
	out := law{hidden: hidden, lower: d.limit(f / factor), upper: d.limit(f * factor)}
	if risk < 1 {
		if at1, ok := d.withRisk(1, z); ok {
			out.upper = math.Min(out.upper, at1.upper)
		}
	}
	return out, true
}

// risk is the hidden number at a risk ratio, and the variance of its logarithm without that of the hidden number itself.
func (d fourfold) risk(risk float64) (hidden, variance float64) {
	g := risk*(d.m+d.b)/d.m - 1
	byB, byM := risk/(d.m*g), risk*d.b/(d.m*d.m*g)
	return d.c * g, 1/d.c + byB*byB*d.b + byM*byM*d.m
}

// tooLow is the refusal of a risk ratio at which nobody could be hidden.
func (d fourfold) tooLow(names []string, risk float64) error {
	return estimators.Refuse("below-observed", "at a risk ratio of %.3g nobody could be hidden: %.3g of %s is on %s, so that more people than there are would have to be",
		risk, d.m/(d.m+d.b), names[0], names[1])
}

// OddsRatio varies the assumption that two lists are independent by their odds ratio
// θ = n11·n00/(n10·n01), with Sadinle intervals.
func OddsRatio(ctx context.Context, t *estimators.Table, o Options) (*Curve, error) {
	names, err := o.checkTwo(t)
	if err != nil {
		return nil, err
	}
	c := &Curve{Assumption: "odds-ratio", Lists: names, Name: "odds ratio of " + names[0] + " and " + names[1], Parameter: "odds ratio", Unit: "ratio", Kind: estimators.Sadinle,
		Meaning: fmt.Sprintf("At an odds ratio of 2 being on %s doubles the odds of being on %s, and N is larger; at ½ it halves them. Two lists cannot show which.", names[0], names[1])}
	d, err := fourfoldOf(t)
	if err != nil {
		return c.refused(err)
	}
	z := distuv.UnitNormal.Quantile(0.5 + o.level()/2)
	return o.draw(ctx, c, assumption{n: d.observed(), base: 1, accuracy: exact,
		at: func(_ context.Context, odds float64) (law, error) { return d.withOdds(odds, z), nil }})
}

// RiskRatio varies the assumption that two lists are independent by how many times as likely people on the first list are to
// be on the second as people who are not: ψ = P(2 | 1)/P(2 | not 1). Values at which nobody could be hidden are refused.
func RiskRatio(ctx context.Context, t *estimators.Table, o Options) (*Curve, error) {
	names, err := o.checkTwo(t)
	if err != nil {
		return nil, err
	}
	c := &Curve{Assumption: "risk-ratio", Lists: names, Name: "risk ratio of " + names[1] + " given " + names[0], Parameter: "risk ratio", Unit: "ratio", Kind: estimators.Sadinle,
		Meaning: fmt.Sprintf("At a risk ratio of 2 people on %s are twice as likely to be on %s as people who are not on %s.", names[0], names[1], names[0])}
	d, err := fourfoldOf(t)
	if err != nil {
		return c.refused(err)
	}
	z := distuv.UnitNormal.Quantile(0.5 + o.level()/2)
	return o.draw(ctx, c, assumption{n: d.observed(), base: 1, accuracy: exact, at: func(_ context.Context, risk float64) (law, error) {
		l, ok := d.withRisk(risk, z)
		if !ok {
			return l, d.tooLow(names, risk)
		}
		return l, nil
	}})
}

func (o Options) checkTwo(t *estimators.Table) ([]string, error) {
	if t.K() != 2 {
		return nil, fmt.Errorf("the table has %d lists; this assumption is about two", t.K())
	}
	return t.Lists(), o.Check()
}
