package linkage

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"darkfigure/internal/linkage/text"
)

// maxRecordRegisters is how many registers there may be.
const maxRecordRegisters = 64

// A Builder takes records in any order. It keeps every distinct value of a column once.
type Builder struct {
	fields    []Field
	registers []string
	columns   []*rawColumn // by place in the values of a record; nil when no field reads it
	register  []uint8
	ids       []byte
	idEnd     []uint32
	nicknames text.Nicknames
}

type rawColumn struct {
	index map[string]uint32
	text  []string // by number; 0 is the empty value
	value []uint32
}

// NewBuilder starts records of the given fields in the registers named.
func NewBuilder(fields []Field, registers []string) (*Builder, error) {
	if len(fields) == 0 {
		return nil, fmt.Errorf("no field to compare: name at least one column")
	}
	if len(fields) > MaxFields {
		return nil, fmt.Errorf("%d fields to compare: at most %d are possible; leave out those that say least", len(fields), MaxFields)
	}
	if len(registers) == 0 || len(registers) > maxRecordRegisters {
		return nil, fmt.Errorf("%d registers: between 1 and %d are possible", len(registers), maxRecordRegisters)
	}
	b := &Builder{fields: slices.Clone(fields), registers: slices.Clone(registers), nicknames: text.DefaultNicknames()}
	seen := map[string]bool{}
	for _, f := range fields {
		if f.Kind < 0 || int(f.Kind) >= len(kindNames) || len(f.Columns) == 0 {
			return nil, fmt.Errorf("field %q: no kind, or no column to read it from", f.Name)
		}
		if seen[f.Name] {
			return nil, fmt.Errorf("field %q stands there twice", f.Name)
		}
		seen[f.Name] = true
		for _, c := range f.Columns {
			for len(b.columns) <= c.At {
				b.columns = append(b.columns, nil)
			}
			if b.columns[c.At] == nil {
				b.columns[c.At] = &rawColumn{index: map[string]uint32{"": 0}, text: []string{""}}
			}
		}
	}
	return b, nil
}

// Add a record of a register with its id there and the values of its columns; a value is missing when it is empty. The
// values are copied.
func (b *Builder) Add(register int, id string, values []string) error {
	if register < 0 || register >= len(b.registers) {
		return fmt.Errorf("record %q: register %d of %d", id, register, len(b.registers))
	}
	if len(values) < len(b.columns) {
		return fmt.Errorf("record %q of %s has %d values, %d are needed", id, b.registers[register], len(values), len(b.columns))
	}
	if len(b.register) == math.MaxInt32 || uint64(len(b.ids))+uint64(len(id)) > math.MaxUint32 {
		return fmt.Errorf("record %q of %s: more than %d records, or 4 GB of ids", id, b.registers[register], math.MaxInt32)
	}
	for i, c := range b.columns {
		if c == nil {
			continue
		}
		n, ok := c.index[values[i]]
		if !ok {
			n = uint32(len(c.text))
			s := strings.Clone(values[i])
			c.index[s] = n
			c.text = append(c.text, s)
		}
		c.value = append(c.value, n)
	}
	b.register = append(b.register, uint8(register))
	b.ids = append(b.ids, id...)
	b.idEnd = append(b.idEnd, uint32(len(b.ids)))
	return nil
}

// Records are records to be linked, or persons who stand on several records of a register. They do not change.
type Records struct {
	fields    []Field
	registers []string
	register  []uint8
	hash      []uint64
	ids       []byte
	idEnd     []uint32
	columns   []*column
	slots     []patternSlot // the comparisons, by their place in a pattern
	given     int           // the column of given names that surnames may be exchanged with; −1
	surname   int
	sex       int
	ordered   sync.Once // see hashOrder
	order     []int32
	// of persons: the records, by their number in base.
	base  *Records
	rows  []int32
	start []int32
}

