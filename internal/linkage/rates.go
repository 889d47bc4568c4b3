package linkage

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"darkfigure/estimators"
	"darkfigure/internal/resample"
)

// rateLevel is the share of the draws that the limits of a rate hold.
const rateLevel = 0.95

// Rates are the error rates of a linkage that is taken as it is, the accepted one, as the draws see it. With P_ij
// the share of draws in which records i and j are of one person, A the accepted pairs, and out the mean number of matches
// beyond the graph,
//
//	false matches  = Σ_A (1−P_ij) / |A|,              of the accepted links,
//	missed matches = 1 − Σ_A P_ij / (Σ P_ij + out),   of the true matches, blocking and the bound of the graph included.
//
// Limits hold 95 % of the same ratios with the links of each draw as truth. Pairs are pairs of records of two
// registers; those within a register do not count. A rate of nothing is 0.
type Rates struct {
	Pairs []PairRates // of registers, (0,1), (0,2), …
	Cells []CellRates // by history, ascending; those that neither the accepted linkage nor a draw has are left out
	Total ErrorRates
}

// ErrorRates are the rates of some pairs.
type ErrorRates struct {
	Accepted    int64   // |A|
	Matches     float64 // mean over draws of the true matches, out included
	FalseMatch  estimators.LinkRange
	MissedMatch estimators.LinkRange
}

// PairRates are the rates of a pair of registers.
type PairRates struct {
	A, B int
	ErrorRates
	Links  estimators.LinkRange // persons in both registers
	Beyond float64              // of these, how many are beyond the graph in the mean
	// EM is the number of matches that EM alone found, λ·pairs: a check. EMRatio is Links over it, 0 when EM found none. More than 5 % away from 1
	// asks for a warning: the comparison model or the blocking is in doubt.
	EM, EMRatio float64
}

// CellRates are the rates of the pairs in clusters of one history: false matches by the history of the accepted cluster,
// missed ones by that of the drawn cluster. Matches beyond the graph have no place here.
type CellRates struct {
	History uint32
	ErrorRates
}

// tally counts, draw by draw, the pairs of one kind.
type tally struct {
	accepted int64
	right    []int64 // accepted pairs that are together in the draw
	found    []int64 // drawn pairs that are accepted; the same for pairs of registers, not for cells
	drawn    []int64 // drawn pairs
	beyond   []int64
}

// drawTally counts the pairs of one draw, by pair of registers and by history.
type drawTally struct{ pairs, cells []drawCount }

type drawCount struct{ right, found, drawn int64 }

func newDrawTally(k int) *drawTally {
	return &drawTally{pairs: make([]drawCount, k*(k-1)/2), cells: make([]drawCount, 1<<k)}
}

func newTally(draws int) *tally {
	return &tally{right: make([]int64, draws), found: make([]int64, draws), drawn: make([]int64, draws), beyond: make([]int64, draws)}
}

func (t *tally) rates() ErrorRates {
	var right, found, all int64
	wrong := make([]float64, len(t.right))
	missed := make([]float64, len(t.right))
	for d := range t.right {
		n := t.drawn[d] + t.beyond[d]
		right += t.right[d]
		found += t.found[d]
		all += n
		wrong[d] = share(t.accepted-t.right[d], t.accepted)
		missed[d] = share(n-t.found[d], n)
	}
	k := int64(len(t.right))
	return ErrorRates{
		Accepted:    t.accepted,
		Matches:     float64(all) / float64(k),
		FalseMatch:  rangeOf(share(k*t.accepted-right, k*t.accepted), wrong),
		MissedMatch: rangeOf(share(all-found, all), missed),
	}
}

