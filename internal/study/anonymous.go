package study

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/estimators/knownelsewhere"
	"darkfigure/internal/sensitivity"
)

// Visitors is what an anonymous register says of the people on no list: never linked, only by what its visitors answered.
type Visitors struct {
	Register string                 `json:"register"`
	Result   *knownelsewhere.Result `json:"result,omitempty"`
	Reason   *estimators.Refusal    `json:"reason,omitempty"`
}

// yesNo are the answers to the question whether a body knows the visitor; any other says nothing.
var yesNo = map[string]bool{"ja": true, "j": true, "yes": true, "y": true, "1": true, "true": true, "waar": true,
	"nee": false, "n": false, "no": false, "0": false, "false": false, "onwaar": false}

// anonymous estimates with every anonymous register, from the table of the best linkage and those of the draws.
func (l *Linked) anonymous(ctx context.Context, a *Answer, draws []*estimators.Table) error {
	t := a.Table.Collapse()
	collapsed := make([]*estimators.Table, len(draws))
	for d, x := range draws {
		collapsed[d] = x.Collapse()
	}
	if len(l.crowd.when) > 0 { // visitors are people, and so are those on the lists here, not person-periods
		point, counts := l.tables()
		var err error
		if t, err = l.crowd.plain(point); err != nil {
			return err
		}
		for d := range counts {
			if collapsed[d], err = l.crowd.plain(counts[d]); err != nil {
				return err
			}
		}
	}
	if l.draws == 0 {
		collapsed = nil
	}
	terms, model := l.listModel(a)
	for _, r := range l.Others {
		d, remarks := l.visitors(r, t)
		d.Draws = collapsed
		for _, remark := range remarks {
			l.Job.tell("%s", remark)
		}
		o := knownelsewhere.Options{Level: l.Job.Study.Estimate.Levels[0], ListModel: terms, Seed: l.Job.Seed, Workers: l.Job.Workers}
		if len(draws) > 0 {
			o.Mixture = max(knownelsewhere.DefaultMixture, len(draws))
		}
		result, err := knownelsewhere.Estimate(ctx, d, o)
		v := Visitors{Register: r.Register.Name, Result: result}
		var refusal *estimators.Refusal
		switch {
		case errors.As(err, &refusal):
			if refusal.Code == "populations-not-declared" {
				refusal = estimators.Refuse(refusal.Code, "%s; where they are, add same_population: true to registers.%s of the study file", refusal.Text, r.Register.Name)
			}
			v.Result, v.Reason = nil, refusal
			l.Linkage.Checks = append(l.Linkage.Checks, estimators.LinkCheck{Name: "anonymous", Register: v.Register, Text: "the anonymous register " + v.Register, Reason: refusal})
		case err != nil:
			return fmt.Errorf("%s: %w", r.Register.Name, err)
		default:
			for _, row := range result.Rows {
				if row.Kind == knownelsewhere.ListsAlone {
					continue
				}
				check := estimators.LinkCheck{Name: row.Kind, Register: v.Register, Body: row.Body, Text: v.Register + ", never linked: " + row.Assumes, Reason: row.Reason}
				if row.Kind == knownelsewhere.OddsGiven {
					check.OddsRatio = row.OddsRatio
				}
				if row.ListModel {
					check.Model = model
				}
				if row.Reason == nil {
					check.Population, check.Lower = row.Population.Value, row.Population.Lower
					if !row.Population.Unbounded {
						check.Upper = row.Population.Upper
					}
				}
				if t := result.Contradicted(row); t != nil {
					check.Contradicted = &estimators.LinkTest{Deviance: t.Deviance, DF: t.DF, P: t.P}
				}
				l.Linkage.Checks = append(l.Linkage.Checks, check)
			}
			if result.Unbound != nil {
				l.Linkage.Checks = append(l.Linkage.Checks, estimators.LinkCheck{Name: "anonymous-bound", Register: v.Register, Text: v.Register + ": whether anybody knows the visitor", Reason: result.Unbound})
			}
			l.Linkage.Warnings = append(l.Linkage.Warnings, result.Warnings...)
		}
		l.Visitors = append(l.Visitors, v)
	}
	return nil
}