// patternSlot is a comparison: of a field, or of how frequent the value is on which two records agree.
type patternSlot struct {
	column    int
	frequency bool
	name      string
	levels    []string
	m0        []float64
	apart     []bool // levels that are no weaker agreements than those before them
	exact     int
	// hidden: it is missing whenever the field of slot by is equal (the sex, by the given name).
	hidden bool
	// identity: it says who somebody is, and is mostly right.
	identity bool
	by       int
}

// A column holds the values of one field: numbers, 0 when missing. With the highest bit it is the number of a set of values.
type column struct {
	kind Kind

	nicknames text.Nicknames

	value []uint32
	sets  [][]uint32
	text  []string // by value; dates have none
	// what comparison needs, by value
	forms   []nameForm
	formAt  []uint32
	signs   []textSign
	numbers []numberValue
	filters [][]uint64
	keys    [][]uint32
	bands   []uint8 // how frequent a value is: from rare to common
	nBands  int
	slot    int
	bandAt  int // slot of the frequency; −1
}

const setBit = 1 << 31

// Records reads the values: names are normalised, dates taken apart. The builder is spent.
func (b *Builder) Records() (*Records, error) {
	n := len(b.register)
	r := &Records{fields: b.fields, registers: b.registers, register: b.register, ids: b.ids, idEnd: b.idEnd, given: -1, surname: -1, sex: -1}
	r.hash = make([]uint64, n)
	for i := range r.hash {
		r.hash[i] = hashText(b.registers[b.register[i]])
	}
	use := make([]int, len(b.columns))
	for _, f := range b.fields {
		for _, c := range f.Columns {
			use[c.At]++
		}
	}
	sounds := map[string]uint32{}
	for _, f := range b.fields {
		c, err := b.column(f, use, sounds, r.hash)
		if err != nil {
			return nil, err
		}
		r.columns = append(r.columns, c)
	}
	b.columns, b.register, b.ids, b.idEnd = nil, nil, nil, nil
	r.finishHash()
	r.prepare()
	return r, nil
}

