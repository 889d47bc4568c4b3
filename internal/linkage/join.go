package linkage

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"darkfigure/internal/resample"
)

// sortKey is a blocking key and the record that has it.
type sortKey struct {
	key uint64
	i   int32
}

// sortKeys sorts by key, keeping the order of equal ones. scratch has room for all, or is nil.
func sortKeys(keys, scratch []sortKey) {
	if len(keys) < 1<<10 {
		slices.SortStableFunc(keys, compareKeys)
		return
	}
	if scratch == nil {
		scratch = make([]sortKey, len(keys))
	}
	// The high 33 bits by three passes of 11; what they leave together is sorted as it stands.
	from, to := keys, scratch[:len(keys)]
	for _, shift := range []int{31, 42, 53} {
		var count [1 << 11]int
		for _, k := range from {
			count[k.key>>shift&2047]++
		}
		at := 0
		for d, c := range count {
			count[d] = at
			at += c
		}
		for _, k := range from {
			d := k.key >> shift & 2047
			to[count[d]] = k
			count[d]++
		}
		from, to = to, from
	}
	copy(keys, from)
	for i := 0; i < len(keys); {
		j := i + 1
		same := true
		for j < len(keys) && keys[j].key>>31 == keys[i].key>>31 {
			same = same && keys[j].key == keys[i].key
			j++
		}
		if !same {
			slices.SortStableFunc(keys[i:j], compareKeys)
		}
		i = j
	}
}

func compareKeys(a, b sortKey) int {
	switch {
	case a.key < b.key:
		return -1
	case a.key > b.key:
		return 1
	}
	return 0
}

// joinTally counts patterns by pair type in an open table.
type joinTally struct {
	slots []joinSlot
	used  int
}

type joinSlot struct {
	pattern Pattern
	typ     int32 // −1: empty
	keep    bool
	count   int64
}

func newJoinTally() *joinTally {
	t := &joinTally{slots: make([]joinSlot, 1<<10)}
	for i := range t.slots {
		t.slots[i].typ = -1
	}
	return t
}

// at returns the slot of a pattern of a pair type, and whether it is new.
func (t *joinTally) at(p Pattern, typ int32) (*joinSlot, bool) {
	mask := uint64(len(t.slots) - 1)
	h := (uint64(p) + uint64(typ)*0x9e3779b97f4a7c15) * 0xff51afd7ed558ccd
	h ^= h >> 32
	for ; ; h++ {
		s := &t.slots[h&mask]
		if s.typ < 0 {
			if 2*t.used >= len(t.slots) {
				t.grow()
				return t.at(p, typ)
			}
			t.used++
			s.pattern, s.typ = p, typ
			return s, true
		}
		if s.pattern == p && s.typ == typ {
			return s, false
		}
	}
}

func (t *joinTally) grow() {
	old := t.slots
	t.slots = make([]joinSlot, 4*len(old))
	for i := range t.slots {
		t.slots[i].typ = -1
	}
	t.used = 0
	for _, s := range old {
		if s.typ >= 0 {
			to, _ := t.at(s.pattern, s.typ)
			*to = s
		}
	}
}

// A patternCount says how many compared pairs of a type have a pattern.
type patternCount struct {
	pattern Pattern
	typ     int32
	count   int64
}

// ruleIndex holds the keys of a blocking rule, one for each record that has it: 0 when a part of it is missing. A record with
// several values has several keys.
type ruleIndex struct {
	key    []uint64
	more   map[int32][]uint64 // the keys, ascending, of the records whose key is manyKeys
	sorted []sortKey
	blocks []joinBlock
}

const manyKeys = 1

type joinBlock struct {
	from, to int32 // of sorted
	pairs    int64 // candidate pairs, those of earlier rules included
}

func (x *ruleIndex) keys(i int32, one *[1]uint64) []uint64 {
	switch k := x.key[i]; k {
	case 0:
		return nil
	case manyKeys:
		return x.more[i]
	default:
		one[0] = k
		return one[:]
	}
}

