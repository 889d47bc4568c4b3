package linkage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"darkfigure/internal/resample"
)

// Constants of blocking.
const (
	allPairs    = 5e7 // up to so many possible pairs, all are compared
	defaultMost = 5e8 // candidate pairs
	maxRules    = 8
	pilotShare  = 32        // the pilot takes at most one block in so many
	pilotLeast  = 1_000_000 // and so many pairs at least
	randomPairs = 2e6       // by which u is learnt when there are blocks
	graphOdds   = 1e-4      // a pair is kept when its odds of a match are above this
	pilotSlack  = 2.0       // nats by which the bound of the pilot is lower
)

// Options of a comparison. The zero value compares records of different registers, all pairs when there are at most 5·10⁷, else those
// that share a key by a default rule.
type Options struct {
	// Within compares the records of each register with each other, to find duplicates, instead of those of different registers.
	Within bool
	// Rules are blocking rules, each a conjunction of keys such as surname_sound and birth_year: see [Records.Rules].
	Rules [][]string
	// Only: the rules replace the default ones, and are used however few pairs there are.
	Only bool
	// MaxPairs is the largest number of candidate pairs; 0: 5·10⁸. With more possible pairs than this there is blocking, however few they are.
	MaxPairs int64
	Workers  int    // 0: one for each processor. The answer does not depend on it.
	Seed     uint64 // of the pairs taken at random
	// Progress is told of every step that may last: from several goroutines.
	Progress func(step string, done, total int64)
}

// A Plan says what a comparison will cost, before it is made.
type Plan struct {
	Possible int64 // pairs of records
	All      bool  // all are compared: no blocking
	Rules    []RulePlan
	Missed   BlockingMissed // 0 until the comparison is done
}

// A RulePlan is what is known of a blocking rule beforehand.
type RulePlan struct {
	Name      string  // surname_sound & birth_year
	Predicted int64   // pairs with a common key, those of earlier rules included
	New       int64   // of which no earlier rule finds; from a sample of the keys until the comparison is done
	Largest   int64   // pairs of the largest block
	Record    int     // the first record by hash of the largest block: its number, since the key itself would tell of a person
	Missing   float64 // share of records without this key
	Found     float64 // share of the expected matches among the compared pairs that agree on it; 0 until the comparison is done
	Shared    float64 // of these, the share that another rule finds too
}

// blockingKey is one part of a rule: a property of a field, and the levels of agreement at which it is equal.
type blockingKey struct {
	column int
	kind   keyKind
	levels uint8
}

type keyKind int

const (
	keyEqual keyKind = iota
	keySound
	keyYear
	keyDayMonth
	keyArea
)

// blockingRule is a conjunction of keys.
type blockingRule struct {
	name string
	keys []blockingKey
}

// keyName is the name of a property of a field: surname_sound, birth_year.
func (r *Records) keyNames() map[string]blockingKey {
	names := map[string]blockingKey{}
	add := func(name string, k blockingKey) {
		if _, ok := names[name]; !ok {
			names[name] = k
		}
	}
	for f, c := range r.columns {
		field := r.fields[f].Name
		equal := uint8(1 << levelEqual)
		roles := []string{field}
		switch c.kind {
		case Given:
			roles = append(roles, "given_name")
		case Surname:
			roles = append(roles, "surname")
		case Date:
			if f == r.birth() {
				roles = append(roles, "birth_date")
			}
		case Postcode:
			roles = append(roles, "postcode")
		case Sex:
			roles = append(roles, "sex")
		}
		for _, role := range roles {
			if c.kind != Dice {
				add(role, blockingKey{f, keyEqual, equal})
			}
			switch c.kind {
			case Given, Surname, Name, Place:
				add(role+"_sound", blockingKey{f, keySound, equal | 1<<levelSound})
			case Date:
				base := strings.TrimSuffix(role, "_date")
				add(base+"_year", blockingKey{f, keyYear, equal | 1<<levelDateSwapped | 1<<levelDateDigit | 1<<levelDateHalf | 1<<levelYear})
				add(base+"_day_month", blockingKey{f, keyDayMonth, equal | 1<<levelDayMonth})
			case Postcode:
				add(role+"_area", blockingKey{f, keyArea, equal | 1<<levelArea})
			}
		}
	}
	return names
}