// column makes the values of a field from those of its columns.
func (b *Builder) column(f Field, use []int, sounds map[string]uint32, hash []uint64) (*column, error) {
	c := &column{kind: f.Kind, text: []string{""}, nicknames: b.nicknames}
	index := map[string]uint32{}
	intern := func(s string) uint32 {
		if s == "" {
			return 0
		}
		id, ok := index[s]
		if !ok {
			id = uint32(len(c.text))
			index[s] = id
			c.text = append(c.text, s)
		}
		return id
	}
	reader := newValueReader(f)
	for k, col := range f.Columns {
		if err := reader.look(k, b.columns[col.At].text); err != nil {
			return nil, err
		}
	}
	var hashes []uint64 // by value
	number := func(parts []string) (uint32, error) {
		if f.Kind == Date {
			return reader.date(parts), nil
		}
		s, err := reader.read(parts)
		return intern(s), err
	}
	parts := make([]string, len(f.Columns))
	raws := make([]*rawColumn, len(f.Columns))
	for k, col := range f.Columns {
		raws[k] = b.columns[col.At]
		use[col.At]--
	}
	n := len(b.register)
	if len(raws) == 1 {
		raw := raws[0]
		to := make([]uint32, len(raw.text))
		for i, s := range raw.text {
			if s == "" {
				continue
			}
			parts[0] = s
			v, err := number(parts)
			if err != nil {
				return nil, err
			}
			to[i] = v
		}
		if use[f.Columns[0].At] == 0 {
			c.value, raw.value = raw.value, nil
			raw.index, raw.text = nil, nil
		} else {
			c.value = slices.Clone(raw.value)
		}
		for i, v := range c.value {
			c.value[i] = to[v]
		}
	} else {
		c.value = make([]uint32, n)
		known := map[string]uint32{}
		key := make([]byte, 0, 4*len(raws))
		for i := range n {
			key = key[:0]
			for _, raw := range raws {
				v := raw.value[i]
				key = append(key, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
			}
			v, ok := known[string(key)]
			if !ok {
				for k, raw := range raws {
					parts[k] = raw.text[raw.value[i]]
				}
				var err error
				if v, err = number(parts); err != nil {
					return nil, err
				}
				known[string(key)] = v
			}
			c.value[i] = v
		}
		for k, col := range f.Columns {
			if use[col.At] == 0 {
				raws[k].value, raws[k].index, raws[k].text = nil, nil, nil
			}
		}
	}
	if f.Kind != Date {
		hashes = make([]uint64, len(c.text))
		for i, s := range c.text {
			hashes[i] = hashText(s)
		}
	}
	salt := hashText(f.Name)
	for i, v := range c.value {
		h := uint64(v)
		if hashes != nil {
			h = hashes[v]
		}
		hash[i] = mix(hash[i] ^ mix(h+salt))
	}
	c.build(sounds)
	if f.Kind == Dice {
		c.filters = reader.filters(c.text)
	}
	return c, nil
}

// build makes what comparison needs of every distinct value.
func (c *column) build(sounds map[string]uint32) {
	switch c.kind {
	case Name, Given, Surname, Place:
		c.formAt = make([]uint32, len(c.text)+1)
		for i, s := range c.text {
			c.formAt[i] = uint32(len(c.forms))
			if i == 0 {
				continue
			}
			c.appendForms(s, sounds)
		}
		c.formAt[len(c.text)] = uint32(len(c.forms))
	case Text:
		plains := map[string]uint32{}
		c.signs = make([]textSign, len(c.text))
		for i, s := range c.text {
			if i > 0 {
				c.signs[i] = newTextSign(s, plains)
			}
		}
	case Number:
		c.numbers = make([]numberValue, len(c.text))
		for i, s := range c.text {
			c.numbers[i] = newNumberValue(s)
		}
	case Keys:
		c.keys = make([][]uint32, len(c.text))
		number := map[string]uint32{}
		for i, s := range c.text {
			if i == 0 {
				continue
			}
			for _, key := range strings.Split(s, "\x00") {
				if number[key] == 0 {
					number[key] = uint32(len(number) + 1)
				}
				c.keys[i] = append(c.keys[i], number[key])
			}
		}
	}
}

// finishHash gives records of one register with equal contents hashes of their own, in the order of their ids.
func (r *Records) finishHash() {
	order := make([]sortKey, len(r.hash))
	for i, h := range r.hash {
		order[i] = sortKey{h, int32(i)}
	}
	sortKeys(order, nil)
	for i := 0; i < len(order); {
		j := i + 1
		for j < len(order) && order[j].key == order[i].key {
			j++
		}
		if j > i+1 {
			same := order[i:j]
			slices.SortFunc(same, func(a, b sortKey) int { return strings.Compare(r.ID(int(a.i)), r.ID(int(b.i))) })
			for k, s := range same[1:] {
				r.hash[s.i] = mix(s.key + uint64(k) + 1)
			}
		}
		i = j
	}
}

func hashText(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h)
}

// mix spreads 64 bits: the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Len is the number of records, or of persons after Group.
func (r *Records) Len() int { return len(r.hash) }

// Registers is the number of registers.
func (r *Records) Registers() int { return len(r.registers) }

// RegisterName of register a.
func (r *Records) RegisterName(a int) string { return r.registers[a] }

// Register of record i.
func (r *Records) Register(i int) int { return int(r.register[i]) }

// Hash of the contents of record i, different for every record.
func (r *Records) Hash(i int) uint64 { return r.hash[i] }

// Fields are those compared.
func (r *Records) Fields() []Field { return slices.Clone(r.fields) }

// ID of record i in its register; of a person, that of the first record.
func (r *Records) ID(i int) string {
	if r.base != nil {
		return r.base.ID(int(r.rows[r.start[i]]))
	}
	from := uint32(0)
	if i > 0 {
		from = r.idEnd[i-1]
	}
	return string(r.ids[from:r.idEnd[i]])
}

// Rows are the records of person i, by their number before Group, in the order of their hashes; before Group, i itself.
func (r *Records) Rows(i int) []int32 {
	if r.base == nil {
		return []int32{int32(i)}
	}
	return r.rows[r.start[i]:r.start[i+1]]
}

