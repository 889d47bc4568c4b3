package study

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"darkfigure/estimators"
	"darkfigure/internal/linkage"
	"darkfigure/internal/resample"
)

// report says what was linked, in the neutral words of package estimators; registers stand in the order of the study file.
func (l *Linked) report() error {
	s := l.Job.Study
	if l.given != nil {
		var err error
		if l.Linkage, err = l.given.describe(s.Linking.Threshold); err != nil {
			return err
		}
	} else {
		l.Linkage = l.linked.Describe(s.Linking.Threshold)
	}
	l.Linkage.Study, l.Linkage.Target = s.Name, s.Population.Words()
	if err := l.registers(); err != nil {
		return err
	}
	l.pairs()
	l.overlaps()
	l.Linkage.Chains.Draws, l.Linkage.Review = l.draws, l.reviewed
	l.hardest()
	return nil
}

// place of the register a of All in the linkage, where registers are numbered by name.
func (l *Linked) place(a int) int {
	n := 0
	for _, r := range l.All {
		if r.Register.Name < l.All[a].Register.Name {
			n++
		}
	}
	return n
}

// at is the place of a register in All, by its name.
func (l *Linked) named(name string) int {
	return slices.IndexFunc(l.All, func(r *Records) bool { return r.Register.Name == name })
}

func (l *Linked) registers() error {
	unlinkable := make([]float64, len(l.All))
	if k := l.linked; k != nil {
		model, persons := k.Model, k.Persons
		if model == nil {
			model, persons = k.Within, k.Records
		}
		if model != nil {
			var err error
			if unlinkable, err = linkage.Unlinkable(persons, model, l.Linkage.Threshold); err != nil {
				return err
			}
		}
	}
	described := l.Linkage.Registers
	l.Linkage.Registers = nil
	for _, reg := range l.Job.Study.Registers {
		a := l.named(reg.Name)
		if a < 0 {
			i := slices.IndexFunc(l.Others, func(r *Records) bool { return r.Register.Name == reg.Name })
			l.Linkage.Registers = append(l.Linkage.Registers, l.Others[i].Flow)
			continue
		}
		flow, d := l.All[a].Flow, described[l.place(a)]
		flow.Persons, flow.Duplicates, flow.Missing, flow.Unlinkable = d.Persons, d.Duplicates, d.Missing, unlinkable[l.place(a)]
		l.Linkage.Registers = append(l.Linkage.Registers, flow)
	}
	return nil
}

func (l *Linked) pairs() {
	point, _ := l.tables()
	place := func(p estimators.LinkPair) (a, b int) {
		a, b = l.named(p.A), l.named(p.B)
		return min(a, b), max(a, b)
	}
	for i := range l.Linkage.Pairs {
		p := &l.Linkage.Pairs[i]
		a, b := place(*p)
		p.A, p.B = l.All[a].Register.Name, l.All[b].Register.Name
		if a == b {
			continue
		}
		p.Accepted = 0 // people, as over the draws; a person may have several records
		for h, n := range point {
			if q := estimators.Pattern(h); q.Has(a) && q.Has(b) {
				p.Accepted += n
			}
		}
	}
	slices.SortStableFunc(l.Linkage.Pairs, func(p, q estimators.LinkPair) int {
		a, b := place(p)
		c, d := place(q)
		return cmp.Or(a-c, b-d)
	})
}

// pattern turns a mask of registers numbered by name into a pattern in the order of the study file.
func (l *Linked) pattern(mask int) estimators.Pattern {
	var p estimators.Pattern
	for a := range l.All {
		if mask>>l.place(a)&1 == 1 {
			p |= 1 << uint(a)
		}
	}
	return p
}

// tables are the numbers of persons by pattern in the order of the study file: of the point linkage, and of every draw.
func (l *Linked) tables() (point []int64, draws [][]int64) {
	order := func(by []int64) []int64 {
		out := make([]int64, len(by))
		for mask, n := range by {
			out[l.pattern(mask)] += n
		}
		return out
	}
	if k := l.drawn(); k != nil {
		for _, t := range k.Tables {
			draws = append(draws, order(t))
		}
	} else if d := l.linked.Duplicates; d != nil {
		for k := range d.Draws() {
			draws = append(draws, []int64{0, int64(slices.Max(d.Draw(k))) + 1})
		}
	}
	point = make([]int64, 1<<len(l.All))
	for _, p := range l.crowd.persons(l.point, nil) {
		point[p.on]++
	}
	return point, draws
}

