package disclosure

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// Suppression says what is withheld.
type Suppression struct {
	Withheld      [][]bool // of the people and of each list, by cell
	Primary       int      // counts withheld because they are small
	Complementary int      // counts withheld for the sake of others
	// Changed are counts that a smaller table of the same people, published alone, would show: margins that are withheld for the
	// sake of the groups within them.
	Changed int
}

// Suppress withholds the small counts, and as many others as it takes to protect every one of them and every other that
// is withheld. Zeros are published. The proof is in the making: for each of them there are two other tables which fit everything that is
// published, and which differ in it by the threshold at least.
//
// Tables are protected from the total down: first the total, then the margins by one classification, each by itself, and so on. What a
// margin shows therefore depends on that margin and its own margins, unless groups within it cannot be protected otherwise.
//
// Such a table is made step by step. A step adds persons in one group and takes them away in others, around a hypercube whose corners
// are the group and one other level, or the sum over all levels, of every classification: nothing else changes. The persons added are on
// some lists, or are put on one more. Of all steps the cheapest for what it gains is taken (the hypercube method of Repsilber 1994,
// with steps that add up as in the augmenting paths of Kelly, Golden and Assad, Networks 22 (1992), 397–417). It is always found,
// because at worst all sums up to the total are withheld. In the end what is not needed after all is published.
//
// Error: counts that make no sense, or that of the context.
func Suppress(ctx context.Context, c Counts) (Suppression, error) {
	if err := c.check(); err != nil {
		return Suppression{}, err
	}
	s := newSuppressor(ctx, c)
	var stages [][]int
	for mask := range 1 << len(c.Cross) {
		var table []int
		for d := range c.Cross {
			if mask>>d&1 == 1 {
				table = append(table, d)
			}
		}
		for _, t := range c.tables() {
			if !slices.ContainsFunc(table, func(d int) bool { return !slices.Contains(t, d) }) {
				stages = append(stages, table)
				break
			}
		}
	}
	slices.SortStableFunc(stages, func(a, b []int) int { return cmp.Compare(len(a), len(b)) })
	for _, table := range stages {
		if err := s.stage(table); err != nil {
			return Suppression{}, err
		}
	}
	if len(c.tables()) > 1 { // together, with the groups that nobody publishes
		all := make([]int, len(c.Cross))
		for d := range all {
			all[d] = d
		}
		if err := s.stage(all); err != nil {
			return Suppression{}, err
		}
	}
	if err := s.verify(); err != nil {
		return Suppression{}, err
	}
	return s.Suppression, nil
}

// A shift is a change of the people or of a list in a cell.
type shift struct {
	layer, cell int
	by          int64
}

// A move is a way in which persons change: −1, 0 or 1 for the people, each list, those not on each list, and seen more than once.
type move struct {
	layers []int // of people and lists that change
	change []int // of every quantity
}

type suppressor struct {
	Suppression
	ctx        context.Context
	c          Counts
	published  []bool
	values     [][]int64 // of every quantity, by cell
	stride     []int
	moves      []move
	decided    []bool    // cells of tables that were protected before
	complement [][]bool  // withheld for the sake of others, in this stage
	proofs     [][]shift // other tables that fit, as differences from the true one
	least      [][]int64 // of every quantity over all proofs
	most       [][]int64
	queue      []sensitive
	queued     [][]bool
	work       [2][][]int64 // of the two tables that are being made: differences of every quantity
	touched    [2][]int
	picked     [][]bool // withheld if the tables are used
	barred     int      // a count that must not be used: layer times the number of cells, and the cell; −1: none
}

// A sensitive quantity of a cell has to be protected.
type sensitive struct{ q, cell int }

// A corner of a hypercube, with the sign of its change.
type corner struct {
	cell int
	sign int64
}