// Missing is the share of the records of a register in which field f is missing.
func (r *Records) Missing(register, f int) float64 {
	n, missing := 0, 0
	for i, v := range r.columns[f].value {
		if int(r.register[i]) == register {
			n++
			if v == 0 {
				missing++
			}
		}
	}
	return float64(missing) / float64(max(1, n))
}

// Group joins the records of each cluster to one person, who has all values that stand there: the level of a pair of persons is the
// best over their values. The clusters must lie within registers. Person i is cluster i.
func (r *Records) Group(p Partition) (*Records, error) {
	if len(p) != r.Len() {
		return nil, fmt.Errorf("%d clusters for %d records", len(p), r.Len())
	}
	n := int32(0)
	for i, c := range p {
		if c < 0 {
			return nil, fmt.Errorf("record %d has no cluster", i)
		}
		n = max(n, c+1)
	}
	g := &Records{fields: r.fields, registers: r.registers, given: r.given, surname: r.surname, sex: r.sex, base: r}
	g.start = make([]int32, n+1)
	for _, c := range p {
		g.start[c+1]++
	}
	for c := range n {
		if g.start[c+1] == 0 {
			return nil, fmt.Errorf("cluster %d has no record", c)
		}
		g.start[c+1] += g.start[c]
	}
	g.rows = make([]int32, len(p))
	next := slices.Clone(g.start)
	for i, c := range p {
		g.rows[next[c]] = int32(i)
		next[c]++
	}
	g.register = make([]uint8, n)
	g.hash = make([]uint64, n)
	for c := range n {
		rows := g.rows[g.start[c]:g.start[c+1]]
		slices.SortFunc(rows, func(a, b int32) int {
			switch ha, hb := r.hash[a], r.hash[b]; {
			case ha < hb:
				return -1
			case ha > hb:
				return 1
			}
			return 0
		})
		g.register[c] = r.register[rows[0]]
		h := uint64(0)
		for _, i := range rows {
			if r.register[i] != g.register[c] {
				return nil, fmt.Errorf("cluster %d holds records of %s and %s: persons are of one register", c, r.registers[g.register[c]], r.registers[r.register[i]])
			}
			h = mix(h ^ r.hash[i])
		}
		if len(rows) == 1 {
			h = r.hash[rows[0]]
		}
		g.hash[c] = h
	}
	for _, old := range r.columns {
		c := *old
		c.value = make([]uint32, n)
		c.sets = nil
		for k := range n {
			rows := g.rows[g.start[k]:g.start[k+1]]
			if len(rows) == 1 && old.value[rows[0]]&setBit == 0 {
				c.value[k] = old.value[rows[0]]
				continue
			}
			var set []uint32
			for _, i := range rows {
				for _, v := range old.values(old.value[i]) {
					if !slices.Contains(set, v) {
						set = append(set, v)
					}
				}
			}
			switch len(set) {
			case 0:
			case 1:
				c.value[k] = set[0]
			default:
				c.value[k] = setBit | uint32(len(c.sets))
				c.sets = append(c.sets, set)
			}
		}
		g.columns = append(g.columns, &c)
	}
	g.prepare()
	return g, nil
}

// values are those of a set, or the one value; none when it is missing.
func (c *column) values(v uint32) []uint32 {
	switch {
	case v == 0:
		return nil
	case v&setBit != 0:
		return c.sets[v&^setBit]
	}
	return []uint32{v}
}