// birth is the field of the date of birth, the first date; −1 when there is none.
func (r *Records) birth() int {
	return slices.IndexFunc(r.columns, func(c *column) bool { return c.kind == Date })
}

// rule reads the keys of a rule by their names.
func (r *Records) rule(keys []string) (blockingRule, error) {
	names := r.keyNames()
	rule := blockingRule{name: strings.Join(keys, " & ")}
	if len(keys) == 0 {
		return rule, fmt.Errorf("a blocking rule without a key")
	}
	for _, k := range keys {
		b, ok := names[k]
		if !ok {
			var known []string
			for name := range names {
				known = append(known, name)
			}
			slices.Sort(known)
			return rule, fmt.Errorf("blocking rule %q: no key %q; there are %s", rule.name, k, strings.Join(known, ", "))
		}
		rule.keys = append(rule.keys, b)
	}
	return rule, nil
}

// defaultRules are those whose fields are there.
func (r *Records) defaultRules() []blockingRule {
	var rules []blockingRule
	for _, keys := range [][]string{
		{"birth_date"},
		{"surname_sound", "birth_year"},
		{"surname_sound", "given_name_sound"},
		{"given_name_sound", "birth_year", "postcode_area"},
		{"surname_sound", "birth_day_month"},
	} {
		if rule, err := r.rule(keys); err == nil {
			rules = append(rules, rule)
		}
	}
	if len(rules) < 3 {
		for f, c := range r.columns {
			if c.kind == Dice || c.kind == Sex || len(rules) >= maxRules {
				continue
			}
			if len(c.text) > 1000 {
				if rule, err := r.rule([]string{r.fields[f].Name}); err == nil {
					rules = append(rules, rule)
				}
			}
		}
	}
	return rules
}

// key of a value by a property; 0 when it has none. It depends on the text alone.
func (c *column) keysOf(k keyKind, v uint32, into []uint64) []uint64 {
	add := func(h uint64) {
		if !slices.Contains(into, h) {
			into = append(into, h)
		}
	}
	switch k {
	case keyYear:
		if y, _, _ := unpackDate(v); y != 0 {
			add(mix(uint64(y)))
		}
	case keyDayMonth:
		if _, m, d := unpackDate(v); m != 0 && d != 0 {
			add(mix(uint64(m<<7 | d)))
		}
	case keyArea:
		area := postcodeArea(c.text[v])
		if area == "" {
			area = c.text[v] + "="
		}
		add(hashText(area))
	case keySound:
		for _, f := range c.forms[c.formAt[v]:c.formAt[v+1]] {
			if !f.later {
				add(f.hash)
			}
		}
	default:
		switch c.kind {
		case Date:
			if y, m, d := unpackDate(v); y != 0 && m != 0 && d != 0 {
				add(mix(uint64(v)))
			}
		case Keys:
			for _, x := range strings.Split(c.text[v], "\x00") {
				add(hashText(x))
			}
		default:
			add(hashText(c.text[v]))
		}
	}
	return into
}

// indexRule computes the keys of all records.
func (r *Records) indexRule(rule blockingRule) *ruleIndex {
	x := &ruleIndex{key: make([]uint64, r.Len()), more: map[int32][]uint64{}}
	// By value, where there is one key.
	tables := make([][]uint64, len(rule.keys))
	for k, b := range rule.keys {
		c := r.columns[b.column]
		if c.kind == Date {
			continue
		}
		tables[k] = make([]uint64, len(c.text))
		var buffer []uint64
		for v := 1; v < len(c.text); v++ {
			buffer = c.keysOf(b.kind, uint32(v), buffer[:0])
			switch len(buffer) {
			case 0:
			case 1:
				tables[k][v] = max(2, buffer[0])
			default:
				tables[k][v] = manyKeys
			}
		}
	}
	var part, all, next []uint64
	var one [1]uint32
	for i := range x.key {
		all = append(all[:0], 0x51ed270b)
		for k, b := range rule.keys {
			c := r.columns[b.column]
			part = part[:0]
			for _, v := range c.valuesInto(c.value[i], &one) {
				if tables[k] != nil && tables[k][v] != manyKeys {
					if h := tables[k][v]; h != 0 && !slices.Contains(part, h) {
						part = append(part, h)
					}
					continue
				}
				part = c.keysOf(b.kind, v, part)
			}
			next = next[:0]
			for _, a := range all {
				for _, p := range part {
					next = append(next, max(2, mix(a^mix(p+uint64(k)))))
				}
			}
			all, next = next, all
			if len(all) == 0 {
				break
			}
		}
		switch len(all) {
		case 0:
		case 1:
			x.key[i] = all[0]
		default:
			slices.Sort(all)
			x.key[i] = manyKeys
			x.more[int32(i)] = slices.Clone(slices.Compact(all))
		}
	}
	return x
}