// overlaps are those of all histories, by the number of registers.
func (l *Linked) overlaps() {
	point, draws := l.tables()
	lists := l.lists()
	l.Linkage.Overlaps = nil
	var patterns []estimators.Pattern
	for p := 1; p < len(point); p++ {
		patterns = append(patterns, estimators.Pattern(p))
	}
	slices.SortFunc(patterns, func(a, b estimators.Pattern) int { return cmp.Or(a.Size()-b.Size(), cmp.Compare(a, b)) })
	persons := make([]float64, len(draws))
	for d, t := range draws {
		for _, x := range t {
			persons[d] += float64(x)
		}
	}
	n := int64(0)
	for _, x := range point {
		n += x
	}
	l.Linkage.Persons = rangeOf(persons, float64(n))
	for _, p := range patterns {
		values, met := make([]float64, len(draws)), point[p] > 0
		for d, t := range draws {
			values[d] = float64(t[p])
			met = met || t[p] > 0
		}
		if !met && len(lists) > 5 { // of many registers, most histories have nobody
			continue
		}
		var on []string
		for _, i := range p.Lists() {
			on = append(on, lists[i])
		}
		l.Linkage.Overlaps = append(l.Linkage.Overlaps, estimators.LinkOverlap{Lists: on, Point: point[p], Draws: rangeOf(values, float64(point[p]))})
	}
}

// lists are the linked registers in the order of the study file.
func (l *Linked) lists() []string {
	var out []string
	for _, r := range l.All {
		out = append(out, r.Register.Name)
	}
	return out
}

// rangeOf is the mean of values and the range that holds 95 % of them; otherwise one number when there are none.
func rangeOf(values []float64, otherwise float64) estimators.LinkRange {
	if len(values) == 0 {
		return estimators.LinkRange{Value: otherwise, Lower: otherwise, Upper: otherwise}
	}
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	sorted := resample.Sorted(values)
	return estimators.LinkRange{Value: mean, Lower: resample.Quantile(sorted, 0.025, resample.Type7), Upper: resample.Quantile(sorted, 0.975, resample.Type7)}
}

// mostHard is the number of clusters that are shown as the hardest.
const mostHard = 20

// hardShare: pairs that are together in a share of the draws this near to 0 or 1 are decided.
const hardShare = 0.05

