package sensitivity

import (
	"context"
	"errors"
	"math"

	"darkfigure/estimators"
	"darkfigure/estimators/knownelsewhere"
)

// DefaultMisreported are rates at which visitors may answer wrongly.
var DefaultMisreported = []float64{0.05, 0.1, 0.2}

// certainty makes a rate known: as many answers as would leave no doubt about it.
const certainty = 1e6

// Misreported estimates from the answers of the visitors of an anonymous list at given rates of wrong answers, in place of the laws that the
// estimate supposes: everybody answers right (Amount 0); a share of those whom a body knows say that it does not (Amount > 0); a share of those whom it does not know
// say that it does (Amount < 0). The rates are those of every body. The row is that in which visiting does not depend on being known, and the influence is that
// against right answers: these alternatives are not of the estimate from the lists.
func Misreported(ctx context.Context, name string, d knownelsewhere.Data, o knownelsewhere.Options, rates []float64) ([]estimators.Alternative, error) {
	amounts := []float64{0}
	for _, sign := range []float64{1, -1} {
		for _, r := range rates {
			amounts = append(amounts, sign*r)
		}
	}
	var out []estimators.Alternative
	right := 0.0
	for _, amount := range amounts {
		sure := knownelsewhere.Beta{A: 1}
		doubtful := knownelsewhere.Beta{A: (1 - math.Abs(amount)) * certainty, B: math.Abs(amount) * certainty}
		x := d
		x.Bodies = append([]knownelsewhere.Body(nil), d.Bodies...)
		for i := range x.Bodies {
			x.Bodies[i].Sensitivity, x.Bodies[i].Specificity = sure, sure
			if amount > 0 {
				x.Bodies[i].Sensitivity = doubtful
			} else if amount < 0 {
				x.Bodies[i].Specificity = doubtful
			}
		}
		a := estimators.Alternative{About: estimators.AboutMisreported, Lists: []string{name}, Amount: amount, Method: "anonymous", Observed: d.Table.Observed(), Status: estimators.OK, Level: o.Level}
		result, err := knownelsewhere.Estimate(ctx, x, o)
		var refusal *estimators.Refusal
		switch {
		case errors.As(err, &refusal):
			a.Status, a.Reason, a.Level = estimators.Refused, refusal, 0
		case err != nil:
			return nil, err
		default:
			row := independentRow(result.Rows)
			if row == nil {
				return nil, nil // nothing but a bound: there is no estimate that the rates could move
			}
			if a.Status = estimators.OK; row.Reason != nil {
				a.Status, a.Reason, a.Level = estimators.Refused, row.Reason, 0
				break
			}
			a.Population, a.Lower, a.Upper, a.Kind, a.Level = row.Population.Value, row.Population.Lower, estimators.Limit(row.Population.Upper), estimators.Mixture, result.Level
			if row.Population.Unbounded {
				a.Upper = estimators.Limit(math.Inf(1))
			}
			if amount == 0 {
				right = a.Population
			}
			if right > 0 {
				a.Influence = math.Log(a.Population / right)
			}
		}
		out = append(out, a)
	}
	return out, nil
}

// independentRow is the one in which visiting does not depend on being known; nil when there is none.
func independentRow(rows []knownelsewhere.Row) *knownelsewhere.Row {
	for _, is := range []func(knownelsewhere.Row) bool{
		func(r knownelsewhere.Row) bool { return r.Kind == knownelsewhere.IndependentAll },
		func(r knownelsewhere.Row) bool { return r.Kind == knownelsewhere.OddsGiven && r.OddsRatio == 1 },
		func(r knownelsewhere.Row) bool { return r.Kind == knownelsewhere.Independent },
	} {
		for i, r := range rows {
			if is(r) && !r.ListModel {
				return &rows[i]
			}
		}
	}
	return nil
}