// valuesInto is values without allocating.
func (c *column) valuesInto(v uint32, one *[1]uint32) []uint32 {
	if v == 0 || v&setBit != 0 {
		return c.values(v)
	}
	one[0] = v
	return one[:]
}

// comparing is a comparison that was planned.
type comparing struct {
	records *Records
	options Options
	types   []PairType
	set     pairSet // all types
	wanted  pairSet // those asked for: EM may learn from others
	most    []float64
	sizes   []int64
	rules   []blockingRule
	indexes []*ruleIndex
	plan    Plan
	// count: there are rules, and few enough pairs to count the patterns of all of them: EM learns from all, and how many matches no rule finds is counted.
	count bool
}

// everything is the index of a rule that all records satisfy.
func (c *comparing) everything() *ruleIndex {
	x := &ruleIndex{key: slices.Repeat([]uint64{2}, c.records.Len())}
	x.index(c.records, &c.set)
	return x
}

// NewPlan says what a comparison would cost, without making it: how many pairs of a rule are new is told by the pairs of a part of
// the keys.
func NewPlan(ctx context.Context, r *Records, o Options) (*Plan, error) {
	c, err := planComparison(ctx, r, o)
	if err != nil {
		return nil, err
	}
	if c.plan.All {
		return &c.plan, nil
	}
	pilot := c.pilot()
	res, err := (&joinPass{records: r, set: &c.set, rules: c.indexes, pilot: pilot, workers: o.Workers}).run(ctx)
	if err != nil {
		return nil, err
	}
	for k := range c.plan.Rules {
		c.plan.Rules[k].New = min(res.byRule[k]*int64(pilot), c.plan.Rules[k].Predicted)
	}
	return &c.plan, nil
}

// pilot is how many keys there are for each one that a first pass takes.
func (c *comparing) pilot() uint64 {
	if c.plan.All || c.count {
		return 1
	}
	total := int64(0)
	for _, p := range c.plan.Rules {
		total += p.Predicted
	}
	return uint64(min(pilotShare, max(1, total/pilotLeast)))
}