// hardest finds the groups of records about which the draws disagree most. Clusters of the point linkage that some undecided pair joins are a group, with those
// whose own pairs are undecided; its probability is the share of the draws that join all its pairs as the point linkage does.
func (l *Linked) hardest() {
	k := l.linked
	if k == nil || k.Draws == nil || len(k.Edges.Pairs) == 0 {
		return
	}
	shares := k.Draws.Shares()
	undecided := func(e int) bool { return shares[e] > hardShare && shares[e] < 1-hardShare }
	group := map[int32]int32{}
	var root func(c int32) int32
	root = func(c int32) int32 {
		if g, ok := group[c]; ok && g != c {
			group[c] = root(g)
			return group[c]
		}
		return c
	}
	for e, p := range k.Edges.Pairs {
		if undecided(e) {
			a, b := root(k.Accepted[p.A]), root(k.Accepted[p.B])
			group[max(a, b)], group[min(a, b)] = min(a, b), min(a, b)
		}
	}
	if len(group) == 0 {
		return
	}
	type hard struct {
		edges     []int
		entropy   float64
		clusters  []string
		registers []string
	}
	groups := map[int32]*hard{}
	of := func(c int32) *hard {
		if _, ok := group[c]; !ok {
			return nil
		}
		r := root(c)
		if groups[r] == nil {
			groups[r] = &hard{}
		}
		return groups[r]
	}
	for e, p := range k.Edges.Pairs {
		g := of(k.Accepted[p.A])
		if g == nil || g != of(k.Accepted[p.B]) {
			continue
		}
		g.edges = append(g.edges, e)
	}
	// Clusters have the names of linked.csv.
	names := l.names()
	unit := make(map[int32]int32) // record of linked → its unit
	for i := range k.Units.Len() {
		for _, r := range rowsOf(k, i) {
			unit[r] = int32(i)
		}
	}
	add := func(to []string, x string) []string {
		if !slices.Contains(to, x) {
			to = append(to, x)
		}
		return to
	}
	for i, at := range l.at {
		if g := of(k.Accepted[unit[int32(at)]]); g != nil {
			g.clusters = add(g.clusters, names[l.point[i]])
			g.registers = add(g.registers, k.Records.RegisterName(k.Records.Register(at)))
		}
	}
	for _, g := range groups {
		// Edges stand in the order of the rows; the sum must not.
		slices.SortFunc(g.edges, func(x, y int) int { return cmp.Compare(shares[x], shares[y]) })
		for _, e := range g.edges {
			if share := shares[e]; share > 0 && share < 1 {
				g.entropy -= share*math.Log2(share) + (1-share)*math.Log2(1-share)
			}
		}
		agree := 0
		for d := range k.Draws.Len() {
			if !slices.ContainsFunc(g.edges, func(e int) bool {
				p := k.Edges.Pairs[e]
				return k.Draws.Together(d, e) != (k.Accepted[p.A] == k.Accepted[p.B])
			}) {
				agree++
			}
		}
		slices.Sort(g.clusters)
		l.Linkage.Hardest = append(l.Linkage.Hardest, estimators.LinkCluster{Cluster: strings.Join(g.clusters, " + "), Registers: g.registers,
			Probability: float64(agree) / float64(k.Draws.Len()), Entropy: g.entropy})
	}
	slices.SortFunc(l.Linkage.Hardest, func(a, b estimators.LinkCluster) int {
		return cmp.Or(cmp.Compare(a.Probability, b.Probability), cmp.Compare(b.Entropy, a.Entropy), cmp.Compare(a.Cluster, b.Cluster))
	})
	l.Linkage.Hardest = l.Linkage.Hardest[:min(mostHard, len(l.Linkage.Hardest))]
}

// rowsOf are the records of unit i.
func rowsOf(k *linkage.Linked, i int) []int32 {
	if k.Units == k.Records {
		return []int32{int32(i)}
	}
	return k.Persons.Rows(i)
}

// An Explanation says how the weight of a pair of records comes about.
type Explanation struct {
	A       string        `json:"a"`
	B       string        `json:"b"`
	Verdict string        `json:"verdict"`
	Steps   []ExplainStep `json:"steps"`
	Notes   []string      `json:"notes,omitempty"`
}

// An ExplainStep is one field of a pair: its values, their agreement and what that says, in bits, with the sum so far.
type ExplainStep struct {
	Field     string  `json:"field"`
	Left      string  `json:"left"`
	Right     string  `json:"right"`
	Agreement string  `json:"agreement"`
	Bits      float64 `json:"match_weight"`
	Sum       float64 `json:"sum"`
}

// decidedByOthers is the difference between the share of draws in which two records are together and their own match
// probability, from which other records are said to decide: more than chance does in 60 draws.
const decidedByOthers = .2