// least common key of two records by a rule; 0 when there is none.
func (x *ruleIndex) common(i, j int32) uint64 {
	a, b := x.key[i], x.key[j]
	if a == 0 || b == 0 {
		return 0
	}
	if a != manyKeys && b != manyKeys {
		if a == b {
			return a
		}
		return 0
	}
	var one, other [1]uint64
	ka, kb := x.keys(i, &one), x.keys(j, &other)
	for len(ka) > 0 && len(kb) > 0 {
		switch {
		case ka[0] == kb[0]:
			return ka[0]
		case ka[0] < kb[0]:
			ka = ka[1:]
		default:
			kb = kb[1:]
		}
	}
	return 0
}

// pairSet says which pairs of registers are compared: type of (a, b) at a·registers + b, a ≤ b; −1 when they are not.
type pairSet struct {
	registers int
	typ       []int32
}

// index sorts the keys of a rule and finds its blocks.
func (x *ruleIndex) index(r *Records, set *pairSet) {
	n := 0
	for i, k := range x.key {
		switch k {
		case 0:
		case manyKeys:
			n += len(x.more[int32(i)])
		default:
			n++
		}
	}
	x.sorted = make([]sortKey, 0, n)
	var one [1]uint64
	for i := range x.key {
		for _, k := range x.keys(int32(i), &one) {
			x.sorted = append(x.sorted, sortKey{k, int32(i)})
		}
	}
	sortKeys(x.sorted, nil)
	count := make([]int64, set.registers)
	for i := 0; i < len(x.sorted); {
		j := i + 1
		for j < len(x.sorted) && x.sorted[j].key == x.sorted[i].key {
			j++
		}
		if j > i+1 {
			clear(count)
			for _, s := range x.sorted[i:j] {
				count[r.register[s.i]]++
			}
			if p := set.pairs(count); p > 0 {
				x.blocks = append(x.blocks, joinBlock{int32(i), int32(j), p})
			}
		}
		i = j
	}
}

// pairs that records of the registers make, so many of each.
func (s *pairSet) pairs(count []int64) int64 {
	total := int64(0)
	for a, na := range count {
		if na == 0 {
			continue
		}
		for b := a; b < s.registers; b++ {
			switch {
			case s.typ[a*s.registers+b] < 0:
			case a == b:
				total += na * (na - 1) / 2
			default:
				total += na * count[b]
			}
		}
	}
	return total
}

// joinTask is a stretch of blocks, or a part of a large one: every stride-th row from first.
type joinTask struct {
	rule          int
	from, to      int // of the rule's blocks
	first, stride int32
	pairs         int64
}

// joinPiece is the least number of pairs worth a task, and joinTasks the number of tasks aimed at.
const (
	joinPiece = 1 << 16
	joinTasks = 256
)

// joinPlan splits the work. pilot takes one block in every pilot, by key.
func joinPlan(rules []*ruleIndex, pilot uint64) []joinTask {
	total := int64(0)
	for _, x := range rules {
		for _, b := range x.blocks {
			total += b.pairs
		}
	}
	size := max(joinPiece, total/int64(pilot)/joinTasks)
	var tasks []joinTask
	for r, x := range rules {
		current := joinTask{rule: r, stride: 1}
		flush := func(next int) {
			if current.pairs > 0 {
				tasks = append(tasks, current)
			}
			current = joinTask{rule: r, from: next, to: next, stride: 1}
		}
		for i, b := range x.blocks {
			if pilot > 1 && x.sorted[b.from].key%pilot != 0 {
				current.to = i + 1
				continue
			}
			if b.pairs > 2*size {
				current.to = i
				flush(i)
				parts := min(int32(b.pairs/size)+1, b.to-b.from)
				for p := range parts {
					tasks = append(tasks, joinTask{r, i, i + 1, p, parts, b.pairs / int64(parts)})
				}
				current.from, current.to = i+1, i+1
				continue
			}
			current.to = i + 1
			current.pairs += b.pairs
			if current.pairs >= size {
				flush(i + 1)
			}
		}
		flush(len(x.blocks))
	}
	return tasks
}

