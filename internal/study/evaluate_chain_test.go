package study_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"darkfigure/estimators"
	"darkfigure/internal/linkage"
	"darkfigure/internal/scenario"
	"darkfigure/internal/study"
)

// drawn are the registers of a world, with what only the world knows.
type drawnRecords struct {
	names    []string // of registers
	register []int
	values   [][]string // given name, prefix, surname, birth date, sex, place
	person   []int
	poor     []bool
}

var comparedColumns = []string{"given_name", "prefix", "surname", "birth_date", "sex", "place"}

func recordsOf(w *scenario.World) *drawnRecords {
	out := &drawnRecords{}
	plain := scenario.Register{Layout: scenario.Layout{Dates: "iso", Sexes: [2]string{"v", "m"}}, Name: "-"}
	for _, field := range comparedColumns {
		plain.Layout.Columns = append(plain.Layout.Columns, scenario.Column{Field: field, Name: field})
	}
	for k, l := range w.Design.Lists {
		out.names = append(out.names, l.Name)
		w.Pen(k).Records(0, w.Slots(), func(r *scenario.Record) error {
			out.register = append(out.register, k)
			out.values = append(out.values, plain.Row(r, 0, nil)[1:])
			out.person = append(out.person, r.Person)
			out.poor = append(out.poor, r.Poor)
			return nil
		})
	}
	return out
}

// key of the exact key: whole names and whole birth date; "" when one of them is missing.
func (r *drawnRecords) key(i int) string {
	v := r.values[i]
	if v[0] == "" || v[2] == "" || v[3] == "" || strings.HasSuffix(v[3], "-00") {
		return ""
	}
	return strings.Join(v[:4], "|")
}

// different is the number of fields of two records that are not equal: given name, surname, birth date, sex, place.
func (r *drawnRecords) different(i, j int) int {
	n := 0
	a, b := r.values[i], r.values[j]
	for _, f := range [][]int{{0}, {1, 2}, {3}, {4}, {5}} {
		for _, c := range f {
			if a[c] != b[c] || a[c] == "" && c != 1 {
				n++
				break
			}
		}
	}
	return n
}

// table counts the persons of a partition by history.
func (r *drawnRecords) table(cluster func(i int) int) (*estimators.Table, error) {
	on := map[int]estimators.Pattern{}
	for i, k := range r.register {
		on[cluster(i)] |= 1 << k
	}
	counts := make([]int64, 1<<len(r.names))
	for _, h := range on {
		counts[h]++
	}
	return estimators.FromCounts(r.names, counts)
}