func planComparison(ctx context.Context, r *Records, o Options) (*comparing, error) {
	c := &comparing{records: r, options: o}
	n := r.Registers()
	c.sizes = make([]int64, n)
	for _, a := range r.register {
		c.sizes[a]++
	}
	c.set = pairSet{n, make([]int32, n*n)}
	for i := range c.set.typ {
		c.set.typ[i] = -1
	}
	c.wanted = pairSet{n, slices.Clone(c.set.typ)}
	wanted := int64(0)
	// Types stand in the order of the names of registers, so that the order of files cannot matter.
	order := make([]int, n)
	for a := range order {
		order[a] = a
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(r.registers[a], r.registers[b]) })
	for x, p := range order {
		for _, q := range order[x:] {
			a, b := min(p, q), max(p, q)
			if a == b && !o.Within {
				continue
			}
			possible, most := c.sizes[a]*c.sizes[b], float64(min(c.sizes[a], c.sizes[b]))
			if a == b {
				possible = c.sizes[a] * (c.sizes[a] - 1) / 2
			}
			c.set.typ[a*n+b] = int32(len(c.types))
			if (a == b) == o.Within {
				c.wanted.typ[a*n+b] = int32(len(c.types))
				wanted += possible
			}
			c.types = append(c.types, PairType{A: a, B: b, Possible: possible})
			c.most = append(c.most, most)
			c.plan.Possible += possible
		}
	}
	if wanted == 0 {
		return nil, fmt.Errorf("no two records to compare: %d registers, %d records", n, r.Len())
	}
	most := o.MaxPairs
	if most == 0 {
		most = defaultMost
	}
	if c.plan.Possible <= min(allPairs, most) && !o.Only {
		c.plan.All = true
		c.indexes = []*ruleIndex{c.everything()}
		return c, nil
	}
	c.count = c.plan.Possible <= min(allPairs, most)
	for _, keys := range o.Rules {
		rule, err := r.rule(keys)
		if err != nil {
			return nil, err
		}
		c.rules = append(c.rules, rule)
	}
	if !o.Only {
		for _, rule := range r.defaultRules() {
			if !slices.ContainsFunc(c.rules, func(x blockingRule) bool { return slices.Equal(x.keys, rule.keys) }) {
				c.rules = append(c.rules, rule)
			}
		}
	}
	if len(c.rules) == 0 {
		return nil, fmt.Errorf("%d possible pairs are too many to compare all, and no blocking rule fits the fields: give one", c.plan.Possible)
	}
	c.rules = c.rules[:min(len(c.rules), maxRules)]
	c.indexes = make([]*ruleIndex, len(c.rules))
	c.plan.Rules = make([]RulePlan, len(c.rules))
	err := resample.Each(ctx, len(c.rules), o.Workers, func(k int) error {
		x := r.indexRule(c.rules[k])
		x.index(r, &c.set)
		c.indexes[k] = x
		p := &c.plan.Rules[k]
		p.Name = c.rules[k].name
		var largest joinBlock
		for _, b := range x.blocks {
			p.Predicted += b.pairs
			if b.pairs > largest.pairs {
				largest = b
			}
		}
		p.Largest = largest.pairs
		if largest.pairs > 0 {
			first := x.sorted[largest.from].i
			for _, s := range x.sorted[largest.from:largest.to] {
				if r.hash[s.i] < r.hash[first] {
					first = s.i
				}
			}
			p.Record = int(first)
		}
		none := 0
		for _, key := range x.key {
			if key == 0 {
				none++
			}
		}
		p.Missing = float64(none) / float64(r.Len())
		return nil
	})
	if err != nil {
		return nil, err
	}
	total := int64(0)
	var lines []string
	for _, p := range c.plan.Rules {
		total += p.Predicted
		line := fmt.Sprintf("%s: %d pairs", p.Name, p.Predicted)
		if p.Predicted > 0 {
			line += fmt.Sprintf(", of which %d have the key of record %s of %s", p.Largest, r.ID(p.Record), r.registers[r.register[p.Record]])
		}
		lines = append(lines, line)
	}
	if total > most {
		return nil, fmt.Errorf("the blocking rules give %d pairs to compare, more than %d; use narrower rules or allow more pairs: %s", total, most, strings.Join(lines, "; "))
	}
	return c, nil
}

// allowed says by rule and slot which levels satisfy it; 0xff where the rule does not ask.
func (c *comparing) allowed() [][]uint8 {
	var out [][]uint8
	for _, rule := range c.rules {
		levels := slices.Repeat([]uint8{0xff}, len(c.records.slots))
		for _, k := range rule.keys {
			levels[k.column] &= k.levels
		}
		out = append(out, levels)
	}
	return out
}

// missing shares by type and slot: of pairs of which at least one record lacks the field.
func (c *comparing) missing() [][]float64 {
	r := c.records
	lacks := make([][]float64, r.Registers())
	for a := range lacks {
		lacks[a] = make([]float64, len(r.columns))
	}
	for f, col := range r.columns {
		for i, v := range col.value {
			if v == 0 {
				lacks[r.register[i]][f]++
			}
		}
	}
	out := make([][]float64, len(c.types))
	for t, p := range c.types {
		out[t] = make([]float64, len(r.slots))
		for f := range r.columns {
			out[t][f] = 1 - (1-lacks[p.A][f]/float64(c.sizes[p.A]))*(1-lacks[p.B][f]/float64(c.sizes[p.B]))
		}
	}
	return out
}