// listModel is the interactions of the model that the log-linear estimate has, and its name; without one the lists are independent.
func (l *Linked) listModel(a *Answer) ([]estimators.Pattern, string) {
	for _, e := range a.Results.Estimates {
		if e.Method == "loglinear" && e.Status != estimators.Refused && len(e.Stratum) == 0 {
			return modelTerms(e.Model, a.Table.Lists()), e.Model
		}
	}
	return nil, "[" + strings.Join(a.Table.Lists(), ",") + "]"
}

// visitors counts the answers of an anonymous register; answers that are neither yes nor no count as not asked.
func (l *Linked) visitors(r *Records, t *estimators.Table) (d knownelsewhere.Data, remarks []string) {
	d = knownelsewhere.Data{Table: t, Visitors: int64(len(r.IDs)), SamePopulation: r.Register.SamePopulation}
	for _, k := range r.Register.Known {
		body := knownelsewhere.Body{Name: k.Body}
		for _, name := range k.Registers {
			body.Lists |= 1 << uint(slices.Index(t.Lists(), name))
		}
		d.Bodies = append(d.Bodies, body)
	}
	type key struct{ asked, known uint }
	counts, unclear := map[key]int64{}, map[string]*tally{}
	for i, answers := range r.Answers {
		var k key
		for j, v := range answers {
			known, ok := yesNo[strings.ToLower(v)]
			column := "known_to_anyone"
			if j < len(r.Register.Known) {
				column = "known_to." + r.Register.Known[j].Body
			}
			if !ok && v != "" {
				if unclear[column] == nil {
					unclear[column] = &tally{}
				}
				unclear[column].add(r.lines[i])
			}
			if !ok {
				continue
			}
			if j == len(r.Register.Known) {
				if d.Someone == nil {
					d.Someone = &knownelsewhere.Someone{}
				}
				d.Someone.Asked++
				if known {
					d.Someone.Known++
				}
				continue
			}
			k.asked |= 1 << uint(j)
			if known {
				k.known |= 1 << uint(j)
			}
		}
		if k.asked != 0 {
			counts[k]++
		}
		if n := len(r.Register.Known); d.Someone != nil && k.known != 0 && len(answers) > n {
			if anybody, ok := yesNo[strings.ToLower(answers[n])]; ok {
				d.Someone.Named++
				if !anybody {
					d.Someone.Denied++
				}
			}
		}
	}
	for k, n := range counts {
		d.Answers = append(d.Answers, knownelsewhere.Answers{Asked: k.asked, Known: k.known, Count: n})
	}
	slices.SortFunc(d.Answers, func(a, b knownelsewhere.Answers) int {
		return cmp.Or(cmp.Compare(a.Asked, b.Asked), cmp.Compare(a.Known, b.Known))
	})
	var columns []string
	for c := range unclear {
		columns = append(columns, c)
	}
	slices.Sort(columns)
	for _, c := range columns {
		remarks = append(remarks, fmt.Sprintf("%s: %s: %s with an answer that is neither yes nor no, counted as not asked (%s)", r.Register.Name, c, countRecords(unclear[c].count), unclear[c].where(r.Flow.File)))
	}
	return d, remarks
}

// Misreported is what wrong answers of visitors would do to what they say, with the links of the table: of every anonymous register that is of the same
// population.
func (l *Linked) Misreported(ctx context.Context, t *estimators.Table) (out []estimators.Alternative, err error) {
	t = t.Collapse()
	for _, r := range l.Others {
		d, _ := l.visitors(r, t)
		if !d.SamePopulation || len(d.Answers) == 0 {
			continue
		}
		o := knownelsewhere.Options{Level: l.Job.Study.Estimate.Levels[0], Seed: l.Job.Seed, Workers: l.Job.Workers}
		some, err := sensitivity.Misreported(ctx, r.Register.Name, d, o, sensitivity.DefaultMisreported)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Register.Name, err)
		}
		out = append(out, some...)
	}
	return out, nil
}