func share(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func rangeOf(value float64, draws []float64) estimators.LinkRange {
	slices.Sort(draws)
	return estimators.LinkRange{Value: value,
		Lower: resample.Quantile(draws, (1-rateLevel)/2, resample.Type7),
		Upper: resample.Quantile(draws, (1+rateLevel)/2, resample.Type7)}
}

// Rates are the error rates of an accepted linkage. The model serves the check by EM; nil leaves it out.
func (d *Draws) Rates(accepted Partition, m *Model) (Rates, error) {
	if len(accepted) != d.rows.Len() {
		return Rates{}, fmt.Errorf("the accepted linkage has %d records, the draws have %d", len(accepted), d.rows.Len())
	}
	if d.Len() == 0 {
		return Rates{}, errors.New("no draws: error rates need one at least")
	}
	d, accepted = d.narrowed(accepted)
	k, n := d.rows.Registers(), d.Len()
	pairs := make([]*tally, k*(k-1)/2)
	for t := range pairs {
		pairs[t] = newTally(n)
	}
	cells := map[uint32]*tally{}
	cell := func(h uint32) *tally {
		if cells[h] == nil {
			cells[h] = newTally(n)
		}
		return cells[h]
	}
	total := newTally(n)

	of := newMembers(d.rows, accepted)
	of.pairs(func(a, b int32, h uint32) {
		pairs[d.pairOf(a, b)].accepted++
		cell(h).accepted++
		total.accepted++
	})
	var lock sync.Mutex // of cells
	err := resample.EachWith(context.Background(), n, d.workers, func() *drawTally { return newDrawTally(k) }, func(c *drawTally, i int) error {
		clear(c.pairs)
		clear(c.cells)
		drawn := d.roots(i)
		of.pairs(func(a, b int32, h uint32) {
			if drawn[a] == drawn[b] {
				c.cells[h].right++
				c.pairs[d.pairOf(a, b)].right++
			}
		})
		newMembers(d.rows, drawn).pairs(func(a, b int32, h uint32) {
			c.pairs[d.pairOf(a, b)].drawn++
			c.cells[h].drawn++
			if accepted[a] == accepted[b] {
				c.cells[h].found++
			}
		})
		lock.Lock()
		defer lock.Unlock()
		for h, x := range c.cells {
			if x != (drawCount{}) {
				t := cell(uint32(h))
				t.right[i], t.found[i], t.drawn[i] = x.right, x.found, x.drawn
			}
		}
		for at, x := range c.pairs {
			pairs[at].right[i], pairs[at].found[i], pairs[at].drawn[i], pairs[at].beyond[i] = x.right, x.right, x.drawn, d.Beyond[i][at]
			total.right[i] += x.right
			total.found[i] += x.right
			total.drawn[i] += x.drawn
			total.beyond[i] += d.Beyond[i][at]
		}
		return nil
	})
	if err != nil {
		return Rates{}, err
	}

	r := Rates{Total: total.rates()}
	for a := range k {
		for b := a + 1; b < k; b++ {
			at := RegisterPair(a, b, k)
			p := PairRates{A: a, B: b, ErrorRates: pairs[at].rates()}
			links := make([]float64, n)
			sum := 0.0
			for i := range n {
				links[i] = float64(d.Linked[i][at] + d.Beyond[i][at])
				sum += links[i]
				p.Beyond += float64(d.Beyond[i][at]) / float64(n)
			}
			p.Links = rangeOf(sum/float64(n), links)
			if m != nil {
				if t := m.Type(a, b); t >= 0 {
					p.EM = m.Types[t].Lambda * float64(m.Types[t].Possible)
				}
				if p.EM > 0 {
					p.EMRatio = p.Links.Value / p.EM
				}
			}
			r.Pairs = append(r.Pairs, p)
		}
	}
	for h, t := range cells {
		r.Cells = append(r.Cells, CellRates{History: h, ErrorRates: t.rates()})
	}
	slices.SortFunc(r.Cells, func(a, b CellRates) int { return int(a.History) - int(b.History) })
	return r, nil
}

// narrowed leaves out the records that are alone in every draw and in the accepted linkage: nearly all of large files. With groups all
// remain.
func (d *Draws) narrowed(accepted Partition) (*Draws, Partition) {
	if d.groups != nil {
		return d, accepted
	}
	size := make([]uint8, len(accepted)) // of accepted clusters
	for _, c := range accepted {
		size[c] = min(size[c]+1, 2)
	}
	in := make([]int32, len(accepted)) // by record: its number from 1, 0 for those left out
	for _, p := range d.pairs {
		in[p.A], in[p.B] = 1, 1
	}
	rows := rowsOf{Rows: d.rows}
	label := make([]int32, len(accepted)) // by accepted cluster, from 1
	var narrow Partition
	clusters := int32(0)
	for i, c := range accepted {
		if in[i] == 0 && size[c] < 2 {
			continue
		}
		rows.records = append(rows.records, int32(i))
		in[i] = int32(len(rows.records))
		if label[c] == 0 {
			clusters++
			label[c] = clusters
		}
		narrow = append(narrow, label[c]-1)
	}
	out := *d
	out.rows = rows
	out.pairs = make([]Pair, len(d.pairs))
	for e, p := range d.pairs {
		out.pairs[e] = Pair{A: in[p.A] - 1, B: in[p.B] - 1}
	}
	return &out, narrow
}

// rowsOf are some of the rows.
type rowsOf struct {
	Rows
	records []int32
}

func (r rowsOf) Len() int           { return len(r.records) }
func (r rowsOf) Register(i int) int { return r.Rows.Register(int(r.records[i])) }
func (r rowsOf) Hash(i int) uint64  { return r.Rows.Hash(int(r.records[i])) }

func (d *Draws) pairOf(a, b int32) int {
	x, y := d.rows.Register(int(a)), d.rows.Register(int(b))
	return RegisterPair(min(x, y), max(x, y), d.rows.Registers())
}

// members lists the records of every cluster, in ascending order.
type members struct {
	rows  Rows
	first []int32 // cluster c has list[first[c]:first[c+1]]
	list  []int32
}

func newMembers(rows Rows, p Partition) *members {
	clusters := int32(0)
	for _, c := range p {
		clusters = max(clusters, c+1)
	}
	m := &members{rows: rows, first: make([]int32, clusters+1), list: make([]int32, len(p))}
	for _, c := range p {
		m.first[c]++
	}
	for c := range clusters {
		m.first[c+1] += m.first[c]
	}
	for i := len(p) - 1; i >= 0; i-- { // from the end of each cluster to its start
		c := p[i]
		m.first[c]--
		m.list[m.first[c]] = int32(i)
	}
	return m
}

func (m *members) of(c int32) []int32 { return m.list[m.first[c]:m.first[c+1]] }

func (m *members) len() int { return len(m.first) - 1 }

func (m *members) each() iter.Seq2[int32, []int32] {
	return func(yield func(int32, []int32) bool) {
		for c := range int32(m.len()) {
			if !yield(c, m.of(c)) {
				return
			}
		}
	}
}

// pairs calls f with every pair of records of two registers in one cluster, and its history.
func (m *members) pairs(f func(a, b int32, history uint32)) {
	for _, in := range m.each() {
		if len(in) < 2 {
			continue
		}
		h := uint32(0)
		for _, i := range in {
			h |= 1 << m.rows.Register(int(i))
		}
		for x, a := range in {
			for _, b := range in[x+1:] {
				if m.rows.Register(int(a)) != m.rows.Register(int(b)) {
					f(a, b, h)
				}
			}
		}
	}
}