// A joinPass compares every candidate pair once.
type joinPass struct {
	records  *Records
	set      *pairSet
	rules    []*ruleIndex
	pilot    uint64                          // one block in so many
	keep     func(p Pattern, typ int32) bool // nil keeps no pair
	workers  int
	progress func(done, total int64)
}

// joinResult is what a pass found; the same for any number of workers.
type joinResult struct {
	counts []patternCount // by pattern, then type
	byRule []int64        // pairs first found by each rule
	pairs  []Pair         // by A, then B
}

func (j *joinPass) run(ctx context.Context) (*joinResult, error) {
	tasks := joinPlan(j.rules, j.pilot)
	total := int64(0)
	for _, t := range tasks {
		total += t.pairs
	}
	kept := make([][]Pair, len(tasks))
	found := make([]int64, len(tasks))
	var joiners []*joiner
	var done, stopped atomic.Int64
	stop := context.AfterFunc(ctx, func() { stopped.Store(1) })
	defer stop()
	var mutex sync.Mutex
	err := resample.EachWith(ctx, len(tasks), j.workers, func() *joiner {
		w := newJoiner(j, &stopped)
		mutex.Lock()
		joiners = append(joiners, w)
		mutex.Unlock()
		return w
	}, func(w *joiner, t int) error {
		w.kept = nil
		w.found = 0
		w.run(tasks[t])
		kept[t], found[t] = w.kept, w.found
		if d := done.Add(tasks[t].pairs); j.progress != nil {
			j.progress(d, total)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	res := &joinResult{byRule: make([]int64, len(j.rules))}
	all := newJoinTally()
	for _, w := range joiners {
		for _, s := range w.tally.slots {
			if s.typ >= 0 {
				to, _ := all.at(s.pattern, s.typ)
				to.count += s.count
			}
		}
	}
	for _, s := range all.slots {
		if s.typ >= 0 {
			res.counts = append(res.counts, patternCount{s.pattern, s.typ, s.count})
		}
	}
	slices.SortFunc(res.counts, func(a, b patternCount) int {
		switch {
		case a.pattern < b.pattern:
			return -1
		case a.pattern > b.pattern:
			return 1
		}
		return int(a.typ - b.typ)
	})
	n := 0
	for t := range tasks {
		n += len(kept[t])
		res.byRule[tasks[t].rule] += found[t]
	}
	res.pairs = make([]Pair, 0, n)
	for t := range tasks {
		res.pairs = append(res.pairs, kept[t]...)
		kept[t] = nil
	}
	slices.SortFunc(res.pairs, comparePairs)
	return res, nil
}

func comparePairs(x, y Pair) int {
	if x.A != y.A {
		return int(x.A) - int(y.A)
	}
	return int(x.B) - int(y.B)
}

// A joiner is a worker: it copies the records of a block side by side, by register, and compares all with all.
type joiner struct {
	*joinPass
	match   *matcher
	tally   *joinTally
	kept    []Pair
	found   int64
	stopped *atomic.Int64
	// the block
	order  []int32 // its records by register
	starts []int32 // of each register in order
	values []uint32
	sketch []sketch // of values, or nil: not worth their making
	names  []int    // columns whose values have sketches
	keys   []uint64 // of earlier rules, by record
	many   []bool   // the record has several keys by this rule
}

func newJoiner(j *joinPass, stopped *atomic.Int64) *joiner {
	w := &joiner{joinPass: j, match: newMatcher(j.records), tally: newJoinTally(), stopped: stopped, starts: make([]int32, j.set.registers+1)}
	for f, c := range j.records.columns {
		if c.forms != nil {
			w.names = append(w.names, f)
		}
	}
	return w
}

func (w *joiner) run(t joinTask) {
	x := w.rules[t.rule]
	for b := t.from; b < t.to && w.stopped.Load() == 0; b++ {
		block := x.blocks[b]
		if w.pilot > 1 && x.sorted[block.from].key%w.pilot != 0 {
			continue
		}
		w.gather(t.rule, x, x.sorted[block.from:block.to], block.pairs >= sketchPairs*int64(block.to-block.from))
		w.compare(t, x.sorted[block.from].key)
	}
}

// sketchPairs is for how many pairs of each record sketches are worth their making.
const sketchPairs = 3

func (w *joiner) gather(rule int, x *ruleIndex, block []sortKey, sketches bool) {
	r := w.records
	n, columns := len(block), len(r.columns)
	w.order = slices.Grow(w.order[:0], n)[:n]
	clear(w.starts)
	for _, s := range block {
		w.starts[r.register[s.i]+1]++
	}
	for a := range w.set.registers {
		w.starts[a+1] += w.starts[a]
	}
	next := [maxRecordRegisters]int32{}
	copy(next[:], w.starts)
	for _, s := range block {
		a := r.register[s.i]
		w.order[next[a]] = s.i
		next[a]++
	}
	w.values = slices.Grow(w.values[:0], n*columns)[:n*columns]
	w.keys = slices.Grow(w.keys[:0], n*rule)[:n*rule]
	w.many = slices.Grow(w.many[:0], n)[:n]
	for f, c := range r.columns {
		for k, i := range w.order {
			w.values[k*columns+f] = c.value[i]
		}
	}
	w.sketch = w.sketch[:0]
	if sketches && len(w.names) > 0 {
		w.sketch = slices.Grow(w.sketch, n*columns)[:n*columns]
		for _, f := range w.names {
			c := w.records.columns[f]
			for k := range w.order {
				w.sketch[k*columns+f] = c.sketch(w.values[k*columns+f])
			}
		}
	}
	for q, earlier := range w.rules[:rule] {
		for k, i := range w.order {
			w.keys[k*rule+q] = earlier.key[i]
		}
	}
	for k, i := range w.order {
		w.many[k] = x.key[i] == manyKeys
	}
}

func (w *joiner) compare(t joinTask, key uint64) {
	columns := len(w.records.columns)
	for a := range w.set.registers {
		for b := a; b < w.set.registers; b++ {
			typ := w.set.typ[a*w.set.registers+b]
			if typ < 0 || w.starts[b] == w.starts[b+1] {
				continue
			}
			for i := w.starts[a] + t.first; i < w.starts[a+1]; i += t.stride {
				if w.stopped.Load() != 0 {
					return
				}
				row, sketches := w.row(int(i), columns)
				j := w.starts[b]
				if a == b {
					j = i + 1
				}
				for ; j < w.starts[b+1]; j++ {
					if t.rule > 0 && w.before(t.rule, i, j) {
						continue
					}
					if (w.many[i] || w.many[j]) && w.rules[t.rule].common(w.order[i], w.order[j]) != key {
						continue // compared, or to be compared, under the least key they share
					}
					w.found++
					other, others := w.row(int(j), columns)
					p := w.match.pattern(row, other, sketches, others)
					s, fresh := w.tally.at(p, typ)
					if fresh && w.keep != nil {
						s.keep = w.keep(p, typ)
					}
					s.count++
					if s.keep {
						x, y := w.order[i], w.order[j]
						w.kept = append(w.kept, Pair{min(x, y), max(x, y), p})
					}
				}
			}
		}
	}
}

// row is record k of the block: its values and, when they have been made, their sketches.
func (w *joiner) row(k, columns int) ([]uint32, []sketch) {
	if len(w.sketch) == 0 {
		return w.values[k*columns : (k+1)*columns], nil
	}
	return w.values[k*columns : (k+1)*columns], w.sketch[k*columns : (k+1)*columns]
}

// before says whether an earlier rule puts the two records of the block together.
func (w *joiner) before(rule int, i, j int32) bool {
	for q := range rule {
		a, b := w.keys[int(i)*rule+q], w.keys[int(j)*rule+q]
		switch {
		case a == 0 || b == 0:
		case a == manyKeys || b == manyKeys:
			if w.rules[q].common(w.order[i], w.order[j]) != 0 {
				return true
			}
		case a == b:
			return true
		}
	}
	return false
}