// random compares pairs taken at random, types in proportion to their possible pairs, and returns their patterns. Where the
// first level of a slot is equality, its frequency is known exactly, from the counts of values: exact, by slot, has the frequencies of
// the levels then.
func (c *comparing) random() (rows []emRow, exact [][]float64) {
	r := c.records
	// The records whose hashes, mixed with the seed, are least: the same whatever the order of rows.
	const each = 4000
	sample := make([][]sortKey, r.Registers())
	for i, h := range r.hash {
		a := r.register[i]
		k := mix(h ^ mix(c.options.Seed+1))
		if float64(k)/(1<<63)/2 < 1.5*each/float64(c.sizes[a]) {
			sample[a] = append(sample[a], sortKey{k, int32(i)})
		}
	}
	for a := range sample {
		sortKeys(sample[a], nil)
		sample[a] = sample[a][:min(len(sample[a]), each)]
	}
	seen := newJoinTally()
	m := newMatcher(r)
	x, y := make([]uint32, len(r.columns)), make([]uint32, len(r.columns))
	for t, p := range c.types {
		pairs := int(randomPairs * float64(p.Possible) / float64(c.plan.Possible))
		rng := resample.Stream(c.options.Seed, uint64(t))
		a, b := p.A, p.B
		if r.registers[a] > r.registers[b] { // whatever the order of files
			a, b = b, a
		}
		na, nb := len(sample[a]), len(sample[b])
		if na == 0 || nb == 0 {
			continue
		}
		for range pairs {
			i, j := sample[a][rng.IntN(na)].i, sample[b][rng.IntN(nb)].i
			if i == j {
				continue
			}
			r.row(int(i), x)
			r.row(int(j), y)
			pat := m.pattern(x, y, nil, nil)
			slot, _ := seen.at(pat, 0)
			slot.count++
		}
	}
	for _, s := range seen.slots {
		if s.typ >= 0 {
			rows = append(rows, emRow{pattern: s.pattern, count: float64(s.count)})
		}
	}
	slices.SortFunc(rows, func(a, b emRow) int { return cmp.Compare(a.pattern, b.pattern) })
	out := make([][]float64, len(r.slots))
	for s, slot := range r.slots {
		out[s] = make([]float64, len(slot.m0))
		total := 0.0
		for _, row := range rows {
			if l := row.pattern.Level(s); l < len(out[s]) {
				out[s][l] += row.count
			}
		}
		for l := range out[s] {
			out[s][l] += emPriorU
			total += out[s][l]
		}
		for l := range out[s] {
			out[s][l] /= total
		}
	}
	return rows, c.exact(out)
}

// exact puts the exact frequencies of equality, and of its bands, in place of those found at random.
func (c *comparing) exact(u [][]float64) [][]float64 {
	r := c.records
	known := make([][]float64, len(u))
	for f, col := range r.columns {
		if col.kind == Dice || col.kind == Keys || col.kind == Sex || len(col.sets) > 0 {
			continue
		}
		count := map[uint32][]int64{}
		present := make([]int64, r.Registers())
		for i, v := range col.value {
			if v == 0 {
				continue
			}
			present[r.register[i]]++
			if col.kind == Date && dateLevel(v, v) != levelEqual {
				continue
			}
			if count[v] == nil {
				count[v] = make([]int64, r.Registers())
			}
			count[v][r.register[i]]++
		}
		pairs, equal := 0.0, 0.0
		band := make([]float64, maxBands)
		one := pairSet{r.Registers(), c.set.typ}
		pairs = float64(one.pairs(present))
		var sums [maxBands]int64
		for v, k := range count {
			b := 0
			if col.bands != nil {
				b = int(col.bands[v])
			}
			sums[b] += one.pairs(k)
		}
		for b, k := range sums {
			band[b] = float64(k)
			equal += float64(k)
		}
		if pairs == 0 {
			continue
		}
		share := max(equal, emPriorU) / pairs
		rest := 1 - u[f][0]
		for l := 1; l < len(u[f]); l++ {
			u[f][l] *= (1 - share) / rest
		}
		u[f][0] = share
		known[f] = u[f]
		if col.bandAt >= 0 {
			total := 0.0
			for b := range u[col.bandAt] {
				u[col.bandAt][b] = band[b] + emPriorU
				total += u[col.bandAt][b]
			}
			for b := range u[col.bandAt] {
				u[col.bandAt][b] /= total
			}
			known[col.bandAt] = u[col.bandAt]
		}
	}
	return known
}
