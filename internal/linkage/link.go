package linkage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// LinkOptions say how registers are linked. The zero value is the default.
type LinkOptions struct {
	Rules    [][]string // blocking rules, see Options
	Only     bool       // they replace the default ones
	MaxPairs int64      // 0: 5·10⁸

	Threshold float64 // match probability from which on the point linkage accepts a pair; 0: 0.5
	Draws     int     // 0: 60; negative: none, for files so large that only the point linkage is wanted

	// Distinct says that no register holds a person twice: duplicates are not searched.
	Distinct bool
	// Same holds for each record a number that it shares with the records of its register that carry the same
	// administrative key, and a negative one where there is none; nil: there are no keys. See [DuplicateOptions].
	Same []int32
	// Recalibrate and Kept come from a review by people. See [DrawOptions].
	Recalibrate func(d int) (shift, slope float64)
	Kept        func(d int, a, b int32) float64

	Seed    uint64
	Workers int // 0: one for each processor; changes nothing but the time
	// Progress is told of every step that may last; from several goroutines.
	Progress func(step string, done, total int64)
}

// Linked is what is known about who is who: a point linkage for people to look at, and draws for
// estimates.
type Linked struct {
	Records    *Records    // as they were read
	Within     *Model      // of pairs within registers; nil when duplicates were not searched
	Repeats    *Graph      // of records within registers; nil when duplicates were not searched
	Duplicates *Duplicates // nil when they were not searched
	Persons    *Records    // one for each person of a register, by the point linkage of duplicates
	Person     []int32     // by record: its person

	Model *Model // of pairs of persons of different registers; nil with one register
	Graph *Graph // of persons
	Point *PointLinkage
	Draws *Draws // nil with one register, or when none were wanted
	Rates Rates  // of Point by Draws

	// Units are what the draws are about: Persons, or Records when which records of a register are of one person is
	// itself in doubt. Edges are their graph, and Accepted is Point told of them.
	Units    *Records
	Edges    *Graph
	Accepted Partition

	Warnings []estimators.Warning
}

// LinkRecords links registers: duplicates within each first, then the persons of all registers jointly, at best and in draws. The
// registers must be numbered in an order that does not depend on that of the files, by name for example; then nothing in
// the answer does.
//
// Doubt about duplicates enters the draws: draw d of the linkage is made given draw d of the duplicates.
//
// Errors: a [*estimators.Refusal] when the comparisons do not tell matches from others, options that contradict each
// other, too many pairs, a cancelled context.
func LinkRecords(ctx context.Context, r *Records, o LinkOptions) (*Linked, error) {
	l := &Linked{Records: r}
	if o.Draws == 0 {
		o.Draws = 60
	}
	var filters []string
	for _, f := range r.Fields() {
		if f.Kind == Keys {
			if len(r.Fields()) < emFields {
				return nil, estimators.Refuse("linkage-not-identified", "%s: keys count as one comparison, for the keys of a person are made of the same names and dates, and keys alone do not tell how many people have none in common with their own records. Beside them at least %d fields must be compared, such as sex, year of birth and municipality; or, in place of the keys, a Bloom filter each of given name, surname and date of birth", f.Name, emFields-1)
			}
			l.Warnings = append(l.Warnings, estimators.Warning{Code: "hashed-keys", Text: fmt.Sprintf("%s: only whether a key is equal is compared. A key made of names or dates is equal only when all of them are written the same: people all of whose keys differ are mostly missed, and counted as missed only as far as the other fields show them", f.Name)})
		}
		if f.Kind == Dice {
			filters = append(filters, f.Name)
		}
	}
	if len(filters) > 0 {
		l.Warnings = append(l.Warnings, estimators.Warning{Code: "bloom-filters",
			Text: fmt.Sprintf("compared by Bloom filters: %s. They hide nobody: how often bits are set, and together, gives common names away to whoever holds the file, and with one found others follow", strings.Join(filters, ", "))})
	}
	if err := l.findDuplicates(ctx, o); err != nil {
		return nil, err
	}
	l.Units = l.Persons
	if r.Registers() < 2 {
		l.Accepted = identity(l.Persons.Len())
		l.otherNames()
		return l, nil
	}
	var err error
	if l.Graph, l.Model, err = Compare(ctx, l.Persons, o.comparison(false)); err != nil {
		return nil, err
	}
	l.Warnings = append(l.Warnings, l.Model.Fit.Warnings...)
	done := o.report("clusters")
	if l.Point, err = LinkPoint(ctx, l.Persons, l.Graph, l.Model, PointOptions{Threshold: o.Threshold}); err != nil {
		return nil, err
	}
	done()
	l.Edges, l.Accepted = l.Graph, l.Point.Partition
	l.otherNames()
	if o.Draws < 0 {
		return l, nil
	}
	return l, l.draw(ctx, o)
}