// study makes one study: registers, links, draws, estimates, and the comparison with the truth.
func (d design) study(ctx context.Context, w *scenario.World, seed uint64) (*outcome, error) {
	r := recordsOf(w)
	k := len(r.names)
	o := &outcome{Design: d.name, Seed: seed, People: w.Design.People.Size, Answers: map[string]answer{}}
	answerTo := func(name string, cluster func(i int) int) error {
		t, err := r.table(cluster)
		if err != nil {
			return err
		}
		e, err := estimators.Run(ctx, d.estimator(k, seed), t)
		if err == nil {
			o.Answers[name] = answerOf(e, "")
		}
		return err
	}
	if err := answerTo(trueLinks, func(i int) int { return r.person[i] }); err != nil {
		return nil, err
	}
	keys := map[string]int{}
	if err := answerTo(exactKey, func(i int) int {
		key := r.key(i)
		if key == "" {
			return -1 - i
		}
		if _, ok := keys[key]; !ok {
			keys[key] = len(keys)
		}
		return keys[key]
	}); err != nil {
		return nil, err
	}

	began := time.Now()
	l, err := linkStudy(ctx, r, d.duplicates, seed)
	if err != nil {
		return nil, err
	}
	if err := answerTo(ignored50, func(i int) int { return int(l.point[i]) }); err != nil {
		return nil, err
	}
	if err := answerTo(ignored95, func(i int) int { return int(l.strict[i]) }); err != nil {
		return nil, err
	}
	var tables []*estimators.Table
	for _, counts := range l.tables {
		t, err := estimators.FromCounts(r.names, counts)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	e, err := study.Pool(ctx, tables, d.pooledEstimator(k), study.Pooling{Seed: seed, Workers: 1})
	if err != nil {
		return nil, err
	}
	o.Seconds = time.Since(began).Seconds()
	o.Answers[mixture], o.Answers[rubin] = answerOf(e, estimators.Mixture), answerOf(e, estimators.Rubin)
	if e.Pooled != nil {
		o.Share = e.Pooled.Share
	}
	o.SaidFalse, o.SaidMiss, o.EM, o.RHat, o.Agree, o.Converged = l.saidFalse, l.saidMissed, l.em, l.rhat, l.agree, l.converged
	d.compare(r, l, o)
	return o, nil
}

// compare counts pairs of records against the truth.
func (d design) compare(r *drawnRecords, l *linked, o *outcome) {
	for i := range r.person {
		for j := range i {
			same, joined := r.person[i] == r.person[j], l.point[i] == l.point[j]
			if !same && !joined {
				continue
			}
			if r.register[i] == r.register[j] {
				switch {
				case same && joined:
					o.WithinRight++
				case same:
					o.WithinMissed++
				default:
					o.WithinFalse++
				}
				continue
			}
			fields, poor := r.different(i, j), 0
			for _, x := range []int{i, j} {
				if r.poor[x] {
					poor++
				}
			}
			if same {
				o.Pairs++
				o.MatchesByFields[fields]++
				o.MatchesByPoor[poor]++
			}
			switch {
			case same && joined:
				o.Right++
			case same:
				o.Missed++
				o.MissedByFields[fields]++
				o.MissedByPoor[poor]++
			default:
				o.False++
				o.FalseByFields[fields]++
			}
		}
	}
	// Persons on two registers, whatever their number of records.
	on := map[int]estimators.Pattern{}
	for i, k := range r.register {
		on[r.person[i]] |= 1 << k
	}
	for a := range r.names {
		for b := range a {
			for _, h := range on {
				if h.Has(a) && h.Has(b) {
					o.OverlapTrue++
				}
			}
			for _, t := range l.tables {
				for h, n := range t {
					if p := estimators.Pattern(h); p.Has(a) && p.Has(b) {
						o.OverlapDrawn += float64(n) / float64(len(l.tables))
					}
				}
			}
		}
	}
}

// gate holds the pooled intervals of a design to what they are for. A few studies only catch what is
// broken: the bound leaves chance three standard errors. From 200 on it is a requirement.
func gate(t *testing.T, d design, all []outcome) {
	t.Helper()
	n := len(all)
	least := 0.93
	switch {
	case n < 200:
		least -= 3 * math.Sqrt(0.93*0.07/float64(n))
	case n < 1000:
		least = 0.92
	}
	for _, name := range []string{rubin, mixture} {
		s := scoreOf(name, all)
		if s.coverage() < least || s.refused > 0 {
			t.Errorf("%s: %s covers %s of %d studies, %d refused", d.name, name, s.percent(), s.n, s.refused)
		}
		if n >= 200 && math.Abs(s.bias) > 0.01 {
			t.Errorf("%s: the bias of %s is %+.4f", d.name, name, s.bias)
		}
	}
	if s := scoreOf(exactKey, all); s.coverage() > 0.5 {
		t.Errorf("%s: the exact key covers %s: these records are too easy", d.name, s.percent())
	}
	if n < 200 {
		return
	}
	r := ratesOf(all)
	if r.precision() < 0.97 || r.recall() < 0.96 {
		t.Errorf("%s: precision %.4f, recall %.4f", d.name, r.precision(), r.recall())
	}
	for what, x := range map[string]float64{"false-match": r.saidFalse / (1 - r.precision()), "missed-match": r.saidMissed / (1 - r.recall())} {
		if x < 1/1.5 || x > 1.5 {
			t.Errorf("%s: the %s rate said is %.2f times the true one", d.name, what, x)
		}
	}
	// Where sampling error is small, what ignores the doubt about the links is wrong.
	if d.name == "T2" {
		for _, name := range []string{ignored50, ignored95} {
			if s := scoreOf(name, all); s.coverage() > 0.85 {
				t.Errorf("T2: %s covers %s: the design does not show what ignoring the doubt costs", name, s.percent())
			}
		}
	}
}

// linked is what a linkage says.
type linked struct {
	point, strict         []int32 // clusters of records
	tables                [][]int64
	saidFalse, saidMissed float64
	em, rhat              float64
	agree, converged      bool
}

// linkStudy links records in the way of a study: duplicates within registers, then all registers.
func linkStudy(ctx context.Context, r *drawnRecords, duplicates bool, seed uint64) (*linked, error) {
	b, err := linkage.NewBuilder(linkage.FieldsFor(comparedColumns), r.names)
	if err != nil {
		return nil, err
	}
	for i, v := range r.values {
		if err := b.Add(r.register[i], fmt.Sprint(i), v); err != nil {
			return nil, err
		}
	}
	records, err := b.Records()
	if err != nil {
		return nil, err
	}
	l, err := linkage.LinkRecords(ctx, records, linkage.LinkOptions{Distinct: !duplicates, Seed: seed, Workers: 1})
	if err != nil {
		return nil, err
	}
	strict, err := linkage.LinkPoint(ctx, l.Persons, l.Graph, l.Model, linkage.PointOptions{Threshold: 0.95})
	if err != nil {
		return nil, err
	}
	out := &linked{point: l.Clusters(-1), strict: make([]int32, len(l.Person)), tables: l.Draws.Tables, rhat: l.Draws.Chains.Worst(), agree: l.Draws.Chains.Agree, converged: l.Model.Fit.Converged,
		saidFalse: l.Rates.Total.FalseMatch.Value, saidMissed: l.Rates.Total.MissedMatch.Value}
	for i, p := range l.Person {
		out.strict[i] = strict.Partition[p]
	}
	for _, t := range l.Model.Types {
		out.em += t.Lambda * float64(t.Possible)
	}
	return out, nil
}
