package linkageerror

import (
	"context"
	"fmt"
	"math"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// A Base says which records can be linked falsely when they have no true match: those of the first list (Ding and Fienberg), of the
// second, of the smaller of the two, or of both, where a false link uses up a record of each list.
type Base string

// The bases. The zero value is Both.
const (
	Both    Base = "both"
	First   Base = "n1"
	Second  Base = "n2"
	Smaller Base = "min"
)

// records is the number of records at risk when none has a true match.
func (b Base) records(n1, n2 float64) (float64, error) {
	switch b {
	case First:
		return n1, nil
	case Second:
		return n2, nil
	case Smaller:
		return math.Min(n1, n2), nil
	case Both, "":
		return (n1 + n2) / 2, nil
	}
	return 0, fmt.Errorf("no base %q of false links; choose %s, %s, %s or %s", b, First, Second, Smaller, Both)
}

// TwoLists corrects the Lincoln–Petersen estimate n1·n2/m. Of the m* links there are, with m matches,
//
//	E m* = α·m + β·(base − m),
//
// where α = 1 − MissedMatch and β is the probability that a record at risk without a match is linked falsely; the sizes of the lists do
// not change. So m = (m* − β·base)/(α − β) and N = n1·n2·(α − β)/(m* − β·base) (Ding and Fienberg 1994; de Wolf, van der
// Laan and Zult 2019 for other bases).
//
// Give FalseLink, β, or FalseMatch, the share of the m* links that are false. In the second form m = m*·(1 − FalseMatch)/α whatever the
// base, and β is FalseMatch·m*/(base − m). Giving both is an error.
type TwoLists struct {
	MissedMatch Rate // share of the matches that are not linked
	FalseMatch  Rate // share of the links that are not matches
	FalseLink   Rate
	Base        Base
	Resampling
}

// Correct applies the correction to a table of two lists, collapsed over covariates. It is refused (links-below-chance) when the links are no more
// than false links alone would give, m* ≤ β·base, or when matches are linked no more often than others, α ≤ β.
func (o TwoLists) Correct(ctx context.Context, t *estimators.Table) (*Correction, error) {
	if t.K() != 2 {
		return nil, estimators.Refuse("not-two-lists", "the table has %d lists; this correction is for two", t.K())
	}
	if o.FalseLink.Mean > 0 && o.FalseMatch.Mean > 0 {
		return nil, fmt.Errorf("give the share of false links or the probability of a false link, not both")
	}
	for _, r := range []struct {
		rate Rate
		what string
	}{{o.MissedMatch, "missed-match rate"}, {o.FalseMatch, "false-match rate"}, {o.FalseLink, "probability of a false link"}} {
		if err := r.rate.check(r.what); err != nil {
			return nil, err
		}
	}
	counts := t.Counts()
	d := twoCounts{float64(counts[0b01]), float64(counts[0b10]), float64(counts[0b11])}
	if d.only1+d.only2+d.both == 0 {
		return nil, estimators.Refuse("empty-table", "nobody is in the table")
	}
	base, err := o.Base.records(d.only1+d.both, d.only2+d.both)
	if err != nil {
		return nil, err
	}
	m, beta, ok := o.matches(d, base, o.MissedMatch.Mean, o.FalseMatch.Mean, o.FalseLink.Mean)
	if !ok {
		lists := t.Lists()
		r := estimators.Refuse("links-below-chance", "%s links join %s and %s; with %.3g of the matches linked and %.3g of %s records at risk linked falsely, no more than that is expected without a single match",
			estimators.People(d.both), lists[0], lists[1], 1-o.MissedMatch.Mean, beta, estimators.People(base))
		r.Lists, r.Cells = lists, []estimators.Pattern{0b11}
		return nil, r
	}
	c := &Correction{FalseLink: beta}
	if d.both > 0 {
		c.Uncorrected, c.HasPlain = (d.only1+d.both)*((d.only2+d.both)/d.both), true
	}
	corrected := twoCounts{d.only1 + d.both - m, d.only2 + d.both - m, m}
	if corrected.only1 < 0 || corrected.only2 < 0 {
		return nil, estimators.Refuse("below-observed", "with these rates there would be %s matches, more than a list has records: the rates are not those of these lists", estimators.People(m))
	}
	c.Observed = corrected.only1 + corrected.only2 + m
	c.Hidden = corrected.only1 * (corrected.only2 / m)
	c.Population = c.Observed + c.Hidden
	c.Cells = []float64{0, corrected.only1, corrected.only2, m}
	return c, o.run(ctx, c, counts, func() func([]int64, int) (float64, string) {
		var streams resample.Streams
		return func(cells []int64, i int) (float64, string) {
			rng := streams.At(o.Seed, o.rates(i))
			missed, falseMatch, falseLink := o.MissedMatch.draw(rng), o.FalseMatch.draw(rng), o.FalseLink.draw(rng)
			d := twoCounts{float64(cells[0b01]), float64(cells[0b10]), float64(cells[0b11])}
			n1, n2 := d.only1+d.both, d.only2+d.both
			base, _ := o.Base.records(n1, n2)
			m, _, ok := o.matches(d, base, missed, falseMatch, falseLink)
			// No more matches than the smaller list has records: a draw of the rates can say so where the lists nearly coincide.
			m = math.Min(m, math.Min(n1, n2))
			if !ok || !(m > 0) {
				return math.Inf(1), "links-below-chance"
			}
			return n1 * (n2 / m), ""
		}
	})
}

type twoCounts struct{ only1, only2, both float64 }

// matches is m, with β. ok is false when the links do not exceed those that are false.
func (o TwoLists) matches(d twoCounts, base, missed, falseMatch, falseLink float64) (m, beta float64, ok bool) {
	alpha := 1 - missed
	if o.FalseMatch.Mean > 0 {
		m = d.both * (1 - falseMatch) / alpha
		if beta = math.Min(1, falseMatch*d.both/(base-m)); !(beta >= 0) {
			beta = 1
		}
		return m, beta, alpha > 0 && m > 0
	}
	if !(alpha > falseLink) || !(d.both > falseLink*base) {
		return 0, falseLink, false
	}
	return (d.both - falseLink*base) / (alpha - falseLink), falseLink, true
}