// prepare counts values, sorts them in bands of frequency and lays out the comparisons.
func (r *Records) prepare() {
	r.slots = nil
	r.given, r.surname, r.sex = -1, -1, -1
	type frequent struct {
		column      int
		information float64
		m0          []float64
		meanings    []string
	}
	var frequents []frequent
	for f, c := range r.columns {
		c.slot, c.bandAt = f, -1
		s := patternSlot{column: f, name: r.fields[f].Name, exact: 1, identity: c.kind == Given || c.kind == Surname || c.kind == Date && f == r.birth()}
		total := 0.0
		for _, l := range kindLevels[c.kind] {
			s.levels = append(s.levels, l.meaning)
			s.m0 = append(s.m0, l.m)
			s.apart = append(s.apart, l.apart)
			total += l.m
		}
		for i := range s.m0 {
			s.m0[i] /= total
		}
		r.slots = append(r.slots, s)
		switch {
		case c.kind == Given && r.given < 0:
			r.given = f
		case c.kind == Surname && r.surname < 0:
			r.surname = f
		case c.kind == Sex && r.sex < 0:
			r.sex = f
		}
		if m0, meanings, information := c.frequencies(); m0 != nil {
			frequents = append(frequents, frequent{f, information, m0, meanings})
		}
	}
	if r.sex >= 0 && r.given >= 0 {
		r.slots[r.sex].hidden, r.slots[r.sex].by = true, r.given
	}
	// When there is no room for all, the frequencies that tell most are used.
	slices.SortStableFunc(frequents, func(a, b frequent) int {
		switch {
		case a.information > b.information:
			return -1
		case a.information < b.information:
			return 1
		}
		return 0
	})
	frequents = frequents[:min(len(frequents), MaxFields-len(r.slots))]
	slices.SortFunc(frequents, func(a, b frequent) int { return a.column - b.column })
	for _, q := range frequents {
		r.columns[q.column].bandAt = len(r.slots)
		r.slots = append(r.slots, patternSlot{column: q.column, frequency: true, name: "tf_" + r.fields[q.column].Name, levels: q.meanings, m0: q.m0, exact: len(q.m0)})
	}
}

// maxBands is how many bands of frequency a pattern has room for, and bandBits the least ratio of frequencies, as a power of
// two, that is worth a band of its own.
const (
	maxBands  = 7
	bandBits  = 1.5
	bandFirst = 3 // values on so many records or fewer are in the rarest
)

// frequencies sorts the values in bands by how many records have them, and returns how often a pair of one person that
// agrees does so on a value of each band: in proportion to the records there. No bands (nil) when the values are much the same in frequency.
// information is what the bands tell of such a pair, in nats (Kullback–Leibler).
func (c *column) frequencies() (m0 []float64, meanings []string, information float64) {
	c.bands, c.nBands = nil, 0
	if c.kind == Date || c.kind == Sex || c.kind == Dice || c.kind == Keys || len(c.text) < 3 {
		return nil, nil, 0
	}
	count := make([]int64, len(c.text))
	for _, v := range c.value {
		if v&setBit == 0 {
			count[v]++
			continue
		}
		for _, x := range c.values(v) {
			count[x]++
		}
	}
	most := int64(0)
	for _, k := range count[1:] {
		most = max(most, k)
	}
	range2 := math.Log2(float64(most) / bandFirst)
	if !(range2 > bandBits) {
		return nil, nil, 0
	}
	width := max(bandBits, range2/(maxBands-1))
	c.bands = make([]uint8, len(c.text))
	var records, pairs [maxBands]float64
	var high [maxBands]int64
	for v, k := range count {
		if v == 0 || k == 0 {
			continue
		}
		b := 0
		if k > bandFirst {
			b = min(maxBands-1, int(math.Ceil(math.Log2(float64(k)/bandFirst)/width-1e-12)))
		}
		c.bands[v] = uint8(b)
		high[b] = max(high[b], k)
		if k > 1 {
			records[b] += float64(k)
			pairs[b] += float64(k) * float64(k-1)
		}
	}
	// Bands nobody is in are closed.
	var to [maxBands]uint8
	n := 0
	for b := range maxBands {
		to[b] = uint8(n)
		if records[b] > 0 {
			records[n], pairs[n], high[n] = records[b], pairs[b], high[b]
			n++
		}
	}
	for v, b := range c.bands {
		c.bands[v] = min(to[b], uint8(max(0, n-1)))
	}
	if n < 2 {
		c.bands = nil
		return nil, nil, 0
	}
	c.nBands = n
	sumR, sumP := 0.0, 0.0
	for b := range n {
		sumR += records[b]
		sumP += pairs[b]
	}
	low := int64(1)
	for b := range n {
		m := records[b] / sumR
		m0 = append(m0, m)
		information += m * math.Log(m/(pairs[b]/sumP))
		meanings = append(meanings, fmt.Sprintf("equal, %d to %d records", low, high[b]))
		low = high[b] + 1
	}
	return m0, meanings, information
}