// Explain shows how the match weight of two records comes about: the prior odds, then every field. Records are written
// register:number. It shows what the registers say of the two, and is not to be published.
func (l *Linked) Explain(a, b string) (*Explanation, error) {
	i, err := l.find(a)
	if err != nil {
		return nil, err
	}
	j, err := l.find(b)
	if err != nil {
		return nil, err
	}
	if i == j {
		return nil, fmt.Errorf("%s is the same record twice", a)
	}
	if l.given != nil {
		return nil, fmt.Errorf("another program linked the registers: how a weight came about, it knows")
	}
	k := l.linked
	x, y := l.at[i], l.at[j]
	model := k.Model
	if k.Records.Register(x) == k.Records.Register(y) {
		model = k.Within
	}
	e := &Explanation{A: a, B: b}
	typ := -1
	if model != nil {
		typ = model.Type(k.Records.Register(x), k.Records.Register(y))
	}
	if typ < 0 {
		return nil, fmt.Errorf("%s and %s were not compared: no pairs of these registers were", a, b)
	}
	values := func(r int) func(field string) string {
		record := l.record(r)
		return func(field string) string { return l.show(record, field) }
	}
	left, right := values(i), values(j)
	p := k.Pattern(x, y)
	sum := model.MatchWeight(p, typ) - model.Weight(p)
	e.Steps = append(e.Steps, ExplainStep{Field: "before looking", Agreement: fmt.Sprintf("1 in %s pairs", estimators.People(1/max(model.Types[typ].Lambda, 1e-18))), Bits: sum, Sum: sum})
	for _, v := range model.Explain(p) {
		sum += v.Weight
		step := ExplainStep{Field: v.Field, Left: left(v.Field), Right: right(v.Field), Agreement: v.Meaning, Bits: v.Weight, Sum: sum}
		if v.Gamma < 0 {
			of := strings.TrimPrefix(v.Field, "tf_")
			switch present := left(of) != "" && right(of) != ""; {
			case present && of != v.Field: // how frequent a value is counts where both have it
				step.Agreement = "not the same"
			case present: // the sex
				step.Agreement = "not counted: given names are equal"
			}
		}
		e.Steps = append(e.Steps, step)
	}
	alone := model.MatchProbability(p, typ)
	e.Verdict = fmt.Sprintf("match weight %.1f bits, match probability %.4f by the pair alone", sum, alone)
	where := "different clusters"
	if l.point[i] == l.point[j] {
		where = "one cluster"
	}
	e.Notes = append(e.Notes, "In the best linkage they are in "+where+".")
	if l.draws > 0 {
		n := 0
		for d := range l.draws {
			if q := l.partition(d); q[i] == q[j] {
				n++
			}
		}
		e.Notes = append(e.Notes, fmt.Sprintf("Together in %d of %d linkages drawn, which weigh all records at once.", n, l.draws))
		if share := float64(n) / float64(l.draws); math.Abs(share-alone) > decidedByOthers {
			e.Notes = append(e.Notes, fmt.Sprintf("Other records decide: in %.2f of the linkages drawn they are of one person, which the pair alone would give %.2f.", share, alone))
		}
	}
	return e, nil
}

// find is the record, in the order of All, that is written register:number.
func (l *Linked) find(text string) (int, error) {
	i := 0
	var names []string
	for _, r := range l.All {
		names = append(names, r.Register.Name)
		if id, ok := cutRegister(text, r.Register.Name); ok {
			k := slices.Index(r.IDs, id)
			if k < 0 {
				return 0, fmt.Errorf("%s: %s has no record with this number, or it was left out", text, r.Register.Name)
			}
			return i + k, nil
		}
		i += len(r.IDs)
	}
	return 0, fmt.Errorf("%s: no register is named before a colon%s", text, suggestion(text, names))
}

func cutRegister(text, name string) (id string, ok bool) {
	if len(text) > len(name) && text[:len(name)] == name && text[len(name)] == ':' {
		return text[len(name)+1:], true
	}
	return "", false
}

// record is the one at a place in the order of All.
func (l *Linked) record(i int) func(value string) string {
	for _, r := range l.All {
		if i < len(r.IDs) {
			return func(value string) string {
				if at := slices.Index(r.Fields, value); at >= 0 {
					return r.Values[i][at]
				}
				return ""
			}
		}
		i -= len(r.IDs)
	}
	return func(string) string { return "" }
}

// show is what a record says of a field, its parts joined.
func (l *Linked) show(value func(string) string, field string) string {
	for _, f := range l.fields {
		if f.Name != field {
			continue
		}
		out := ""
		for _, c := range f.Columns {
			v := value(l.values[c.At])
			if v != "" && out != "" {
				out += " "
			}
			out += v
		}
		return out
	}
	return ""
}
