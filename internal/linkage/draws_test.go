package linkage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"darkfigure/internal/resample"
)

var simSmall = simDesign{"small", 300, []float64{.4, .35, .3}, .10, .05, .2}

func drawn1(t *testing.T, p Persons, g *Graph, m *Model, o DrawOptions) *Draws {
	t.Helper()
	d, err := Draw(context.Background(), p, g, m, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Every draw has one record of a register per cluster, its table is that of its partition, and the persons joined are counted.
func TestDrawsAreLinkages(t *testing.T) {
	s := simSmall.study(resample.Stream(1, 0))
	g, m := s.model()
	d := drawn1(t, s, g, m, DrawOptions{Seed: 1, Draws: 10})
	if d.Len() != 10 {
		t.Fatalf("%d draws", d.Len())
	}
	for i := range d.Len() {
		p := d.Partition(i)
		mask := map[int32]int{}
		for r, c := range p {
			if mask[c]>>s.register[r]&1 == 1 {
				t.Fatalf("draw %d: two records of register %d in one cluster", i, s.register[r])
			}
			mask[c] |= 1 << s.register[r]
		}
		table := make([]int64, 8)
		for _, h := range mask {
			table[h]++
		}
		if !slices.Equal(table, d.Tables[i]) {
			t.Errorf("draw %d: the table is %v, that of its partition %v", i, d.Tables[i], table)
		}
		if int64(len(mask)) != d.Persons(i) {
			t.Errorf("draw %d: %d persons, %d clusters", i, d.Persons(i), len(mask))
		}
		if got, want := d.Linked[i][RegisterPair(0, 2, 3)], table[5]+table[7]; got != want {
			t.Errorf("draw %d: %d persons in registers 0 and 2, the table says %d", i, got, want)
		}
		for e, q := range g.Pairs {
			if d.Together(i, e) != (p[q.A] == p[q.B]) {
				t.Fatalf("draw %d: pair %d is together: %v", i, e, d.Together(i, e))
			}
		}
	}
	for e, x := range d.Shares() {
		n := 0.0
		for i := range d.Len() {
			if d.Together(i, e) {
				n += 0.1
			}
		}
		if math.Abs(n-x) > 1e-9 {
			t.Errorf("pair %d: together in a share of %v of the draws, not %v", e, n, x)
		}
	}
}

// Pairs that are together in some draw have the share of their edge; some have none.
func TestJoined(t *testing.T) {
	s := simSmall.study(resample.Stream(1, 0))
	g, m := s.model()
	d := drawn1(t, s, g, m, DrawOptions{Seed: 1, Draws: 10})
	edge := map[[2]int32]float64{}
	positive := 0
	for e, x := range d.Shares() {
		edge[[2]int32{g.Pairs[e].A, g.Pairs[e].B}] = x
		if x > 0 {
			positive++
		}
	}
	links := 0.0
	for _, p := range d.Joined() {
		links += p.Share
		if x, ok := edge[[2]int32{p.A, p.B}]; ok {
			positive--
			if math.Abs(x-p.Share) > 1e-12 {
				t.Errorf("records %d and %d: %v, and %v by their edge", p.A, p.B, p.Share, x)
			}
		}
	}
	if positive != 0 {
		t.Errorf("%d edges are missing", positive)
	}
	want := 0.0
	for i := range d.Len() {
		want += float64(d.Linked[i][0]+d.Linked[i][1]+d.Linked[i][2]) / 10
	}
	if math.Abs(links-want) > 1e-9 {
		t.Errorf("shares add up to %v links, the draws have %v", links, want)
	}
}

// The same draws whatever the order of the rows and the number of workers. Registers keep their numbers, for the caller numbers
// them by name.
func TestDrawsDoNotDependOnOrder(t *testing.T) {
	s := simSmall.study(resample.Stream(2, 0))
	g, m := s.model()
	want := drawn1(t, s, g, m, DrawOptions{Seed: 3, Workers: 1})
	n := s.Len()
	to := resample.Stream(4, 0).Perm(n)
	p := few{s.registers, make([]int, n), make([]uint64, n), nil}
	back := make([]int, n)
	for i, x := range to {
		p.register[x], p.hash[x], back[x] = s.register[i], s.hash[i], i
	}
	p.pattern = func(i, j int) Pattern { return s.compare(back[i], back[j]) }
	h := &Graph{}
	for _, e := range g.Pairs {
		a, b := int32(to[e.A]), int32(to[e.B])
		h.Pairs = append(h.Pairs, Pair{min(a, b), max(a, b), e.Pattern})
	}
	slices.SortFunc(h.Pairs, func(a, b Pair) int { return int(a.A-b.A)*n + int(a.B-b.B) })
	got := drawn1(t, p, h, m, DrawOptions{Seed: 3, Workers: 3})
	if !reflect.DeepEqual(got.Tables, want.Tables) {
		t.Errorf("other tables when rows are permuted")
	}
	if !reflect.DeepEqual(got.Chains, want.Chains) || !reflect.DeepEqual(got.Parameters, want.Parameters) {
		t.Errorf("other chains when rows are permuted")
	}
	for i := range want.Len() {
		a, b := want.Partition(i), got.Partition(i)
		for r := range n {
			if a[r] != b[to[r]] {
				t.Fatalf("draw %d: record %d in cluster %d, and %d when rows are permuted", i, r, a[r], b[to[r]])
			}
		}
	}
	if other := drawn1(t, s, g, m, DrawOptions{Seed: 4}); reflect.DeepEqual(other.Tables, want.Tables) {
		t.Errorf("another seed gives the same tables")
	}
}

// Registers of nobody in common: no draw links more than a few. Registers that are equal: everybody is linked.
func TestDisjointAndIdenticalRegisters(t *testing.T) {
	whole := simDesign{"identical", 300, []float64{1, 1, 1}, 0, 0, 0}
	s := whole.study(resample.Stream(5, 0))
	g, m := s.model()
	d := drawn1(t, s, g, m, DrawOptions{Seed: 1, Draws: 20})
	r, err := d.Rates(s.truth(), m)
	if err != nil {
		t.Fatal(err)
	}
	if r.Total.FalseMatch.Value > 1e-3 || r.Total.MissedMatch.Value > 1e-3 {
		t.Errorf("identical registers: %v false, %v missed", r.Total.FalseMatch.Value, r.Total.MissedMatch.Value)
	}

	// Persons on one register only: the others' records of the same persons are cut away.
	all := simDesign{"disjoint", 600, []float64{.5, .5}, .1, .05, .2}.study(resample.Stream(6, 0))
	var rows []int
	for i, p := range all.person {
		if int(p)%2 == all.register[i] {
			rows = append(rows, i)
		}
	}
	q := few{2, nil, nil, func(i, j int) Pattern { return all.compare(rows[i], rows[j]) }}
	for _, i := range rows {
		q.register = append(q.register, all.register[i])
		q.hash = append(q.hash, all.hash[i])
	}
	// With the parameters of registers that overlap, as EM finds none to learn from here.
	_, m = all.model()
	m.Types[0].Lambda = 1e-5
	g = &Graph{}
	for i := range rows {
		for j := i + 1; j < len(rows); j++ {
			if p := q.pattern(i, j); q.register[i] != q.register[j] && math.Exp(simRatio(m, p))*1e-3 > 1e-4 {
				g.Pairs = append(g.Pairs, Pair{int32(i), int32(j), p})
			}
		}
	}
	d = drawn1(t, q, g, m, DrawOptions{Seed: 1})
	least, most := int64(math.MaxInt64), int64(0)
	for i := range d.Len() {
		least, most = min(least, d.Linked[i][0]), max(most, d.Linked[i][0])
	}
	if least != 0 || most > 5 {
		t.Errorf("disjoint registers: %d to %d linked among %d edges", least, most, len(g.Pairs))
	}
}

// A record with all fields missing has no edge and is never linked; without any edge there is nothing to draw.
func TestNothingToLink(t *testing.T) {
	p := few{2, []int{0, 0, 1, 1}, []uint64{4, 3, 2, 1}, func(i, j int) Pattern { return ^Pattern(0) }}
	m := randomModel(2, 2, resample.Stream(7, 0))
	d := drawn1(t, p, &Graph{}, m, DrawOptions{})
	if d.Len() != 60 || !d.Chains.Agree {
		t.Errorf("%d draws, agree %v", d.Len(), d.Chains.Agree)
	}
	for i := range d.Len() {
		if !slices.Equal(d.Tables[i], []int64{0, 2, 2, 0}) {
			t.Errorf("table %v", d.Tables[i])
		}
	}
	r, err := d.Rates(Partition{0, 1, 2, 3}, m)
	if err != nil || r.Total.FalseMatch.Value != 0 || r.Total.MissedMatch.Value != 0 {
		t.Errorf("rates of nothing: %+v, %v", r.Total, err)
	}
}

// Matches beyond the graph are added to the table, and no register loses or wins anybody.
func TestBeyond(t *testing.T) {
	rng := resample.Stream(8, 0)
	const times = 2000
	missed := []int64{12, 5, 0}
	var sum [3]float64
	for range times {
		table := []int64{0, 300, 200, 20, 250, 10, 15, 5}
		linked, after := make([]int64, 3), make([]int64, 3)
		countOverlaps(linked, table, 3)
		beyond := addBeyond(table, slices.Clone(missed), 3, rng)
		countOverlaps(after, table, 3)
		for r, want := range []int64{335, 240, 280} {
			n := int64(0)
			for h, x := range table {
				if h>>r&1 == 1 {
					n += x
				}
				if x < 0 {
					t.Fatalf("table %v", table)
				}
			}
			if n != want {
				t.Fatalf("register %d has %d persons, not %d", r, n, want)
			}
		}
		for i := range after {
			sum[i] += float64(beyond[i]) / times
			if after[i] != linked[i]+beyond[i] {
				t.Fatalf("overlaps %v from %v and %v", after, linked, beyond)
			}
		}
	}
	for i, want := range missed {
		if math.Abs(sum[i]-float64(want)) > 1e-9 {
			t.Errorf("%v matches added, %d were missed", sum[i], want)
		}
	}
	// Nobody is left to join: it ends.
	if b := addBeyond([]int64{0, 1, 0, 3}, []int64{5}, 2, rng); b[0] != 0 {
		t.Errorf("%d joined where nobody can be", b[0])
	}
}

// With q of the matches outside the graph and L in it, (L+1)·q/(1−q) are added in the mean.
func TestBeyondIsAdded(t *testing.T) {
	s := simSmall.study(resample.Stream(14, 0))
	g, m := s.model()
	m.Types = slices.Clone(m.Types)
	for i := range m.Types {
		m.Types[i].Beyond = .04 * float64(i+1)
	}
	d := drawn1(t, s, g, m, DrawOptions{Seed: 1, Draws: 400, Thin: 1})
	var got, want [3]float64
	for i := range d.Parameters {
		for _, p := range m.Types {
			at := RegisterPair(p.A, p.B, 3)
			got[at] += float64(d.Beyond[i][at])
			want[at] += float64(d.Linked[i][at]+1) * p.Beyond / (1 - p.Beyond)
		}
	}
	for i := range 3 {
		if math.Abs(got[i]-want[i]) > .1*want[i] {
			t.Errorf("pair %d of registers: %v matches added to the draws, want %v", i, got[i], want[i])
		}
	}
}

// Doubt about duplicates: in every other draw two records of register 0 are one person, and the tables follow.
func TestGroupsChangeFromDrawToDraw(t *testing.T) {
	s := simSmall.study(resample.Stream(9, 0))
	g, m := s.model()
	n := s.Len()
	var zero []int32
	for i, r := range s.register {
		if r == 0 {
			zero = append(zero, int32(i))
		}
	}
	groups := func(d int) Partition {
		p := make(Partition, n)
		for i := range p {
			p[i] = int32(i)
		}
		if d%2 == 1 {
			for j := 0; j+1 < 20; j += 2 {
				p[zero[j+1]] = p[zero[j]]
			}
		}
		return p
	}
	d := drawn1(t, s, g, m, DrawOptions{Seed: 1, Draws: 20, Groups: groups})
	for i := range d.Len() {
		persons := int64(0)
		for h, x := range d.Tables[i] {
			if h&1 == 1 {
				persons += x
			}
		}
		if want := int64(len(zero) - 10*(i%2)); persons != want {
			t.Errorf("draw %d: %d persons in register 0, want %d", i, persons, want)
		}
		p := d.Partition(i)
		table := make([]int64, 8)
		mask := map[int32]int{}
		for r, c := range p {
			mask[c] |= 1 << s.register[r]
		}
		for _, h := range mask {
			table[h]++
		}
		if !slices.Equal(table, d.Tables[i]) {
			t.Errorf("draw %d: table %v, of its partition %v", i, d.Tables[i], table)
		}
	}
	mixed := make(Partition, n)
	if _, err := Draw(context.Background(), s, g, m, DrawOptions{Groups: func(int) Partition { return mixed }}); err == nil || !strings.Contains(err.Error(), "two registers") {
		t.Errorf("a group of two registers: %v", err)
	}
}

// With groups that never change the draws are those of the same records compared as one: the mean overlap agrees with that of a run
// without groups when each is a group by itself.
func TestSingleGroupsAreNoGroups(t *testing.T) {
	s := simSmall.study(resample.Stream(10, 0))
	g, m := s.model()
	single := make(Partition, s.Len())
	for i := range single {
		single[i] = int32(i)
	}
	mean := func(d *Draws) (x float64) {
		for _, l := range d.Linked {
			x += float64(l[0]+l[1]+l[2]) / float64(d.Len())
		}
		return x
	}
	a := mean(drawn1(t, s, g, m, DrawOptions{Seed: 1, Draws: 200}))
	b := mean(drawn1(t, s, g, m, DrawOptions{Seed: 2, Draws: 200, Groups: func(int) Partition { return single }}))
	if math.Abs(a-b) > 1.5 {
		t.Errorf("%.2f links without groups, %.2f with groups of one", a, b)
	}
}

// A review that finds the weights too high by 3 nats unlinks, one that finds them too low links.
func TestRecalibration(t *testing.T) {
	s := simSmall.study(resample.Stream(11, 0))
	g, m := s.model()
	links := func(shift, slope float64) (x float64) {
		d := drawn1(t, s, g, m, DrawOptions{Seed: 1, Draws: 20, Recalibrate: func(int) (float64, float64) { return shift, slope }})
		for _, l := range d.Linked {
			x += float64(l[0] + l[1] + l[2])
		}
		return x
	}
	low, mid, high := links(-3, 1), links(0, 1), links(3, 1)
	if !(low < mid && mid < high) {
		t.Errorf("links %v, %v, %v for shifts of −3, 0, 3", low, mid, high)
	}
	_, err := Draw(context.Background(), s, g, m, DrawOptions{Recalibrate: func(int) (float64, float64) { return 0, 0 }})
	if err == nil || !strings.Contains(err.Error(), "slope") {
		t.Errorf("a slope of 0: %v", err)
	}
}

// Links of another program: certain ones are in every draw, the others in their share, and no cluster has two records of a register
// unless links within it say so.
func TestDrawGiven(t *testing.T) {
	p := few{3, []int{0, 0, 1, 1, 2, 2, 0}, []uint64{7, 6, 5, 4, 3, 2, 1}, nil}
	links := []Link{{2, 0, 1}, {0, 4, .3}, {1, 3, .7}, {5, 3, .9}, {1, 2, .2}, {1, 6, .5}}
	d, err := DrawGiven(context.Background(), p, links, DrawOptions{Draws: 4000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	count := map[[2]int32]float64{}
	for i := range d.Len() {
		part := d.Partition(i)
		for _, l := range links {
			if part[l.A] == part[l.B] {
				count[[2]int32{l.A, l.B}] += 1 / float64(d.Len())
			}
		}
		if part[0] == part[1] {
			t.Fatalf("records 0 and 1 of register 0 are together")
		}
	}
	// 1–2 cannot join 0–2, which is certain; every other link has room.
	for i, want := range []float64{1, .3, .7, .9, 0, .5} {
		l := links[i]
		if got := count[[2]int32{l.A, l.B}]; math.Abs(got-want) > 0.03 {
			t.Errorf("records %d and %d together in %.3f of the draws, want %v", l.A, l.B, got, want)
		}
	}
	other, err := DrawGiven(context.Background(), p, []Link{links[4], links[2], {4, 0, .3}, links[0], links[5], links[3]}, DrawOptions{Draws: 4000, Seed: 1, Workers: 3})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(other.Tables, d.Tables) {
		t.Errorf("the order of links matters")
	}
	for _, c := range []struct {
		link Link
		want string
	}{{Link{0, 0, 1}, "itself"}, {Link{0, 9, 1}, "there are 7"}, {Link{0, 3, 1.5}, "probability"}, {Link{0, 2, .5}, "twice"}} {
		if _, err := DrawGiven(context.Background(), p, []Link{{2, 0, 1}, c.link}, DrawOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.link, err)
		}
	}
}

// Rates of a case by hand: two draws of four records in two registers.
func TestRatesByHand(t *testing.T) {
	p := few{2, []int{0, 0, 1, 1}, []uint64{1, 2, 3, 4}, nil}
	d := &Draws{rows: p, order: hashOrder(p), pairs: []Pair{{A: 0, B: 2}, {A: 1, B: 3}, {A: 0, B: 3}},
		joined: [][]uint64{{0b011}, {0b100}},
		Tables: [][]int64{{0, 0, 0, 2}, {0, 0, 0, 2}}, Linked: [][]int64{{2}, {1}}, Beyond: [][]int64{{0}, {1}}}
	r, err := d.Rates(Partition{0, 1, 0, 2}, &Model{Types: []PairType{{A: 0, B: 1, Lambda: .5, Possible: 4}}})
	if err != nil {
		t.Fatal(err)
	}
	// Accepted: 0–2, true in the first draw of two. Matches: two in the first draw, one and one beyond in the second; of
	// these four one is accepted.
	x := r.Pairs[0]
	if x.Accepted != 1 || x.FalseMatch.Value != .5 || x.MissedMatch.Value != .75 || x.Matches != 2 || x.Links.Value != 2 || x.EMRatio != 1 || x.Beyond != .5 {
		t.Errorf("rates %+v", x)
	}
	if len(r.Cells) != 1 || r.Cells[0].History != 3 || r.Cells[0].FalseMatch.Value != .5 || math.Abs(r.Cells[0].MissedMatch.Value-2.0/3) > 1e-12 {
		t.Errorf("cells %+v", r.Cells)
	}
	if _, err := d.Rates(Partition{0}, nil); err == nil {
		t.Errorf("an accepted linkage of other records is taken")
	}
}

func TestDrawRefuses(t *testing.T) {
	s := simSmall.study(resample.Stream(12, 0))
	g, m := s.model()
	for _, c := range []struct {
		want string
		g    func(*Graph)
		m    func(*Model)
		o    DrawOptions
	}{
		{want: "one chain", o: DrawOptions{Chains: 1}},
		{want: "draws", o: DrawOptions{Draws: -1}},
		{want: "linkage to start from", o: DrawOptions{Start: Partition{1}}},
		{want: "probability of 0", m: func(m *Model) { m.Comparisons[1].U[2] = 0 }},
		{want: "does not compare", m: func(m *Model) { m.Types = m.Types[:1] }},
		{want: "beyond the graph", m: func(m *Model) { m.Types[0].Beyond = 1 }},
		{want: "matches among the pairs", m: func(m *Model) { m.Types[0].Lambda = math.NaN() }},
		{want: "two records of register", g: func(g *Graph) { g.Pairs[0].B = g.Pairs[0].A }},
		{want: "there are", g: func(g *Graph) { g.Pairs[0].B = 1 << 20 }},
		{want: "level 6", g: func(g *Graph) { g.Pairs[0].Pattern = g.Pairs[0].Pattern.With(0, 6) }},
	} {
		h, n := &Graph{Pairs: slices.Clone(g.Pairs)}, &Model{Types: slices.Clone(m.Types)}
		for _, x := range m.Comparisons {
			x.U = slices.Clone(x.U)
			n.Comparisons = append(n.Comparisons, x)
		}
		if c.g != nil {
			c.g(h)
		}
		if c.m != nil {
			c.m(n)
		}
		if _, err := Draw(context.Background(), s, h, n, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.want, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Draw(ctx, s, g, m, DrawOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Progress reaches its total, and a sweep allocates nothing.
func TestProgressAndAllocation(t *testing.T) {
	s := simSmall.study(resample.Stream(13, 0))
	g, m := s.model()
	last := ""
	drawn1(t, s, g, m, DrawOptions{Draws: 8, Progress: func(done, total int) { last = fmt.Sprint(done == total) }})
	if last != "true" {
		t.Errorf("progress ends before its total")
	}
	u, err := newUnitGraph(s, g, hashOrder(s), nil, asideFrom)
	if err != nil {
		t.Fatal(err)
	}
	c := newGibbs(s, u, newScorer(m, 2, u.patterns), newOverlapPrior(s.Registers(), s.Len()), resample.Stream(1, 1))
	c.greedy(m)
	for range 300 {
		c.sweep()
		c.relearn()
	}
	if n := testing.AllocsPerRun(50, func() { c.sweep(); c.relearn() }); n > 0.5 {
		t.Errorf("a sweep allocates %v times", n)
	}
}