// Pattern compares two records.
func (r *Records) Pattern(i, j int) Pattern {
	m := matcher{r: r}
	a := make([]uint32, 2*len(r.columns))
	b := a[len(r.columns):]
	r.row(i, a)
	r.row(j, b)
	return m.pattern(a, b, nil, nil)
}

func (r *Records) row(i int, into []uint32) {
	for f, c := range r.columns {
		into[f] = c.value[i]
	}
}

// A matcher compares records; each worker has its own, which remembers what it compared.
type matcher struct {
	r        *Records
	memo     []memo // by column; nil remembers nothing
	exchange memo
}

// A memo remembers the levels of some pairs of values: the last of those that share a place. An entry is
// the two values, in 30 bits each, and the level.
type memo []uint64

const (
	memoBits  = 15
	memoLevel = 4
	memoValue = (64 - memoLevel) / 2
)

func newMemo() memo { return make(memo, 1<<memoBits) }

// at is the place of a pair of values and what stands there when it is remembered, with level 0; fits says whether it can be.
func (m memo) at(a, b uint32) (place *uint64, key uint64, fits bool) {
	place = &m[(a*0x9e3779b1^b*0x85ebca6b)*0xc2b2ae35>>(32-memoBits)]
	return place, uint64(a)<<(memoValue+memoLevel) | uint64(b)<<memoLevel, (a|b)>>memoValue == 0
}

func newMatcher(r *Records) *matcher {
	m := &matcher{r: r, memo: make([]memo, len(r.columns))}
	for f, c := range r.columns {
		switch c.kind {
		case Name, Given, Surname, Place, Text:
			m.memo[f] = newMemo()
		}
	}
	if r.given >= 0 && r.surname >= 0 {
		m.exchange = newMemo()
	}
	return m
}

// pattern of two records by their values, and by the sketches of these, of which there may be none.
func (m *matcher) pattern(a, b []uint32, sa, sb []sketch) Pattern {
	r := m.r
	var p Pattern
	for f, c := range r.columns {
		va, vb := a[f], b[f]
		level, band := Missing, Missing
		switch {
		case va == 0 || vb == 0:
		case (va|vb)&setBit != 0:
			level, band = m.best(f, va, vb)
		case c.kind == Date:
			level = dateLevel(va, vb)
		case va == vb:
			level = 0
			if c.bands != nil {
				band = int(c.bands[va])
			}
		case sa != nil && sa[f].below(&sb[f], leastSimilar):
			level = len(kindLevels[c.kind]) - 1
		default:
			level = m.level(f, va, vb)
		}
		p |= Pattern(level) << (3 * f)
		if c.bandAt >= 0 {
			p |= Pattern(band) << (3 * c.bandAt)
		}
	}
	if r.given >= 0 {
		g := p.Level(r.given)
		if r.surname >= 0 && g >= levelInitial && g != Missing && p.Level(r.surname) == 6 && m.exchanged(a, b, sa, sb) {
			p = p.With(r.given, Missing).With(r.surname, levelSwapped)
		}
		// Equal given names have said what sex could say: it agrees then in pairs of two persons as well.
		if r.sex >= 0 && g == levelEqual {
			p = p.With(r.sex, Missing)
		}
	}
	return p
}

// best level over the values of two sets, and the rarest band on which they agree.
func (m *matcher) best(f int, a, b uint32) (level, band int) {
	c := m.r.columns[f]
	level, band = Missing, Missing
	for _, va := range c.values(a) {
		for _, vb := range c.values(b) {
			var l int
			switch {
			case c.kind == Date:
				l = dateLevel(va, vb)
			case va == vb:
				l = 0
				if c.bands != nil {
					band = min(band, int(c.bands[va]))
				}
			default:
				l = m.level(f, va, vb)
			}
			level = min(level, l)
		}
	}
	return level, band
}