func (o LinkOptions) comparison(within bool) Options {
	out := Options{Within: within, Rules: o.Rules, Only: o.Only, MaxPairs: o.MaxPairs, Workers: o.Workers, Seed: o.Seed}
	if o.Progress != nil {
		out.Progress = func(step string, done, total int64) {
			if within {
				step = "duplicates: " + step
			}
			o.Progress(step, done, total)
		}
	}
	return out
}

// report says that a step begins; the function it returns says that it is done.
func (o LinkOptions) report(step string) (done func()) {
	if o.Progress == nil {
		return func() {}
	}
	o.Progress(step, 0, 1)
	return func() { o.Progress(step, 1, 1) }
}

func identity(n int) Partition {
	p := make(Partition, n)
	for i := range p {
		p[i] = int32(i)
	}
	return p
}

// findDuplicates finds the persons of each register. Where the comparisons within registers do not tell duplicates from
// others, nearly always because there are none, records are taken for persons, with a warning.
func (l *Linked) findDuplicates(ctx context.Context, o LinkOptions) error {
	r := l.Records
	l.Persons, l.Person = r, identity(r.Len())
	if o.Distinct {
		return nil
	}
	g, m, err := Compare(ctx, r, o.comparison(true))
	var refused *estimators.Refusal
	switch {
	case errors.As(err, &refused):
		if o.Same == nil {
			l.Warnings = append(l.Warnings, estimators.Warning{Code: "no-duplicates-found", Text: "duplicates within registers could not be told from different people: " + refused.Text})
			return nil
		}
		g, m = &Graph{}, &Model{}
	case err != nil:
		return err
	}
	for _, w := range m.Fit.Warnings {
		if w.Code == "no-duplicates-found" {
			l.Warnings = append(l.Warnings, w)
		}
	}
	defer o.report("duplicates: clusters")()
	l.Duplicates, err = Deduplicate(ctx, r, g, m, DuplicateOptions{Threshold: o.Threshold, Same: o.Same, Draws: max(o.Draws, 0), Seed: o.Seed, Workers: o.Workers})
	if err != nil {
		return err
	}
	l.Within, l.Repeats = m, g
	if m.Fit.Plan != nil && !m.Fit.Plan.All {
		for a, x := range l.Duplicates.Registers {
			if x.Beyond >= 0.5 {
				l.Warnings = append(l.Warnings, estimators.Warning{Code: "blocking-misses", Lists: []string{r.RegisterName(a)},
					Text: fmt.Sprintf("%s: repeats that agree on no blocking rule and are not found: about %.0f at least; each is taken for another person, in every draw", r.RegisterName(a), math.Round(x.Beyond))})
			}
		}
	}
	l.warnOfChains()
	if l.Duplicates.Clusters == r.Len() {
		return nil // records are persons; the partition numbers them by hash
	}
	l.Person = l.Duplicates.Partition
	l.Persons, err = r.Group(l.Duplicates.Partition)
	return err
}

// warnOfChains warns when the chains that drew the duplicates do not agree.
func (l *Linked) warnOfChains() {
	if l.Duplicates.RHat > agreement {
		l.Warnings = append(l.Warnings, estimators.Warning{Code: "linkage-chains-disagree",
			Text: fmt.Sprintf("the chains that draw duplicates within registers do not agree about the number of people (R-hat %.2f; %.2f at most is wanted)", l.Duplicates.RHat, agreement)})
	}
}