func newSuppressor(ctx context.Context, c Counts) *suppressor {
	size, k := c.Cross.Size(), len(c.Lists)
	s := &suppressor{ctx: ctx, c: c, published: make([]bool, size), decided: make([]bool, size), stride: make([]int, len(c.Cross)), barred: -1}
	for i := range size {
		s.published[i] = c.Published(i)
	}
	n := 1
	for d := len(c.Cross) - 1; d >= 0; d-- {
		s.stride[d] = n
		n *= c.Cross[d] + 1
	}
	flags := func(n int) [][]bool {
		out := make([][]bool, n)
		for m := range out {
			out[m] = make([]bool, size)
		}
		return out
	}
	numbers := func() [][]int64 {
		out := make([][]int64, c.quantities())
		for q := range out {
			out[q] = make([]int64, size)
		}
		return out
	}
	s.Withheld, s.complement, s.picked, s.queued = flags(1+k), flags(1+k), flags(1+k), flags(c.quantities())
	s.values, s.least, s.most = numbers(), numbers(), numbers()
	s.work = [2][][]int64{numbers(), numbers()}
	for q := range s.values {
		for i := range size {
			s.values[q][i] = c.value(q, i)
		}
	}
	add := func(people int, lists ...int) {
		m := move{change: make([]int, c.quantities())}
		if m.change[0] = people; people != 0 {
			m.layers = append(m.layers, 0)
		}
		for j := range k {
			m.change[1+k+j] = people
		}
		if k > 0 {
			m.change[1+2*k] = len(lists) - people
		}
		for _, j := range lists {
			m.layers = append(m.layers, 1+j)
			m.change[1+j]++
			m.change[1+k+j]--
		}
		s.moves = append(s.moves, m)
	}
	for j := range k { // one more list
		add(0, j)
	}
	if add(1); k > 0 { // people, whose lists others had besides theirs
		for j := range k {
			add(1, j)
		}
		for j := range k {
			for i := range j {
				add(1, i, j)
			}
		}
	}
	return s
}