// level of two different values, none of them missing.
func (m *matcher) level(f int, a, b uint32) int {
	c := m.r.columns[f]
	if m.memo == nil || m.memo[f] == nil {
		return c.level(a, b)
	}
	if a > b {
		a, b = b, a
	}
	place, key, fits := m.memo[f].at(a, b)
	if *place&^(1<<memoLevel-1) == key && fits {
		return int(*place & (1<<memoLevel - 1))
	}
	l := c.level(a, b)
	if fits {
		*place = key | uint64(l)
	}
	return l
}

// exchanged says whether the given name of each is nearly the surname of the other.
func (m *matcher) exchanged(a, b []uint32, sa, sb []sketch) bool {
	g, s := m.r.given, m.r.surname
	if sa != nil && (sa[g].below(&sb[s], leastNear) || sb[g].below(&sa[s], leastNear)) {
		return false
	}
	return m.near(a[g], b[s]) && m.near(b[g], a[s])
}

func (m *matcher) near(given, surname uint32) bool {
	if given == 0 || surname == 0 {
		return false
	}
	if m.exchange == nil {
		return m.nearly(given, surname)
	}
	place, key, fits := m.exchange.at(given, surname)
	fits = fits && (given|surname)&setBit == 0
	if *place&^(1<<memoLevel-1) == key && fits {
		return *place&1 == 1
	}
	yes := m.nearly(given, surname)
	if fits {
		*place = key
		if yes {
			*place |= 1
		}
	}
	return yes
}

func (m *matcher) nearly(given, surname uint32) bool {
	g, s := m.r.columns[m.r.given], m.r.columns[m.r.surname]
	for _, vg := range g.values(given) {
		for _, vs := range s.values(surname) {
			for x := g.formAt[vg]; x < g.formAt[vg+1]; x++ {
				for y := s.formAt[vs]; y < s.formAt[vs+1]; y++ {
					if l := nameLevel(&g.forms[x], &s.forms[y]); l > 0 && l <= 3 {
						return true
					}
				}
			}
		}
	}
	return false
}

// level of two different values.
func (c *column) level(a, b uint32) int {
	switch c.kind {
	case Name, Given, Surname, Place:
		return c.nameLevel(a, b)
	case Text:
		return textLevel(&c.signs[a], &c.signs[b])
	case Number:
		return numberLevel(&c.numbers[a], &c.numbers[b])
	case Postcode:
		return postcodeLevel(c.text[a], c.text[b])
	case Dice:
		x, y := c.filters[a], c.filters[b]
		return diceLevel(x, y)
	case Keys:
		for _, x := range c.keys[a] {
			if slices.Contains(c.keys[b], x) {
				return 0
			}
		}
		return 1
	}
	return 1
}

func (c *column) nameLevel(a, b uint32) int {
	else_ := len(kindLevels[c.kind]) - 1
	fa, fb := c.forms[c.formAt[a]:c.formAt[a+1]], c.forms[c.formAt[b]:c.formAt[b+1]]
	if len(fa) == 0 || len(fb) == 0 {
		return else_
	}
	best := else_
	for x := range fa {
		for y := range fb {
			f, g := &fa[x], &fb[y]
			if f.later || g.later { // the first names decide; another name in common is something
				if f.key == g.key && !f.short {
					best = min(best, levelSimilar)
				}
				continue
			}
			if l := nameLevel(f, g); l > 0 {
				best = min(best, l)
			}
			if c.kind != Given {
				continue
			}
			if f.nick && g.nick && c.nicknames.Same(f.s, g.s) {
				best = min(best, levelSimilar)
			}
			if (f.short || g.short) && f.s[0] == g.s[0] {
				best = min(best, levelInitial)
			}
		}
	}
	return best
}