// draw draws linkages of persons; of records where duplicates are in doubt.
func (l *Linked) draw(ctx context.Context, o LinkOptions) error {
	d := DrawOptions{Seed: o.Seed, Draws: o.Draws, Workers: o.Workers, Start: l.Point.Partition, Recalibrate: o.Recalibrate, Kept: o.Kept,
		Held: len(l.Model.Dependent) > 0}
	if o.Progress != nil {
		d.Progress = func(done, total int) { o.Progress("draws", int64(done), int64(total)) }
	}
	units := Persons(l.Units)
	doubt, err := l.duplicatesInDoubt(ctx, o)
	if err != nil {
		return err
	}
	if doubt {
		l.Units = l.Records
		units = ungrouped{l.Records, l.Persons}
		l.Edges = expand(l.Graph, l.Persons, units)
		l.Accepted = make(Partition, l.Records.Len())
		for i, p := range l.Person {
			l.Accepted[i] = l.Point.Partition[p]
		}
		d.Start = l.Accepted
		d.Groups = func(k int) Partition { return l.Duplicates.Draw(k) }
	}
	if l.Draws, err = Draw(ctx, units, l.Edges, l.Model, d); err != nil {
		return err
	}
	if !l.Draws.Chains.Agree {
		l.Warnings = append(l.Warnings, estimators.Warning{Code: "linkage-chains-disagree",
			Text: fmt.Sprintf("the chains that draw linkages do not agree about the overlaps (R-hat %.2f; 1.05 at most is wanted)", l.Draws.Chains.Worst())})
	}
	if l.Rates, err = l.Draws.Rates(l.Accepted, l.Model); err != nil {
		return err
	}
	for _, p := range l.Rates.Pairs {
		if o.Recalibrate != nil || o.Kept != nil {
			break // EM does not know what people found
		}
		if p.EM >= 20 && (p.EMRatio < .95 || p.EMRatio > 1/.95) {
			a, b := l.Records.RegisterName(p.A), l.Records.RegisterName(p.B)
			l.Warnings = append(l.Warnings, estimators.Warning{Code: "em-disagrees", Lists: []string{a, b},
				Text: fmt.Sprintf("%s and %s: %.0f people on both in the draws, %.0f by EM alone", a, b, p.Links.Value, p.EM)})
		}
	}
	return nil
}

// duplicatesInDoubt reports whether a draw of the duplicates differs from their point linkage.
func (l *Linked) duplicatesInDoubt(ctx context.Context, o LinkOptions) (bool, error) {
	if l.Duplicates == nil {
		return false, nil
	}
	var differs atomic.Bool
	err := resample.Each(ctx, min(o.Draws, l.Duplicates.Draws()), o.Workers, func(k int) error {
		if !differs.Load() && !slices.Equal(l.Duplicates.Draw(k), l.Duplicates.Partition) {
			differs.Store(true)
		}
		return nil
	})
	return differs.Load(), err
}

// ungrouped are records compared in the way of the persons they make: what counts as a rare value
// is counted among persons, and the model of persons is about that.
type ungrouped struct {
	*Records
	persons *Records
}

// Pattern compares two records.
func (u ungrouped) Pattern(i, j int) Pattern {
	m := matcher{r: u.persons}
	a := make([]uint32, 2*len(u.columns))
	b := a[len(u.columns):]
	u.row(i, a)
	u.row(j, b)
	return m.pattern(a, b, nil, nil)
}

// expand tells the pairs of persons as the pairs of their records.
func expand(g *Graph, persons *Records, records Persons) *Graph {
	out := &Graph{}
	for _, e := range g.Pairs {
		for _, a := range persons.Rows(int(e.A)) {
			for _, b := range persons.Rows(int(e.B)) {
				out.Pairs = append(out.Pairs, Pair{A: min(a, b), B: max(a, b), Pattern: records.Pattern(int(a), int(b))})
			}
		}
	}
	slices.SortFunc(out.Pairs, func(x, y Pair) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	return out
}

// Clusters is a linkage of the records as they were read: the point linkage for d < 0, else draw d, by record. Records of
// one register in one cluster are duplicates.
func (l *Linked) Clusters(d int) []int32 {
	of := make([]int32, l.Records.Len())
	switch {
	case d < 0 && l.Point == nil:
		copy(of, l.Person)
	case d < 0:
		for i, p := range l.Person {
			of[i] = l.Point.Partition[p]
		}
	case l.Draws == nil:
		copy(of, l.Duplicates.Draw(d))
	case l.Units == l.Records:
		copy(of, l.Draws.Partition(d))
	default:
		drawn := l.Draws.Partition(d)
		for i, p := range l.Person {
			of[i] = drawn[p]
		}
	}
	return of
}

// Table counts the persons of the point linkage by history: bit r of the index is register r.
func (l *Linked) Table() []int64 {
	t := make([]int64, 1<<l.Units.Registers())
	masks := map[int32]int{}
	for i, c := range l.Accepted {
		masks[c] |= 1 << l.Units.Register(i)
	}
	for _, m := range masks {
		t[m]++
	}
	return t
}