// stage protects the cells of a table and of its margins.
func (s *suppressor) stage(table []int) error {
	k := len(s.c.Lists)
	var cells []int
	for i := range s.published {
		if within(s.c.Cross.At(i), table) {
			cells = append(cells, i)
		}
	}
	s.proofs = nil
	for q := range s.least {
		clear(s.least[q])
		clear(s.most[q])
		clear(s.queued[q])
	}
	for m := range s.complement {
		clear(s.complement[m])
	}
	s.queue = s.queue[:0]
	for q := range s.values {
		for _, i := range cells {
			if v := s.values[q][i]; v > 0 && v < s.c.Threshold {
				if q <= k && s.published[i] && !s.Withheld[q][i] {
					s.Withheld[q][i] = true
					s.Primary++
				}
				s.push(q, i)
			} else if q <= k && s.Withheld[q][i] {
				s.push(q, i)
			}
		}
	}
	// The smallest first, sums before their parts, people before lists: what protects them protects much else.
	parts := func(i int) int {
		n := 0
		for _, x := range s.c.Cross.At(i) {
			if x != All {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(s.queue, func(a, b sensitive) int {
		return cmp.Or(cmp.Compare(parts(a.cell), parts(b.cell)), cmp.Compare(s.values[a.q][a.cell], s.values[b.q][b.cell]), cmp.Compare(a.q, b.q))
	})
	for n := 0; n < len(s.queue); n++ {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		x := s.queue[n]
		if !s.protect(x, table, false) {
			return fmt.Errorf("cell %d: no other table fits: this is a fault of the program", x.cell)
		}
	}
	if err := s.prune(table); err != nil {
		return err
	}
	for _, i := range cells {
		s.decided[i] = true
	}
	return nil
}

func (s *suppressor) push(q, i int) {
	if !s.queued[q][i] {
		s.queued[q][i] = true
		s.queue = append(s.queue, sensitive{q, i})
	}
}

func (s *suppressor) width(x sensitive) int64 { return s.most[x.q][x.cell] - s.least[x.q][x.cell] }

// cost of withholding a count.
func (s *suppressor) cost(layer, i int) float64 {
	switch {
	case !s.published[i] || s.Withheld[layer][i] || s.picked[layer][i]:
		return 0
	case s.decided[i]:
		return 10
	}
	cost := 1 + .05*math.Log1p(float64(s.values[layer][i]))
	if layer == 0 {
		return 3 * cost // and the estimate with it
	}
	for m := range s.Withheld {
		if s.Withheld[m][i] || s.picked[m][i] {
			return cost // the estimate is gone already
		}
	}
	return 2 * cost
}

// protect makes two tables that differ by the threshold in a quantity. free: without withholding more.
func (s *suppressor) protect(x sensitive, table []int, free bool) bool {
	if s.width(x) >= s.c.Threshold {
		return true
	}
	ok := true
	for rest := s.c.Threshold; rest > 0; {
		best := s.search(x, table, rest, free)
		if best.gain == 0 {
			ok = false
			break
		}
		s.take(best)
		rest -= best.gain
	}
	if ok {
		s.keep()
	}
	for w := range s.work {
		for _, i := range s.touched[w] {
			for q := range s.work[w] {
				s.work[w][q][i] = 0
			}
			for m := range s.picked {
				s.picked[m][i] = false
			}
		}
		s.touched[w] = s.touched[w][:0]
	}
	return ok
}

// keep makes the two tables proofs, and withholds what differs.
func (s *suppressor) keep() {
	k := len(s.c.Lists)
	for w := range s.work {
		var proof []shift
		for _, i := range s.touched[w] {
			for q, d := range s.work[w] {
				if q <= k && d[i] != 0 {
					proof = append(proof, shift{q, i, d[i]})
					if s.published[i] && !s.Withheld[q][i] {
						s.Withheld[q][i] = true
						s.complement[q][i] = true
						s.Complementary++
						if s.decided[i] {
							s.Changed++
						}
						s.push(q, i)
					}
				}
			}
		}
		if len(proof) > 0 {
			s.proofs = append(s.proofs, proof)
			s.learn(proof)
		}
	}
}

// learn takes the differences of a proof into the least and the most that is possible.
func (s *suppressor) learn(proof []shift) {
	k := len(s.c.Lists)
	note := func(q, i int, d int64) { s.least[q][i], s.most[q][i] = min(s.least[q][i], d), max(s.most[q][i], d) }
	for a := 0; a < len(proof); { // the shifts of a cell follow each other
		b, i := a, proof[a].cell
		people, lists := int64(0), int64(0)
		for ; b < len(proof) && proof[b].cell == i; b++ {
			if note(proof[b].layer, i, proof[b].by); proof[b].layer == 0 {
				people = proof[b].by
			} else {
				lists += proof[b].by
			}
		}
		if k > 0 {
			note(1+2*k, i, lists-people)
			for j := range k {
				d := people
				for _, x := range proof[a:b] {
					if x.layer == 1+j {
						d -= x.by
					}
				}
				note(1+k+j, i, d)
			}
		}
		a = b
	}
}

// A step is a hypercube around which persons change.
type step struct {
	move    int
	up      int   // the table that is changed: 0 for the one in which the quantity grows, 1 for the other
	sign    int64 // of the change of the persons in the cell itself
	gain    int64
	score   float64 // cost by gain
	corners []corner
}

// A finder looks for the best step.
type finder struct {
	*suppressor
	table []int
	rest  int64
	free  bool
	step
	best step
}

func (s *suppressor) search(x sensitive, table []int, rest int64, free bool) step {
	f := &finder{suppressor: s, table: table, rest: rest, free: free, best: step{score: math.Inf(1)}}
	at := s.c.Cross.At(x.cell)
	for m, mv := range s.moves {
		change := int64(mv.change[x.q])
		if change == 0 {
			continue
		}
		for up := range 2 {
			sign := change
			if up == 1 {
				sign = -change
			}
			f.step = step{move: m, up: up, sign: sign, corners: nil}
			gain, cost := f.corner(corner{x.cell, 1}, rest, 0)
			if gain == 0 {
				continue
			}
			f.corners = append(f.corners, corner{x.cell, 1})
			f.walk(at, 0, gain, cost)
			if f.best.score <= 1e-3/float64(rest) {
				return f.best
			}
		}
	}
	return f.best
}

// corner is what is left of a gain, and of a cost, when a cell takes part.
func (f *finder) corner(c corner, gain int64, cost float64) (int64, float64) {
	mv, sign := f.moves[f.move], c.sign*f.sign
	k, i := len(f.c.Lists), c.cell
	for q, d := range mv.change {
		if d == 0 {
			continue
		}
		down := int64(d)*sign < 0
		if q <= k {
			v := f.values[q][i]
			if f.published[i] && v == 0 { // told
				return 0, 0
			}
			if f.barred == q*len(f.published)+i {
				return 0, 0
			}
			cost += f.cost(q, i)
			if down {
				least := int64(0)
				if f.published[i] {
					least = 1
				}
				gain = min(gain, v+f.work[f.up][q][i]-least)
			}
		} else if down {
			gain = min(gain, f.values[q][i]+f.work[f.up][q][i])
		}
	}
	if gain <= 0 || f.free && cost > 0 {
		return 0, 0
	}
	return gain, cost
}

// walk chooses the other level of every classification of the table from the n-th on.
func (f *finder) walk(at []int, n int, gain int64, cost float64) {
	if (cost+1e-3)/float64(gain) >= f.best.score {
		return
	}
	if n == len(f.table) {
		f.best = f.step
		f.best.gain, f.best.score = gain, (cost+1e-3)/float64(gain)
		f.best.corners = slices.Clone(f.corners)
		return
	}
	d := f.table[n]
	levels, own, have := f.c.Cross[d], at[d], len(f.corners)
	if own == All {
		own = levels
	}
	for x := range levels + 1 {
		if x == own {
			continue
		}
		turn := int64(-1)
		if x == levels || own == levels { // a sum goes with its part
			turn = 1
		}
		g, c := gain, cost
		for _, from := range f.corners[:have] {
			to := corner{from.cell + (x-own)*f.stride[d], turn * from.sign}
			if g, c = f.corner(to, g, c); g == 0 || (c+1e-3)/float64(g) >= f.best.score {
				g = 0
				break
			}
			f.corners = append(f.corners, to)
		}
		if g > 0 {
			f.walk(at, n+1, g, c)
		}
		f.corners = f.corners[:have]
	}
}

// take changes the table as a step says.
func (s *suppressor) take(x step) {
	k, mv := len(s.c.Lists), s.moves[x.move]
	for _, c := range x.corners {
		if !slices.Contains(s.touched[x.up], c.cell) {
			s.touched[x.up] = append(s.touched[x.up], c.cell)
		}
		for q, d := range mv.change {
			if d != 0 {
				s.work[x.up][q][c.cell] += int64(d) * c.sign * x.sign * x.gain
				if q <= k && s.published[c.cell] {
					s.picked[q][c.cell] = true
				}
			}
		}
	}
}

// prune publishes counts after all that were withheld for the sake of others in this stage, the dearest first, as long as everything
// stays protected.
func (s *suppressor) prune(table []int) error {
	var tried []shift
	for m := range s.complement {
		for i, w := range s.complement[m] {
			if w {
				tried = append(tried, shift{layer: m, cell: i})
			}
		}
	}
	worth := func(x shift) float64 {
		w := math.Log1p(float64(s.values[x.layer][x.cell]))
		if x.layer == 0 {
			w += 100
		}
		if s.decided[x.cell] {
			w += 1000
		}
		return w
	}
	slices.SortStableFunc(tried, func(a, b shift) int { return cmp.Compare(worth(b), worth(a)) })
	for _, x := range tried {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		s.publish(x, table)
	}
	return nil
}

// publish publishes a count if everything else can be protected without withholding more.
func (s *suppressor) publish(x shift, table []int) {
	uses := func(p []shift) bool {
		return slices.ContainsFunc(p, func(o shift) bool { return o.layer == x.layer && o.cell == x.cell })
	}
	before := s.proofs
	var kept [][]shift
	lost := map[sensitive]bool{}
	for _, p := range before {
		if !uses(p) {
			kept = append(kept, p)
			continue
		}
		for _, o := range p {
			for q := range s.values {
				if y := (sensitive{q, o.cell}); s.queued[q][o.cell] {
					lost[y] = true
				}
			}
		}
	}
	var again []sensitive
	for y := range lost {
		again = append(again, y)
	}
	slices.SortFunc(again, func(a, b sensitive) int { return cmp.Or(cmp.Compare(a.cell, b.cell), cmp.Compare(a.q, b.q)) })
	s.proofs = kept
	s.relearn(again)
	s.Withheld[x.layer][x.cell], s.queued[x.layer][x.cell] = false, false
	s.barred = x.layer*len(s.published) + x.cell
	ok := true
	for _, y := range again {
		if y.q == x.layer && y.cell == x.cell {
			continue
		}
		if ok = s.protect(y, table, true); !ok {
			break
		}
	}
	s.barred = -1
	if ok {
		s.Complementary--
		if s.decided[x.cell] {
			s.Changed--
		}
		s.complement[x.layer][x.cell] = false
		return
	}
	s.Withheld[x.layer][x.cell], s.queued[x.layer][x.cell] = true, true
	s.proofs = append(before, s.proofs[len(kept):]...) // they hold all the same
	s.relearn(again)
}

// relearn finds the least and the most of some quantities from all proofs.
func (s *suppressor) relearn(of []sensitive) {
	for _, y := range of {
		for q := range s.least {
			s.least[q][y.cell], s.most[q][y.cell] = 0, 0
		}
	}
	for _, p := range s.proofs {
		s.learn(p)
	}
}

// verify checks the proofs of the last stage against what is published, and that everything sensitive has its proof.
func (s *suppressor) verify() error {
	k, size := len(s.c.Lists), len(s.published)
	fault := func(what string) error {
		return fmt.Errorf("a table that should prove the protection %s: this is a fault of the program", what)
	}
	relations := s.c.Cross.Relations(0)
	of := make([][]int, size) // relations of a cell
	for r, rel := range relations {
		for _, t := range rel {
			of[t.Cell] = append(of[t.Cell], r)
		}
	}
	difference := make([][]int64, 1+k)
	for m := range difference {
		difference[m] = make([]int64, size)
	}
	for _, p := range s.proofs {
		for _, x := range p {
			difference[x.layer][x.cell] = x.by
		}
		for _, x := range p {
			for _, r := range of[x.cell] {
				sum := int64(0)
				for _, t := range relations[r] {
					sum += int64(t.Coefficient) * difference[x.layer][t.Cell]
				}
				if sum != 0 {
					return fault("does not add up")
				}
			}
			v := s.values[x.layer][x.cell] + x.by
			if v < 0 || s.published[x.cell] && (!s.Withheld[x.layer][x.cell] || v < 1) {
				return fault("differs in what is published")
			}
			if k == 0 {
				continue
			}
			n := s.values[0][x.cell] + difference[0][x.cell]
			again := -n
			for j := range k {
				on := s.values[1+j][x.cell] + difference[1+j][x.cell]
				if again += on; on > n {
					return fault("has more people on a list than in all")
				}
			}
			if again < 0 {
				return fault("has people on no list")
			}
		}
		for _, x := range p {
			difference[x.layer][x.cell] = 0
		}
	}
	for q := range s.values {
		for i, v := range s.values[q] {
			if (v > 0 && v < s.c.Threshold || q <= k && s.Withheld[q][i]) && s.width(sensitive{q, i}) < s.c.Threshold {
				return fault("is missing")
			}
		}
	}
	return nil
}
